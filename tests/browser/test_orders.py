"""What the pages of orders do only in a browser: keys, dialogs, the sum while one types."""

from __future__ import annotations

import pytest

from tests.browser.desk import Desk
from tests.core.console_http.acting import one, order


def test_price_is_changed_in_a_dialog_that_shows_the_sum_while_one_types(desk: Desk):
    number, page = order(desk.shop, ("MILK", "2"), ("RICE", "1"), paid=False), desk.page
    desk.go(f"/console/orders/{number}")
    page.click("text=改价")
    page.fill("#dialog [name=line_1]", "24.60")
    page.fill("#dialog [name=whole_fen]", "5")
    page.wait_for_selector("#dialog #preview >> text=¥52.60")
    assert desk.findings() == []
    page.fill("#dialog [name=why]", "老顾客")
    page.click("#dialog >> text=确认改价")
    page.wait_for_selector("text=已改价，顾客现在应付 ¥52.60")
    assert one(desk.shop, "SELECT payable_fen FROM orders WHERE number = :n", n=number) == 5260


@pytest.mark.parametrize("width", ["phone"], indirect=True)
def test_part_of_an_order_is_refunded_on_a_phone(desk: Desk):
    number, page = order(desk.shop, ("MILK", "2"), ("RICE", "1")), desk.page
    desk.go(f"/console/orders/{number}/refund")
    assert not page.is_visible("[name=line_1]")
    page.check("[name=scope][value=some]")
    page.fill("[name=line_1]", "1")
    page.wait_for_selector("#preview >> text=¥12.80")
    assert desk.findings() == []
    page.fill("[name=reason]", "缺货")
    page.click("text=确认退款")
    page.wait_for_selector("text=退款 ¥12.80 已提交")
    assert one(desk.shop, "SELECT refunded_fen FROM orders WHERE number = :n", n=number) == 1280


@pytest.mark.parametrize("width", ["phone"], indirect=True)
def test_choices_of_the_list_unfold_on_a_phone_and_stay_while_they_count(desk: Desk):
    order(desk.shop)
    page = desk.page
    desk.go("/console/orders")
    assert not page.is_visible("[name=channel]")
    page.click("text=筛选")
    page.select_option("[name=channel]", "online")
    page.wait_for_url("**/console/orders?*channel=online*")
    assert page.is_visible("[name=channel]") and desk.findings() == []
    page.click("text=筛选")
    assert page.get_attribute("[data-unfold]", "aria-expanded") == "false" and not page.is_visible("[name=channel]")


def test_list_is_worked_with_keys(desk: Desk):
    number, page = order(desk.shop, phone="19912345678"), desk.page
    order(desk.shop, paid=False)
    desk.go("/console/orders")
    page.keyboard.press("/")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/orders/{number}")
    page.go_back()
    page.check(f"tr:has-text('{number}') [name=ids]")
    page.click("text=开始备货")
    page.wait_for_selector("text=1 个订单：已开始备货")
    page.focus(f"a.row-link:has-text('{number}')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/orders/{number}")
    assert "备货中" in desk.text()
