"""The list of orders: tabs, filters, pages, files, several orders at once."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from openpyxl import load_workbook

from tests.core.console_http.acting import actions, one, order
from tests.core.console_pages.orderpages import change, numbers, plain


def test_list_shows_number_goods_amount_and_state(shop, visitor):
    number = order(shop, ("MILK", "2"), ("RICE", "1"), phone="19912345678")
    page = visitor.get("/console/orders")
    assert numbers(page) == [number]
    for words in ("纯牛奶、东北大米", "19912345678", "¥58.60", "已付款", "到店自提", "中兴店"):
        assert words in page


def test_list_without_orders_says_what_to_do(visitor):
    page = visitor.get("/console/orders")
    assert "还没有订单" in page and "打印小程序码" in page


def test_tabs_count_and_narrow(shop, visitor):
    unpaid, paid = order(shop, paid=False), order(shop)
    page = plain(visitor.get("/console/orders"))
    assert "全部 2 待付款 1 待备货 1 待提货 0" in page
    assert numbers(visitor.get("/console/orders?tab=to_pay")) == [unpaid]
    assert numbers(visitor.get("/console/orders?tab=to_prepare")) == [paid]
    assert numbers(visitor.get("/console/orders?tab=nonsense")) == [paid, unpaid]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=5678", True), ("q=0000", False), ("q=王", True), ("channel=online", True), ("channel=pos", False),
        ("fulfilment=pickup", True), ("fulfilment=delivery", False), ("from=2000-01-01", True), ("to=2000-01-01", False),
        ("from=nonsense&to=9999-12-31", True), ("q=%00", True), ("q=%ED%A0%80", False), ("store=99999999999999999999", True),
    ],
)  # fmt: skip
def test_filters_narrow_the_list(shop, visitor, query, found):
    number = order(shop, phone="19912345678")
    change(shop, "UPDATE buyer SET name = '王小明'")
    assert numbers(visitor.get(f"/console/orders?{query}")) == ([number] if found else [])


def test_pages_turn_both_ways(shop, visitor):
    placed = [order(shop, ("MILK", "1")) for _ in range(32)][::-1]
    first = visitor.get("/console/orders")
    onward = unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
    second = visitor.get(onward)
    back = unescape(re.search(r'rel="prev" href="([^"]+)"', second)[1])
    assert (numbers(first), numbers(second)) == (placed[:30], placed[30:])
    assert numbers(visitor.get(back)) == placed[:30]


def test_cursor_of_nonsense_is_refused(visitor):
    assert visitor.open("/console/orders?cursor=zzz").status_code == 422


def copies(shop, count):
    change(
        shop,
        """INSERT INTO orders (number, reference, request_digest, channel, store_id, buyer_id, state, fulfilment, list_fen,
               goods_fen, payable_fen, placed_at)
           SELECT lpad(n::text, 16, '9'), 'copy' || n, '', 'online', store_id, buyer_id, state, fulfilment, list_fen,
               goods_fen, payable_fen, placed_at FROM orders, generate_series(1, :n) n WHERE reference NOT LIKE 'copy%'""",
        n=count,
    )


def test_statements_stay_the_same_for_three_and_sixty_orders(shop, visitor):
    order(shop)
    counts = {}
    for total, added in ((3, 2), (60, 60)):
        if total == 60:
            change(shop, "DELETE FROM orders WHERE reference LIKE 'copy%'")
        copies(shop, added)
        visitor.get("/console/orders")
        counts[total] = len(visitor.statements)
    assert counts[3] == counts[60] <= 15


def test_several_orders_are_prepared_at_once_and_the_others_named(shop, visitor):
    paid, unpaid = order(shop), order(shop, paid=False)
    ids = [one(shop, "SELECT id FROM orders WHERE number = :n", n=n) for n in (paid, unpaid)]
    answer = visitor.post("/console/orders/move", {"act": "prepare", "ids": ids}, page="/console/orders")
    assert (answer.status_code, answer.location) == (303, "/console/orders")
    assert visitor.toasts() == [
        f"1 个订单没有变：{unpaid[-6:]} 订单当前为“待付款”，不能改为“备货中”", "1 个订单：已开始备货",
    ]  # fmt: skip
    assert one(shop, "SELECT string_agg(state, ',' ORDER BY id) FROM orders") == "preparing,pending"
    assert actions(shop) == ["orders.prepare"]


def test_several_orders_need_to_be_chosen(visitor, shop):
    order(shop)
    assert visitor.post("/console/orders/move", {"act": "prepare"}, page="/console/orders").status_code == 303
    assert visitor.toasts() == ["请先选择订单"]
    answer = visitor.post("/console/orders/move", {"act": "complete", "ids": ["1"]}, page="/console/orders")
    assert answer.status_code == 404


def test_export_has_the_filtered_orders_and_no_formula(shop, visitor):
    number = order(shop, ("MILK", "2"), phone="19912345678")
    order(shop, paid=False)
    change(shop, "UPDATE orders SET remark = '=HYPERLINK(1)'")
    change(shop, "UPDATE buyer SET name = '@SUM(A1)'")
    answer = visitor.open("/console/orders/export.csv?tab=to_prepare")
    assert answer.mimetype == "text/csv"
    head, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    found = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["订单号"] for row in found] == [number]
    assert {key: found[0][key] for key in ("顾客", "买家留言", "应付", "状态", "手机号", "商品")} == {
        "顾客": "'@SUM(A1)", "买家留言": "'=HYPERLINK(1)", "应付": "25.60", "状态": "已付款", "手机号": "19912345678",
        "商品": "纯牛奶",
    }  # fmt: skip
    assert "最多 10,000 单" in visitor.get("/console/orders")


def test_export_for_excel_has_amounts_as_numbers(shop, visitor):
    number = order(shop, ("MILK", "2"))
    sheet = load_workbook(io.BytesIO(visitor.open("/console/orders/export.xlsx").data)).active
    head, row = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert (row[head.index("订单号")], row[head.index("应付")]) == (number, 25.6)


def test_several_slips_are_printed_at_once(shop, visitor):
    placed = [order(shop), order(shop)]
    ids = [one(shop, "SELECT id FROM orders WHERE number = :n", n=n) for n in placed]
    answer = visitor.post("/console/orders/print", {"ids": ids}, page="/console/orders")
    assert answer.status_code == 303
    page = visitor.get(answer.location)
    assert re.findall(r'<article class="slip" aria-label="([0-9]+)"', page) == placed
    assert len(visitor.statements) <= 15
    assert visitor.open("/console/orders/print").status_code == 404
