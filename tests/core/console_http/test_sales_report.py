"""The sales report against orders made by hand: online with adjustments, at the till, from the past."""

from datetime import timedelta

from sqlalchemy import event

from core.clock import now
from core.db import db
from core.orders.service import SYSTEM, mark_paid
from core.tills.service import take_sales
from tests.core.console_http.acting import API, another_store, one, order, staff_token
from tests.core.shops import make_buyer

NOTHING = {
    "orders": 0,
    "lines": 0,
    "members": 0,
    "products": 0,
    "qty": "0",
    "list_fen": 0,
    "member_disc_fen": 0,
    "coupon_fen": 0,
    "coupon_match_fen": 0,
    "sales_value_fen": 0,
    "paid_fen": 0,
    "refunded_fen": 0,
    "online_orders": 0,
    "orders_by_store": {},
    "members_ge2_orders": 0,
    "groups": [],
}


def sales(shop, token=None, **query):
    tomorrow = (now() + timedelta(days=2)).date().isoformat()
    query = {"from": "2017-01-01", "to": tomorrow} | query
    return shop.get(f"{API}/reports/sales", query_string=query, token=token or shop.staff_token)


def sale(number, lines, store="XT01", member=None, channel="pos", placed_at="2017-01-02T08:00:00+08:00"):
    keys = ("sku", "qty", "list_fen", "member_disc_fen", "coupon_fen", "coupon_store_funded_fen")
    rows = [dict(zip(keys, line, strict=True)) for line in lines]
    for row in rows:
        row["paid_fen"] = row["list_fen"] - row["member_disc_fen"] - row["coupon_fen"]
    return {
        "order_no": number,
        "store_code": store,
        "member_no": member,
        "channel": channel,
        "placed_at": placed_at,
        "lines": rows,
        "paid_fen": sum(row["paid_fen"] for row in rows),
    }


def ring_up(shop, *sales):
    with shop.bound():
        results = take_sales(sales, SYSTEM)
        db.session.commit()
    assert [result.status for result in results] == ["created"] * len(sales)


def adjusted(shop, number, lines):
    """Staff change the price, then it is paid."""
    body = {"lines": lines, "why": "test"}
    assert shop.put(f"{API}/orders/{number}/adjustments", token=shop.staff_token, json=body).status_code == 200
    with shop.bound():
        order_id = one(shop, "SELECT id FROM orders WHERE number = :n", n=number)
        assert mark_paid(order_id, SYSTEM, "test")
        db.session.commit()


def furnish(shop):
    """Four orders that count: one online with every kind of step, two at tills, one of the past; two that don't."""
    with shop.bound():
        member_id, _ = make_buyer(shop, member=True, name="1")
        db.session.commit()
    number = order(shop, ("MILK", "2"), ("RICE", "1"), paid=False, buyer_id=member_id, member=True)
    changes = [
        {"position": 1, "rule": "price", "amount_fen": 40},
        {"position": 1, "rule": "member", "amount_fen": -100},
        {"position": 2, "rule": "coupon", "amount_fen": -200, "bearer": "supplier"},
        {"position": 2, "rule": "coupon", "amount_fen": -50},
    ]
    adjusted(shop, number, changes)
    order(shop, ("MILK", "1"), paid=False)
    cancelled = order(shop, ("MILK", "1"))
    shop.post(f"{API}/orders/{cancelled}/cancel", token=shop.staff_token, json={"reason": "x"})
    ring_up(
        shop,
        sale("T-1", [("MILK", "1", 1280, 64, 0, 0), ("PORK", "0.5", 990, 0, 300, 100)], member="M1"),
        sale("T-2", [("RICE", 3, 9900, 0, 0, 0)], store="XT02", placed_at="2017-01-03T00:00:00+08:00"),
        sale("P-1", [("MILK", 1, 1280, 0, 0, 0)], channel="past", placed_at="2017-01-02T23:59:59+08:00"),
    )
    return number


def test_sales_add_up_from_lines_and_ledger(shop):
    another_store(shop)
    number = furnish(shop)
    online = 2560 + 3300 + 40 - 128 - 100 - 200 - 50
    till = 1280 + 990 - 64 - 300
    assert one(shop, "SELECT payable_fen FROM orders WHERE number = :n", n=number) == online
    assert sales(shop).json == {
        "orders": 4,
        "lines": 6,
        "members": 1,
        "products": 3,
        "qty": "8.5",
        "list_fen": 2560 + 3300 + 40 + 1280 + 990 + 9900 + 1280,
        "member_disc_fen": 128 + 100 + 64,
        "coupon_fen": 200 + 200,
        "coupon_match_fen": 50 + 100,
        "sales_value_fen": online + till + 9900 + 1280 + 400,
        "paid_fen": online + till + 9900 + 1280,
        "refunded_fen": 0,
        "online_orders": 2,
        "orders_by_store": {"XT01": 3, "XT02": 1},
        "members_ge2_orders": 1,
        "groups": [],
    }


def test_sales_count_the_current_price_version_only(shop):
    number = order(shop, ("MILK", "2"), paid=False)
    for amount in (-500, -300):
        change = [{"position": 1, "rule": "member", "amount_fen": amount}]
        shop.put(f"{API}/orders/{number}/adjustments", token=shop.staff_token, json={"lines": change, "why": "x"})
    adjusted(shop, number, [{"position": 1, "rule": "coupon", "amount_fen": -60}])
    body = sales(shop).json
    assert (body["list_fen"], body["member_disc_fen"], body["coupon_match_fen"], body["paid_fen"]) == (2560, 0, 60, 2500)


def test_sales_of_shop_days_and_of_one_store(shop):
    other = another_store(shop)
    furnish(shop)
    second = sales(shop, **{"from": "2017-01-02", "to": "2017-01-03"}).json
    assert (second["orders"], second["online_orders"], second["orders_by_store"]) == (2, 1, {"XT01": 2})
    third = sales(shop, **{"from": "2017-01-02T16:00:00Z", "to": "2017-01-04"}).json
    assert (third["orders"], third["orders_by_store"]) == (1, {"XT02": 1})
    assert sales(shop, store_id=str(other)).json["paid_fen"] == 9900
    assert sales(shop, **{"from": "2016-01-01", "to": "2016-02-01"}).json == NOTHING


def test_sales_show_what_was_refunded(shop):
    number = order(shop, ("MILK", "2"))
    body = {"lines": [{"position": 1, "quantity": "1"}], "reason": "x"}
    path = f"{API}/orders/{number}/refunds"
    shop.post(path, token=shop.staff_token, json=body, headers={"Idempotency-Key": "refund-0001"})
    found = sales(shop).json
    assert (found["orders"], found["paid_fen"], found["refunded_fen"]) == (1, 2560, 1280)


def test_sales_of_staff_limited_to_stores_hold_those_only(shop):
    other = another_store(shop)
    furnish(shop)
    manager = staff_token(shop, "manager", stores=(other,))
    assert sales(shop, manager).json["orders_by_store"] == {"XT02": 1}
    refused = sales(shop, manager, store_id=str(shop.store_id))
    assert (refused.status_code, refused.json["code"]) == (403, "other_store")
    assert sales(shop, staff_token(shop, "clerk")).json["permission"] == "reports.view"


def test_sales_with_a_bad_period_name_the_field(shop):
    for query, field in (
        ({"from": "2017-02-30"}, "from"),
        ({"from": "2017-01-02T00:00:00"}, "from"),
        ({"to": "0001-01-01T00:00:00+14:00"}, "to"),
        ({"from": "2017-01-02", "to": "2017-01-02"}, "to"),
        ({"store_id": "x"}, "store_id"),
    ):
        answer = sales(shop, **query)
        assert (answer.status_code, answer.json["field"]) == (422, field), query


def test_sales_cost_the_same_statements_however_many_orders(shop):
    few = statements(shop)
    ring_up(shop, *(sale(f"M-{n}", [("MILK", 1, 1280, 0, 0, 0)]) for n in range(50)))
    assert sales(shop).json["orders"] == 50
    assert statements(shop) == few


def statements(shop):
    """How many statements a report takes."""
    seen = []

    def note(connection, cursor, statement, *args):
        seen.append(statement)

    with shop.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    assert sales(shop).status_code == 200
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)
