"""The staff's list of orders: what it finds, which way it turns, what it costs with 100,000 orders."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.errors import Invalid
from core.orders.listing import COUNTED, TABS, Wanted, capped, counts, list_orders
from tests.core.console_http.acting import API, another_store, one, order, pickup_code, staff_token
from tests.core.console_lists.counting import blocks, sent


def numbers(shop, wanted=None, **kwargs):
    with shop.bound():
        return [row["number"] for row in list_orders(wanted or Wanted(**kwargs)).items]


def run(shop, statement, **values):
    with shop.bound():
        db.session.execute(text(statement), values)
        db.session.commit()


def make(shop, count, store_id=None, **columns):
    """`count` orders in one statement, a minute apart, the first one the oldest."""
    named = {"state": "completed", "channel": "pos", "fulfilment": "counter", "phone": None, "tag": "m"} | columns
    with shop.bound():
        db.session.execute(
            text(
                """
                INSERT INTO orders (number, reference, request_digest, channel, store_id, state, fulfilment, list_fen,
                                    goods_fen, payable_fen, contact_phone, placed_at)
                SELECT :tag || n, :tag || n, '', :channel, :store, :state, :fulfilment, 100, 100, 100, :phone,
                       CAST(:start AS timestamptz) + n * interval '1 minute' FROM generate_series(1, :count) n
                """
            ),
            {**named, "store": store_id or shop.store_id, "count": count, "start": now() - timedelta(days=100)},
        )
        db.session.commit()


def test_pages_turn_both_ways_and_end(shop):
    make(shop, 5)
    with shop.bound():
        first = list_orders(Wanted(), None, 2)
        second = list_orders(Wanted(), first.next_cursor, 2)
        third = list_orders(Wanted(), second.next_cursor, 2)
        back = list_orders(Wanted(), third.previous_cursor, 2)
        start = list_orders(Wanted(), back.previous_cursor, 2)
    shown = [[row["number"] for row in page.items] for page in (first, second, third, back, start)]
    assert shown == [["m5", "m4"], ["m3", "m2"], ["m1"], ["m3", "m2"], ["m5", "m4"]]
    assert (first.previous_cursor, third.next_cursor, start.previous_cursor) == (None, None, None)


@pytest.mark.parametrize("cursor", ["x", "WzEsMV0", "WzEsIjEiLDFd", "WzksMSwxXQ", "WzEsOTIyMzM3MjAzNjg1NDc3NTgwMCwxXQ"])
def test_cursor_of_another_list_is_refused(shop, cursor):
    with shop.bound(), pytest.raises(Invalid) as refused:
        list_orders(Wanted(), cursor)
    assert refused.value.code == "bad_cursor"


def test_tabs_show_their_states_and_count_them(shop):
    states = {
        "pending": "to_pay", "paid": "to_prepare", "preparing": "to_prepare", "shipped": "on_the_way",
        "delivered": "done", "completed": "done", "picked_up": "done", "cancelled": "cancelled", "closed": "cancelled",
    }  # fmt: skip
    for state in states:
        make(shop, 1, state=state, tag=f"{state}-")
    make(shop, 1, state="ready", fulfilment="pickup", tag="collect-")
    make(shop, 1, state="ready", fulfilment="delivery", tag="ship-")
    with shop.bound(), sent() as statements:
        found = counts(Wanted())
    assert len(statements) == 1
    assert found == {
        "all": 11, "to_pay": 1, "to_prepare": 2, "to_collect": 1, "to_ship": 1, "on_the_way": 1, "done": 3,
        "cancelled": 2, "refunding": 0,
    }  # fmt: skip
    assert found.keys() == TABS.keys()
    assert numbers(shop, tab="to_collect") == ["collect-1"]
    assert numbers(shop, tab="to_ship") == ["ship-1"]
    assert sorted(numbers(shop, tab="to_prepare")) == ["paid-1", "preparing-1"]


def test_refunding_orders_have_a_tab_of_their_own(shop):
    number = order(shop, ("MILK", "2"))
    order(shop)
    body = {"reason": "缺货", "lines": [{"position": 1, "quantity": "1"}]}
    answer = shop.post(
        f"{API}/orders/{number}/refunds", token=shop.staff_token, json=body, headers={"Idempotency-Key": "refund-1"}
    )
    assert answer.status_code == 200
    assert numbers(shop, tab="refunding") == [number]
    with shop.bound():
        assert counts(Wanted())["refunding"] == 1


def test_counts_are_capped_at_999_plus(shop):
    make(shop, COUNTED + 5)
    with shop.bound():
        found = counts(Wanted())
    assert (found["all"], found["done"], found["to_pay"]) == (COUNTED, COUNTED, 0)
    assert [capped(found["all"]), capped(999), capped(0)] == ["999+", "999", "0"]


def test_search_finds_by_number_code_phone_member_and_name(shop):
    number = order(shop, phone="19900001234")
    other = order(shop, phone="19900005678")
    run(shop, "UPDATE buyer SET name = '王小明', phone = '18811112222', member_no = 'VIP7' WHERE id = :id", id=shop.buyer_id)
    with shop.bound():
        db.session.execute(text("UPDATE orders SET buyer_id = NULL WHERE number = :n"), {"n": other})
        db.session.commit()
    code = pickup_code(shop, number)
    phones = ("1234", "19900001234", "2222", "18811112222")
    for q in (number, number[:12], f" {number} ", code, *phones, "VIP7", "王", "王小明"):
        assert numbers(shop, q=q) == [number], q
    for q in ("9999", "小明", "%", "_", "00000000", "' OR 1=1 --", "   x"):
        assert numbers(shop, q=q) == [], q


def test_search_keeps_to_the_other_filters(shop):
    number = order(shop, phone="19900001234")
    assert numbers(shop, q="1234", tab="to_pay") == []
    assert numbers(shop, q="1234", tab="to_prepare") == [number]
    assert numbers(shop, q="1234", scope=[shop.store_id + 99]) == []


def test_filters_by_channel_fulfilment_and_period(shop):
    number = order(shop)
    make(shop, 2)
    recent, old = now() - timedelta(hours=1), now() - timedelta(days=99)
    assert numbers(shop, channel="online") == [number]
    assert numbers(shop, fulfilment="counter") == ["m2", "m1"]
    assert numbers(shop, since=recent) == [number]
    assert numbers(shop, until=old) == ["m2", "m1"]


def test_staff_of_a_store_see_only_theirs(shop):
    second = another_store(shop)
    make(shop, 2)
    make(shop, 3, store_id=second, tag="b")
    assert numbers(shop, scope=[second]) == ["b3", "b2", "b1"]
    assert numbers(shop, scope=[second], store_id=shop.store_id) == []
    assert numbers(shop, scope=[]) == []
    assert sorted(numbers(shop, scope=[shop.store_id, second], tab="done")) == ["b1", "b2", "b3", "m1", "m2"]
    with shop.bound():
        assert counts(Wanted(scope=[second]))["all"] == 3
    clerk = staff_token(shop, "clerk", stores=(second,))
    answer = shop.get(f"{API}/orders", token=clerk, query_string={"store_id": str(shop.store_id)})
    assert (answer.status_code, answer.json["code"]) == (403, "other_store")
    assert [item["number"] for item in shop.get(f"{API}/orders", token=clerk).json["items"]] == ["b3", "b2", "b1"]


def test_list_knows_nothing_of_another_shop(shop, other_shop):
    make(shop, 2)
    make(other_shop, 1, tag="theirs")
    assert numbers(shop) == ["m2", "m1"]
    assert numbers(shop, q="theirs1") == []
    assert numbers(other_shop) == ["theirs1"]


def test_page_is_one_statement_however_many_rows(shop):
    order(shop, ("MILK", "1"), ("RICE", "1"))
    with shop.bound(), sent() as few:
        (row,) = list_orders(Wanted(), None, 20).items
    assert (row["line_count"], row["titles"], row["store_name"]) == (2, ["纯牛奶", "东北大米"], "中兴店")
    make(shop, 30)
    with shop.bound(), sent() as many:
        assert len(list_orders(Wanted(tab="done"), None, 20).items) == 20
    assert (len(few), len(many)) == (1, 1)


def test_deep_pages_of_100000_orders_cost_what_the_first_one_does(shop, owner):
    second = another_store(shop)
    make(shop, 60_000, channel="online", fulfilment="pickup", phone="19900004321")
    make(shop, 40_000, store_id=second, tag="b")
    run(shop, "UPDATE orders SET state = 'paid' WHERE number LIKE 'm%77'")
    middle = one(shop, "SELECT placed_at FROM orders WHERE number = 'm30000'")
    with shop.bound(), owner.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL search_path = t_{shop.ref.key}")
        connection.exec_driver_sql("ANALYZE orders")
        for wanted in (
            Wanted(),
            Wanted(scope=[second]),
            Wanted(scope=[shop.store_id, second], tab="done"),
            Wanted(tab="to_prepare"),
            Wanted(until=middle),
            Wanted(q="4321"),
        ):
            first = list_orders(wanted, None, 20)
            cursor = first.next_cursor
            for _ in range(3):
                cursor = list_orders(wanted, cursor, 20).next_cursor
            with sent() as statements:
                list_orders(wanted, None, 20)
                deep = list_orders(wanted, cursor, 20)
                list_orders(wanted, deep.previous_cursor, 20)
            costs = [blocks(connection, *statement) for statement in statements]
            assert max(costs) < 1000, (wanted, costs)
        with sent() as statements:
            assert list_orders(Wanted(tab="refunding")).items == []
            assert counts(Wanted(scope=[shop.store_id, second]))["all"] == COUNTED
        costs = [blocks(connection, *statement) for statement in statements]
        assert costs[0] < 100, costs
        assert costs[1] < 10_000, costs
