"""Papers of many lines: what is booked, what each bad line is told, and that nothing typed is lost."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape

import pytest

from core.catalog import editing
from core.db import db
from tests.core.console_http.acting import staff_token
from tests.core.console_pages.catalog_data import add_products, add_store, cost, product, sku
from tests.core.console_pages.test_products import NASTY, read
from tests.core.console_pages.test_stock import on_hand
from tests.core.console_pages.visitor import Visitor

LIST = "/console/stock"
BARCODE = "6901234567892"


@pytest.fixture
def receipt(shop) -> str:
    return f"{LIST}/{shop.store_id}/receive"


@pytest.fixture
def crate(shop) -> int:
    """An SKU that carries a barcode."""
    with shop.bound():
        editing.create_product(product("整箱可乐", sku("COLA", barcodes=[BARCODE], unit="箱")))
        db.session.commit()
    ((sku_id,),) = read(shop, "SELECT id FROM sku WHERE code = 'COLA'")
    shop.skus["COLA"] = sku_id
    return sku_id


def lines(*pairs: tuple[str, str]) -> dict[str, str]:
    """Rows as the form sends them."""
    return {f"lines.{n}.{field}": value for n, pair in enumerate(pairs)
            for field, value in zip(("code", "quantity"), pair, strict=True)}


def typed(page: str) -> list[tuple[str, str]]:
    """The rows of a drawn form in which something stands."""
    part = page.split("data-lines>")[1].split("<template>")[0]
    found = [tuple(unescape(value) for value in re.findall(r'name="lines\.\d+\.\w+" value="([^"]*)"', row))
             for row in part.split("<li ")[1:]]
    return [row for row in found if any(row)]


def faults(page: str) -> list[str]:
    part = page.split("data-lines>")[1].split("<template>")[0]
    return [unescape(text) for text in re.findall(r'field-error" id="[^"]*">(.*?)</p>', part)]


def receipts(shop) -> list[tuple]:
    return read(shop, "SELECT line_count, store_id FROM stock_receipt ORDER BY id")


def test_goods_are_received_by_code_barcode_and_list(shop, visitor, receipt, crate):
    sent = lines(("MILK", "12"), ("", ""), (BARCODE, "3")) | {"pasted": f"PORK\t1.5\n\n{BARCODE}，2\n", "note": "早市"}
    answer = visitor.post(receipt, sent)
    assert answer.location == f"{LIST}?store={shop.store_id}"
    assert re.fullmatch(r"已入库 3 种商品，单号 RK\d{16}", visitor.toasts()[0])
    assert [on_hand(shop, code) for code in ("MILK", "PORK", "COLA")] == [Decimal(112), Decimal("101.5"), Decimal(5)]
    moves = read(shop, "SELECT kind, quantity, note, actor_id FROM stock_move WHERE ref LIKE 'RK%' ORDER BY sku_id")
    assert moves == [("receipt", amount, "早市", shop.staff_id) for amount in (Decimal(12), Decimal("1.5"), Decimal(5))]
    assert read(shop, "SELECT count(DISTINCT ref) FROM stock_move WHERE ref LIKE 'RK%'") == [(1,)]
    assert receipts(shop) == [(3, shop.store_id)]
    assert read(shop, "SELECT count(*) FROM audit_log WHERE action = 'stock.receive'") == [(1,)]


def test_each_bad_line_has_its_own_message_and_nothing_is_booked(shop, visitor, receipt):
    sent = lines(("MILK", "12"), ("KEINE", "3"), ("6901234567893", "1"), ("RICE", ""), ("", "4"), ("PORK", "viel"))
    page = visitor.post(receipt, {**sent, "pasted": f"{NASTY}\n", "note": "早市"}).text
    assert typed(page)[:-1] == [("MILK", "12"), ("KEINE", "3"), ("6901234567893", "1"), ("RICE", ""), ("", "4"),
                                ("PORK", "viel")]  # fmt: skip
    assert " ".join(typed(page)[-1]).split() == NASTY.split()
    assert faults(page)[:5] == [
        "没有条码或货号为 KEINE 的商品", "条码“6901234567893”校验位不对：最后一位应为 2，请对照包装重新录入", "请填写数量",
        "请扫描或填写条码、货号", "数量应为 0.001 到 99999 之间的数，最多三位小数",
    ]  # fmt: skip
    assert ("有 6 行需要改正，还没有保存" in page, 'value="早市"' in page, NASTY in page) == (True, True, False)
    assert (on_hand(shop, "MILK"), receipts(shop)) == (Decimal(100), [])


@pytest.mark.parametrize("amount", ["0", "-3", "1.2345", "NaN", "1e3", "100000", "１２３４５６"])
def test_odd_amount_is_refused_beside_its_line(shop, visitor, receipt, amount):
    page = visitor.post(receipt, lines(("MILK", amount), ("RICE", "1"))).text
    assert (typed(page), len(faults(page)), receipts(shop)) == ([("MILK", amount), ("RICE", "1")], 1, [])


def test_full_width_digits_are_digits(shop, visitor, receipt):
    assert visitor.post(receipt, lines(("ＭＩＬＫ", "１２"))).status_code == 303
    assert on_hand(shop, "MILK") == Decimal(112)


def test_enter_without_a_script_checks_and_books_nothing(shop, visitor, receipt, crate):
    drawn = visitor.get(receipt)
    assert re.findall(r'<button class="btn[^"]*"( name="more")?', drawn.split('id="form"')[1])[0] == ' name="more"'
    page = visitor.post(receipt, {**lines((BARCODE, ""), ("MILK", "2")), "pasted": "RICE 4", "more": "1"}).text
    assert typed(page) == [(BARCODE, ""), ("MILK", "2"), ("RICE", "4")]
    assert ("整箱可乐 · 现存 0 箱" in page, faults(page), receipts(shop)) == (True, ["请填写数量"], [])
    assert re.findall(r'name="(lines\.\d+\.\w+)"[^>]*autofocus', page) == ["lines.0.quantity"]


def test_empty_paper_says_what_to_do(visitor, receipt):
    page = visitor.post(receipt, {"note": "早市"}).text
    assert ("请扫描或填写至少一行" in page, 'value="早市"' in page) == (True, True)


def test_too_many_lines_stay_in_the_box_they_were_pasted_into(shop, visitor, receipt):
    pasted = "MILK 1\n" * 500
    page = visitor.post(receipt, {**lines(("RICE", "2")), "pasted": pasted}).text
    assert ("一次最多 500 行" in page, typed(page), page.count("MILK 1\n")) == (True, [("RICE", "2")], 500)
    assert visitor.post(receipt, {"pasted": pasted}).status_code == 303
    assert on_hand(shop, "MILK") == Decimal(600)


def test_same_form_sent_twice_is_one_paper_even_where_once_was_forgotten(shop, visitor, receipt):
    hidden = dict(re.findall('name="(csrf|once|paper)" value="([^"]*)"', visitor.get(receipt).split('id="form"')[1]))
    sent = {**hidden, **lines(("MILK", "10"), ("RICE", "1"))}
    other = {**sent, "once": "another-number-0123"}
    answers = [visitor.open(receipt, "POST", data=data) for data in (sent, sent, other)]
    assert ([answer.status_code for answer in answers], on_hand(shop, "MILK")) == ([303] * 3, Decimal(110))
    assert read(shop, "SELECT count(*) FROM stock_move WHERE ref = :paper", paper=hidden["paper"]) == [(2,)]
    changed = {**other, "once": "a-third-number-0123", **lines(("MILK", "11"))}
    page = visitor.open(receipt, "POST", data=changed).text
    assert ("已用于不同的内容" in page, typed(page)[0]) == (True, ("MILK", "11"))
    assert f'name="paper" value="{hidden["paper"]}"' not in page


def test_number_of_its_own_is_taken_once(shop, visitor, receipt):
    assert visitor.post(receipt, {**lines(("MILK", "1")), "number": "GYS-7"}).status_code == 303
    page = visitor.post(receipt, {**lines(("MILK", "2")), "number": "GYS-7"}).text
    assert ('id="f-number-error">单号 GYS-7 已用于不同的内容' in page, typed(page)) == (True, [("MILK", "2")])


def test_goods_go_to_another_store(shop, visitor, crate):
    other = add_store(shop)
    path = f"{LIST}/{shop.store_id}/transfer"
    hidden = dict(re.findall('name="(csrf|once|paper)" value="([^"]*)"', visitor.get(path).split('id="form"')[1]))
    sent = {**hidden, **lines(("MILK", "30"), ("PORK", "2.5")), "target_id": str(other)}
    for once in (hidden["once"], "another-number-0123"):
        assert visitor.open(path, "POST", data={**sent, "once": once}).status_code == 303
    assert [on_hand(shop, "MILK"), on_hand(shop, "MILK", other), on_hand(shop, "PORK", other)] == [70, 30, Decimal("2.5")]
    page = visitor.post(path, {**lines(("MILK", "71"), ("RICE", "1")), "target_id": str(other)}).text
    assert (faults(page), "部分商品的可调库存不足" in page) == (["库存不够，最多可调 70 盒"], True)
    assert (typed(page), f'value="{other}" selected' in page) == ([("MILK", "71"), ("RICE", "1")], True)
    assert on_hand(shop, "RICE") == Decimal(100)


def test_transfer_without_a_target_says_so(shop, visitor):
    add_store(shop)
    page = visitor.post(f"{LIST}/{shop.store_id}/transfer", lines(("MILK", "3"))).text
    assert ('id="f-target_id-error">' in page, typed(page)) == (True, [("MILK", "3")])


def test_scanned_code_is_told_at_once(shop, visitor, crate):
    path = f"{LIST}/{shop.store_id}/goods?code="
    answers = [visitor.open(path + code).get_json() for code in (BARCODE, "MILK", "XXX", "")]
    assert answers == [
        {"about": "整箱可乐 · 现存 0 箱", "fault": ""}, {"about": "纯牛奶 · 现存 100 盒", "fault": ""},
        {"about": "", "fault": "没有条码或货号为 XXX 的商品"}, {"about": "", "fault": "请扫描或填写条码、货号"},
    ]  # fmt: skip


def test_booking_takes_as_many_statements_for_fifty_lines_as_for_one(shop, visitor, receipt):
    add_products(shop, 50)
    counts = []
    for goods in (("N001",), [f"N{number:03}" for number in range(1, 51)]):
        hidden = dict(re.findall('name="(csrf|once)" value="([^"]*)"', visitor.get(receipt)))
        visitor.open(receipt, "POST", data={**hidden, **lines(*((code, "1") for code in goods))})
        counts.append(len(visitor.statements))
    assert (counts[0], counts[0] <= 15, cost(visitor, receipt) <= 15) == (counts[1], True, True)


def test_clerk_of_one_store_has_no_business_in_another(shop):
    other = add_store(shop)
    clerk = Visitor(shop, staff_token(shop, "clerk", stores=(shop.store_id,)))
    paths = ("receive", "transfer", "goods?code=MILK")
    assert [clerk.open(f"{LIST}/{shop.store_id}/{path}").status_code for path in paths] == [200] * 3
    assert [clerk.open(f"{LIST}/{other}/{path}").status_code for path in paths] == [403] * 3
    assert clerk.post(f"{LIST}/{other}/receive", lines(("MILK", "1")), page=LIST).status_code == 403
    sent = {**lines(("MILK", "1")), "target_id": str(other)}
    assert clerk.post(f"{LIST}/{shop.store_id}/transfer", sent).status_code == 403
    assert (on_hand(shop, "MILK"), receipts(shop)) == (Decimal(100), [])


def test_store_that_is_not_there_is_not_found(visitor):
    assert [visitor.open(f"{LIST}/999999/{path}").status_code for path in ("receive", "transfer")] == [404, 404]
