"""`POST orders:bulk`: line amounts as given, idempotent, one result per sale, a constant number of statements."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from sqlalchemy import event, text

from core.db import db
from core.tills.domain import MAX_SALES
from tests.core.open_http.conftest import line, sale
from tests.core.shops import Shop

PATH = "/open/api/v1/orders:bulk"


def post(shop: Shop, key: str, *sales: object):
    return shop.post(PATH, token=key, json={"orders": list(sales)})


def results(answer) -> list[tuple]:
    assert answer.status_code == 200, answer.text
    return [(r["order_no"], r["status"], r.get("code"), r.get("field")) for r in answer.json["results"]]


def rows(shop: Shop, sql: str) -> list[tuple]:
    with shop.bound():
        return [tuple(row) for row in db.session.execute(text(sql))]


def test_sale_with_discounts_is_written_with_its_ledger(shop, key):
    first = line(qty=2, list_fen=2560, member_disc_fen=128, coupon_fen=500, coupon_store_funded_fen=200)
    second = line("PORK", qty="1.236", list_fen=2447, coupon_fen=2500)
    answer = post(shop, key, sale("T-1", first, second))
    assert answer.json["results"] == [
        {"order_no": "T-1", "status": "created", "number": answer.json["results"][0]["number"]}
    ]
    assert rows(shop, "SELECT reference, channel, state, fulfilment, list_fen, goods_fen, payable_fen FROM orders") == [
        ("T-1", "pos", "completed", "counter", 5007, 1879, 1879)
    ]
    assert rows(shop, "SELECT position, sku_code, quantity, list_fen, payable_fen FROM order_line ORDER BY position") == [
        (1, "MILK", Decimal("2.000"), 2560, 1932),
        (2, "PORK", Decimal("1.236"), 2447, -53),
    ]
    assert rows(shop, "SELECT seq, rule, bearer, amount_fen, allocation FROM order_price_step ORDER BY seq") == [
        (0, "list_price", "shop", 5007, [2560, 2447]),
        (1, "pos.member", "shop", -128, [-128, 0]),
        (2, "pos.coupon", "supplier", -2800, [-300, -2500]),
        (3, "pos.coupon", "shop", -200, [-200, 0]),
    ]
    assert rows(shop, "SELECT from_state, to_state, actor FROM order_move") == [(None, "completed", "till")]
    assert rows(shop, "SELECT name, payload->>'paid_fen' FROM event") == [("order.completed", "1879")]


def test_till_sale_takes_stock_below_zero_and_writes_the_move(shop, key):
    post(shop, key, sale("T-1", line(qty=70)), sale("T-2", line(qty=31), line("RICE", 1, 3300)))
    assert shop.stock("MILK") == (Decimal("-1.000"), Decimal(0))
    moved = "SELECT kind, sum(quantity) FROM stock_move WHERE kind = 'pos' GROUP BY sku_id, kind ORDER BY 2"
    assert rows(shop, moved) == [("pos", Decimal("-101.000")), ("pos", Decimal("-1.000"))]


def test_past_order_moves_no_stock(shop, key):
    assert results(post(shop, key, sale("P-1", channel="past"))) == [("P-1", "created", None, None)]
    assert shop.stock("MILK") == (Decimal("100.000"), Decimal(0))


def test_repeated_sale_changes_nothing(shop, key):
    first = post(shop, key, sale("T-1"))
    again = post(shop, key, sale("T-1", line(qty="1.000")))
    assert results(again) == [("T-1", "exists", None, None)]
    assert again.json["results"][0]["number"] == first.json["results"][0]["number"]
    assert shop.stock("MILK") == (Decimal("99.000"), Decimal(0))
    assert rows(shop, "SELECT count(*) FROM event") == [(1,)]


def test_other_content_under_the_same_number_is_refused(shop, key):
    post(shop, key, sale("T-1"))
    answer = post(shop, key, sale("T-1", line(qty=2)))
    assert results(answer) == [("T-1", "error", "reference_reused", "order_no")]


def test_number_twice_in_one_call_counts_once(shop, key):
    answer = post(shop, key, sale("T-1"), sale("T-1"), sale("T-1", line(qty=2)))
    assert [r[1] for r in results(answer)] == ["created", "exists", "error"]
    assert rows(shop, "SELECT count(*) FROM orders") == [(1,)]


def test_barcode_finds_the_sku(shop, key):
    ((barcode,),) = rows(shop, f"SELECT barcode FROM sku_barcode WHERE sku_id = {shop.skus['RICE']}")
    one = {**line("RICE", 1, 3300), "barcode": barcode}
    del one["sku"]
    assert results(post(shop, key, sale("T-1", one))) == [("T-1", "created", None, None)]
    assert shop.stock("RICE") == (Decimal("99.000"), Decimal(0))


def test_bad_sales_do_not_stop_their_neighbours(shop, other_shop, key):
    foreign = f"69{999:011d}"
    answer = post(
        shop,
        key,
        sale("G-1"),
        {**sale("B-1"), "store_code": "XT99"},
        {**sale("B-2"), "member_no": "nobody"},
        sale("B-3", line("GHOST")),
        {**sale("B-4"), "paid_fen": 1},
        sale("B-5", {**line(), "paid_fen": 1279}),
        {**sale("B-6"), "surprise": 1},
        sale("B-7", line(qty=0)),
        sale("B-8", {**line(), "list_fen": True}),
        sale("B-9", {**line(), "barcode": foreign}),
        "no sale at all",
        {**sale("B-10"), "placed_at": "2026-01-02T10:00:00"},
        {**sale("B-11"), "placed_at": "2999-01-02T10:00:00Z"},
        {**sale("B-12"), "lines": []},
        {**sale("B-13"), "lines": [line()] * 10_000},
        sale("B-14", line(list_fen=100, coupon_fen=150)),
        sale("B-15", line(list_fen=10**15)),
        sale("B-16", line(coupon_fen=10, coupon_store_funded_fen=11)),
        {**sale("B-17"), "channel": "online"},
        sale("bad number"),
        sale("G-2"),
    )
    assert results(answer) == [
        ("G-1", "created", None, None),
        ("B-1", "error", "store_not_found", "store_code"),
        ("B-2", "error", "member_not_found", "member_no"),
        ("B-3", "error", "sku_not_found", "lines.0.sku"),
        ("B-4", "error", "amounts_mismatch", "paid_fen"),
        ("B-5", "error", "amounts_mismatch", "lines.0.paid_fen"),
        ("B-6", "error", "unknown_field", "surprise"),
        ("B-7", "error", "invalid", "lines.0.qty"),
        ("B-8", "error", "invalid", "lines.0.list_fen"),
        ("B-9", "error", "invalid", "lines.0.sku"),
        (None, "error", "invalid", None),
        ("B-10", "error", "invalid", "placed_at"),
        ("B-11", "error", "invalid", "placed_at"),
        ("B-12", "error", "invalid", "lines"),
        ("B-13", "error", "too_many_lines", "lines"),
        ("B-14", "error", "invalid", "paid_fen"),
        ("B-15", "error", "invalid", "lines.0.list_fen"),
        ("B-16", "error", "amounts_mismatch", "lines.0.coupon_store_funded_fen"),
        ("B-17", "error", "invalid", "channel"),
        (None, "error", "invalid", "order_no"),
        ("G-2", "created", None, None),
    ]
    assert rows(shop, "SELECT reference FROM orders ORDER BY id") == [("G-1",), ("G-2",)]
    assert rows(other_shop, "SELECT count(*) FROM orders") == [(0,)]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad_request"),
        (b'{"orders": 1}', 422, "bad_bulk"),
        (b"[]", 422, "bad_bulk"),
        (b'{"orders": [], "more": 1}', 422, "unknown_field"),
        (b'{"orders": [' + b"1," * MAX_SALES + b"1]}", 422, "too_many_orders"),
        (b" " * (8 * 1024 * 1024 + 1), 413, "too_large"),
        (b'"\xff"', 400, "bad_request"),
    ],
)
def test_call_that_is_no_list_of_sales_is_refused(shop, key, body, status, code):
    answer = shop.post(PATH, token=key, data=body, content_type="application/json")
    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_other_media_type_is_refused(shop, key):
    answer = shop.post(PATH, token=key, data="orders", content_type="text/plain")
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")


def test_same_sales_from_two_tills_at_once_are_booked_once(shop, key):
    sales = [sale(f"T-{n}") for n in range(60)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda part: post(shop, key, *part), [sales, sales[::-1], sales, sales[::-1]]))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert sum(answer.json["created"] for answer in answers) == 60
    assert sum(answer.json["exists"] for answer in answers) == 180
    assert shop.stock("MILK") == (Decimal("40.000"), Decimal(0))
    assert rows(shop, "SELECT count(*) FROM event") == [(60,)]


@pytest.mark.parametrize("sales", [1, 40])
def test_statements_do_not_grow_with_sales_or_lines(shop, key, sales):
    seen: list[str] = []
    with shop.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    skus = [line("MILK"), line("RICE", 1, 3300), line("PORK", "0.5", 990)]
    shop.get("/open/api/v1/stock", token=key)
    seen.clear()
    answer = post(shop, key, *[sale(f"T-{n}", *skus[: 1 + n % 3]) for n in range(sales)])
    assert answer.json["created"] == sales
    assert len(seen) == 6
