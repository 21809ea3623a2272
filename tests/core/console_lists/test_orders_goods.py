"""Orders found by what was bought, and what that costs with 100,000 of them."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.catalog.indexing import index_products
from core.db import db
from core.orders import goods
from core.orders.listing import Wanted, list_orders
from tests.core.console_http.acting import API, another_store, one, order, staff_token
from tests.core.console_lists.counting import blocks, sent
from tests.core.console_lists.test_orders_list import make, numbers, run

LINE = """
    INSERT INTO order_line (order_id, position, sku_id, sku_code, title, spec, unit, quantity, list_fen, payable_fen)
    SELECT o.id, 1, {sku}, 'X', 'X', '', '件', 1, 100, 100 FROM orders o WHERE {which} ORDER BY o.id
"""


@pytest.fixture
def shop(shop):
    """The shop with words of its products to find them by."""
    with shop.bound():
        index_products(db.session.execute(text("SELECT id FROM product")).scalars().all())
        db.session.commit()
    return shop


def line(shop, sku, which):
    """Put `sku` on orders that have no line yet."""
    run(shop, LINE.format(sku=shop.skus[sku], which=which))


def test_orders_are_found_by_title_code_and_barcode_of_a_line(shop):
    rice = order(shop, ("RICE", "1"), phone="19900000000")
    both = order(shop, ("RICE", "1"), ("MILK", "1"), phone="19900000000")
    barcode = one(shop, "SELECT barcode FROM sku_barcode WHERE sku_id = :s", s=shop.skus["RICE"])
    for q in ("东北大米", "大米", " 大  米 ", "RICE", "rice", barcode, "dongbei"):
        assert numbers(shop, q=q) == [both, rice], q
    assert numbers(shop, q="纯牛奶") == [both]
    for q in ("牛肉", "%", "'", "\\", "a:*", "RIC_", "00000000", "大米 & 牛奶"):
        assert numbers(shop, q=q) == [], q
    assert numbers(shop, q="大米", by_goods=False) == []


def test_orders_of_goods_keep_to_the_other_filters(shop):
    number = order(shop, ("RICE", "1"))
    second = another_store(shop)
    assert numbers(shop, q="大米", tab="to_prepare") == numbers(shop, q="大米", channel="online") == [number]
    assert numbers(shop, q="大米", tab="done") == numbers(shop, q="大米", tab="refunding") == []
    assert numbers(shop, q="大米", scope=[second]) == numbers(shop, q="大米", scope=[]) == []
    assert numbers(shop, q="大米", scope=[shop.store_id, second], store_id=shop.store_id) == [number]
    clerk = staff_token(shop, "clerk", stores=(second,))
    assert shop.get(f"{API}/orders", token=clerk, query_string={"q": "大米"}).json["items"] == []
    owner = shop.get(f"{API}/orders", token=shop.staff_token, query_string={"q": "大米"}).json["items"]
    assert [item["number"] for item in owner] == [number]


def test_orders_of_goods_of_another_shop_stay_there(shop, other_shop):
    number = order(shop, ("RICE", "1"))
    assert (numbers(shop, q="大米"), numbers(other_shop, q="大米")) == ([number], [])


def test_a_name_and_goods_with_the_same_word_are_both_found(shop):
    rice, milk = order(shop, ("RICE", "1")), order(shop, ("MILK", "1"))
    run(shop, "UPDATE buyer SET name = '大米先生'")
    assert numbers(shop, q="大米") == [milk, rice]


def test_orders_of_goods_turn_both_ways_with_two_statements(shop):
    make(shop, 9)
    line(shop, "RICE", "o.number <> 'm5'")
    wanted = Wanted(q="大米")
    with shop.bound(), sent() as statements:
        first = list_orders(wanted, None, 3)
        second = list_orders(wanted, first.next_cursor, 3)
        third = list_orders(wanted, second.next_cursor, 3)
        back = list_orders(wanted, third.previous_cursor, 3)
    rows = [[row["number"] for row in page.items] for page in (first, second, third, back)]
    assert rows == [["m9", "m8", "m7"], ["m6", "m4", "m3"], ["m2", "m1"], ["m6", "m4", "m3"]]
    assert (third.next_cursor, len(statements)) == (None, 8)


@pytest.mark.parametrize(("line_limit", "window", "found"), [(2, 3, ["m9", "m8", "m7"]), (4, 1, ["m9", "m8", "m7", "m6"])])
def test_bounds_leave_out_what_is_far_behind(shop, monkeypatch, line_limit, window, found):
    monkeypatch.setattr(goods, "LINES", line_limit)
    monkeypatch.setattr(goods, "WINDOW", window)
    make(shop, 9)
    line(shop, "RICE", "true")
    assert numbers(shop, q="大米") == found


def test_goods_among_100000_orders_are_found_without_reading_them_all(shop, owner):
    second = another_store(shop)
    make(shop, 60_000, channel="online", fulfilment="pickup")
    make(shop, 40_000, store_id=second, tag="b")
    line(shop, "RICE", "o.number LIKE 'm%777'")
    line(shop, "MILK", "o.number NOT LIKE 'm%777'")
    middle = one(shop, "SELECT placed_at FROM orders WHERE number = 'm30000'")
    with shop.bound(), owner.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL search_path = t_{shop.ref.key}")
        connection.exec_driver_sql("ANALYZE orders, order_line")
        for wanted, hits in (
            (Wanted(q="大米"), 20),
            (Wanted(q="牛奶"), 20),
            (Wanted(q="大米", scope=[second]), 0),
            (Wanted(q="牛奶", scope=[second], tab="done"), 20),
            (Wanted(q="牛奶", until=middle), 20),
            (Wanted(q="大米", scope=[shop.store_id, second], tab="done"), 20),
        ):
            with sent() as statements:
                first = list_orders(wanted, None, 20)
                deep = list_orders(wanted, first.next_cursor, 20)
                list_orders(wanted, deep.next_cursor, 20)
            assert len(first.items) == hits, wanted
            costs = [blocks(connection, *statement) for statement in statements]
            assert max(costs) < 60_000, (wanted, costs)
        db.session.rollback()
