"""Goods in a real browser: a scanner's Enter saves nothing half done, rows and dialogs work."""

from __future__ import annotations

import pytest

from tests.browser.desk import Desk
from tests.core.console_pages.catalog_data import drawn_picture, product_of


def test_sku_is_added_by_a_row_and_a_scanner(desk: Desk, shop):
    page = desk.page
    desk.go("/console/products/new")
    page.fill("[name=title]", "海盐")
    page.fill("[name='skus.0.list_price_fen']", "3.50")
    page.click("text=再加一个规格")
    assert page.evaluate("document.activeElement.name") == "skus.1.spec"
    page.keyboard.type("大袋")
    page.keyboard.press("Enter")
    page.fill("[name='skus.1.list_price_fen']", "6")
    page.click("[name='skus.1.barcodes']")
    page.keyboard.type("6901234567892")
    page.keyboard.press("Enter")
    assert page.input_value("[name='skus.1.unit']") == "件"
    assert page.is_checked("[name='skus.1.active']")
    page.click("text=保存商品")
    page.wait_for_selector("#pictures")
    assert page.input_value("[name='skus.1.barcodes']").strip() == "6901234567892"
    assert desk.findings() == []


def test_goods_are_received_in_a_dialog_over_the_list(desk: Desk, shop):
    page = desk.page
    desk.go("/console/stock?q=MILK")
    page.click(".row-actions a >> text=入库")
    page.wait_for_selector("dialog[open]")
    assert page.evaluate("document.activeElement.name") == "quantity"
    page.fill("dialog [name=quantity]", "12")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-toast]")
    assert (page.url.endswith("/console/stock?q=MILK"), "已入库 12 盒" in page.inner_text("#toasts")) == (True, True)
    assert "112" in page.inner_text("#listing tbody")


@pytest.mark.parametrize("width", ["phone"], indirect=True)
def test_products_are_taken_off_the_shelf_on_a_phone(desk: Desk, shop):
    page = desk.page
    desk.go("/console/products")
    page.check(f"input[name=ids][value='{product_of(shop, 'MILK')}']")
    page.click(".bulk button[value='0']")
    page.click(".dialog-end .btn-primary")
    page.wait_for_selector("[data-toast]")
    assert "已下架 1 个商品" in page.inner_text("#toasts")
    assert desk.findings() == []


def test_scanner_fills_a_receipt_row_by_row(desk: Desk, shop):
    page = desk.page
    desk.go(f"/console/stock/{shop.store_id}/receive")
    assert page.evaluate("document.activeElement.name") == "lines.0.code"
    for keys in ("MILK", "12", "KEINE", "1", "RICE", "69012345", "3"):
        page.keyboard.type(keys)
        page.keyboard.press("Enter")
    page.wait_for_selector("#f-lines-3-about.field-error:not(:empty)")
    typed = page.eval_on_selector_all("[data-lines] input", "all => all.map(one => one.value).filter(Boolean)")
    assert typed == ["MILK", "12", "KEINE", "1", "RICE", "1", "69012345", "3"]
    assert page.inner_text("#f-lines-0-about") == "纯牛奶 · 现存 100 盒"
    for row in ("1", "3"):
        page.fill(f"[name='lines.{row}.code']", "PORK")
    page.click(".form-end .btn-primary")
    page.wait_for_selector("[data-toast]")
    assert "已入库 3 种商品" in page.inner_text("#toasts")
    assert desk.findings() == []


def test_banner_is_uploaded_and_seen_before_it_is_saved(desk: Desk, shop):
    page = desk.page
    desk.go("/console/home/new/core.banner")
    page.set_input_files("[type=file]", {"name": "a.png", "mimeType": "image/png", "buffer": drawn_picture()})
    page.wait_for_selector("#preview .b-banner img")
    page.click(".form-end .btn-primary")
    page.wait_for_selector(".home-list")
    assert "/media/" in page.get_attribute(".b-banner img", "src")
    assert desk.findings() == []
