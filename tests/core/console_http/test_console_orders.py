"""Orders at the console: finding, reading, adjusting, moving, refunding."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from core.clock import travel
from core.db import db
from core.fulfilment import service as fulfilment
from core.pricing.service import Destination
from tests.core.console_http.acting import API, actions, another_store, one, order, pickup_code, staff_token

HOME = Destination("张三", "19900001234", "130503001", "1 号楼", Decimal("114.490"), Decimal("37.070"))


def detail(shop, number, **kwargs):
    return shop.get(f"{API}/orders/{number}", token=shop.staff_token, **kwargs).json


def act(shop, number, name, body=None, token=None, headers=None):
    path = f"{API}/orders/{number}/{name}"
    return shop.post(path, token=token or shop.staff_token, json=body, headers=headers or {})


def refund(shop, number, key, **body):
    return act(shop, number, "refunds", {"reason": "缺货"} | body, headers={"Idempotency-Key": key})


def adjust(shop, number, token=None, **body):
    path = f"{API}/orders/{number}/adjustments"
    return shop.put(path, token=token or shop.staff_token, json={"why": "会员卡"} | body)


def test_adjust_shows_in_the_ledger_of_the_detail(shop):
    number = order(shop, ("MILK", "2"), ("RICE", "1"), paid=False)
    lines = [
        {"position": 1, "rule": "price", "amount_fen": 100},
        {"position": 2, "rule": "member", "amount_fen": -300},
    ]
    whole = [{"rule": "coupon", "amount_fen": -500, "bearer": "supplier"}]
    answer = adjust(shop, number, lines=lines, order=whole)
    assert (answer.status_code, answer.json) == (200, {"number": number, "payable_fen": 5160})
    body = detail(shop, number)
    assert [(s["rule"], s["bearer"], s["amount_fen"], s["allocation"], s["reason"]) for s in body["steps"]] == [
        ("list_price", "shop", 5860, [2560, 3300], "商品原价"),
        ("manual.price", "shop", 100, [100, 0], "改价"),
        ("manual.member", "shop", -300, [0, -300], "会员优惠"),
        ("manual.coupon", "supplier", -500, [-235, -265], "优惠券"),
    ]
    assert [line["payable_fen"] for line in body["lines"]] == [2425, 2735]
    assert (body["price_version"], body["payable_fen"]) == (2, 5160)
    assert (body["moves"][-1]["why"], body["moves"][-1]["by"]) == ("会员卡", "店长")
    assert actions(shop) == ["orders.adjust"]
    assert adjust(shop, number).json["payable_fen"] == 5860


def test_adjust_a_paid_order_is_refused(shop):
    answer = adjust(shop, order(shop), lines=[{"position": 1, "rule": "price", "amount_fen": -1}])
    assert (answer.status_code, answer.json["code"]) == (409, "illegal_move")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"position": 1, "rule": "coupon", "amount_fen": -2561}, "negative_line"),
        ({"position": 2, "rule": "price", "amount_fen": 1}, "unknown_line"),
        ({"position": 1, "rule": "gift", "amount_fen": -1}, "invalid"),
        ({"position": 1, "rule": "price", "amount_fen": -1, "bearer": "customer"}, "invalid"),
        ({"position": 1, "rule": "price", "amount_fen": 1.5}, "invalid"),
        ({"position": 1, "rule": "price", "amount_fen": -1, "staff": "me"}, "invalid"),
    ],
)
def test_adjust_with_a_bad_change_changes_nothing(shop, change, code):
    number = order(shop, paid=False)
    answer = adjust(shop, number, lines=[change])
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert one(shop, "SELECT payable_fen, price_version FROM orders WHERE number = :n", n=number) == (2560, 1)
    assert actions(shop) == []


def test_clerk_may_not_adjust_cancel_or_refund(shop):
    number, clerk = order(shop, paid=False), staff_token(shop, "clerk")
    refused = adjust(shop, number, clerk)
    assert (refused.status_code, refused.json["permission"]) == (403, "orders.adjust")
    assert act(shop, number, "cancel", {"reason": "x"}, clerk).json["permission"] == "orders.cancel"
    assert act(shop, number, "refunds", {"reason": "x"}, clerk).json["permission"] == "orders.refund"


def test_staff_of_another_store_see_and_touch_nothing_of_this_one(shop):
    number = order(shop, paid=False)
    elsewhere = staff_token(shop, "manager", stores=(another_store(shop),))
    assert shop.get(f"{API}/orders", token=elsewhere).json["items"] == []
    answers = [
        shop.get(f"{API}/orders?store_id={shop.store_id}", token=elsewhere),
        shop.get(f"{API}/orders/{number}", token=elsewhere),
        adjust(shop, number, elsewhere),
        shop.put(f"{API}/orders/{number}/remark", token=elsewhere, json={"remark": "x"}),
        *(act(shop, number, name, token=elsewhere) for name in ("prepare", "ready", "ship", "deliver", "complete")),
        act(shop, number, "cancel", {"reason": "x"}, elsewhere),
        act(shop, number, "refunds", {"reason": "x"}, elsewhere, {"Idempotency-Key": "refund-0001"}),
    ]
    assert [(a.status_code, a.json["code"]) for a in answers] == [(403, "other_store")] * 11
    assert one(shop, "SELECT state, price_version FROM orders WHERE number = :n", n=number) == ("pending", 1)


def test_order_of_another_shop_is_unknown(shop, other_shop):
    number = order(other_shop)
    answers = [
        shop.get(f"{API}/orders/{number}", token=shop.staff_token),
        act(shop, number, "ready"),
        adjust(shop, number),
    ]
    assert [(a.status_code, a.json["code"]) for a in answers] == [(404, "order_not_found")] * 3
    assert shop.get(f"{API}/orders", token=other_shop.staff_token).status_code == 403


def test_list_filters_and_pages(shop):
    numbers = [order(shop, phone=f"1990000000{n}") for n in range(3)]
    act(shop, numbers[0], "ready")
    other = another_store(shop)
    numbers.append(order(shop, store_id=other, paid=False))

    def found(query):
        items = shop.get(f"{API}/orders?{query}", token=shop.staff_token).json["items"]
        return [numbers.index(item["number"]) for item in items]

    assert found("") == [3, 2, 1, 0]
    assert found("state=ready") == [0]
    assert found(f"store_id={other}") == [3]
    assert found("channel=pos") == []
    assert found(f"number={numbers[1]}") == [1]
    assert found("phone_tail=0002") == [2]
    assert found("from=2020-01-01T00:00:00%2B08:00&to=2021-01-01T00:00:00Z") == []
    assert found("from=2020-01-01T00:00:00Z&to=9999-12-31T00:00:00Z") == [3, 2, 1, 0]
    reference = one(shop, "SELECT reference FROM orders WHERE number = :n", n=numbers[2])
    assert found(f"reference={reference}") == [2]
    page = shop.get(f"{API}/orders?limit=3", token=shop.staff_token).json
    assert [item["number"] for item in page["items"]] == numbers[:0:-1]
    rest = shop.get(f"{API}/orders?limit=3&cursor={page['next_cursor']}", token=shop.staff_token).json
    assert ([item["number"] for item in rest["items"]], rest["next_cursor"]) == ([numbers[0]], None)
    assert (page["items"][0]["titles"], page["items"][0]["line_count"]) == (["纯牛奶"], 1)
    assert shop.get(f"{API}/orders?from=0001-01-01T00:00:00%2B14:00", token=shop.staff_token).status_code == 422


def test_detail_tells_everything_but_the_pickup_code(shop):
    number = order(shop, phone="19900001234")
    code = pickup_code(shop, number)
    act(shop, number, "prepare")
    act(shop, number, "ready")
    shop.post(f"{API}/pickup/verify", token=shop.staff_token, json={"store_id": str(shop.store_id), "code": code})
    body = detail(shop, number)
    assert code not in shop.get(f"{API}/orders/{number}", token=shop.staff_token).text
    assert [(m["from_state"], m["to_state"], m["by"]) for m in body["moves"]] == [
        (None, "pending", None),
        ("pending", "paid", None),
        ("paid", "preparing", "店长"),
        ("preparing", "ready", "店长"),
        ("ready", "picked_up", "店长"),
        ("picked_up", "completed", "店长"),
    ]
    assert (body["handover"]["by"], body["handover"]["method"], body["holds"]) == ("店长", "code", [])
    assert [(p["state"], p["amount_fen"], p["given_back"]) for p in body["payments"]] == [("paid", 2560, False)]


def test_remark_stands_among_the_moves_and_changes_no_state(shop):
    number = order(shop)
    answer = shop.put(f"{API}/orders/{number}/remark", token=shop.staff_token, json={"remark": "客人要冰袋"})
    assert answer.status_code == 204
    last = detail(shop, number)["moves"][-1]
    assert (last["from_state"], last["to_state"], last["why"], last["by"]) == ("paid", "paid", "客人要冰袋", "店长")


def test_delivery_is_shipped_delivered_and_completes_by_itself(shop):
    number = order(shop, fulfilment="delivery", destination=HOME)
    refused = act(shop, number, "deliver")
    assert (refused.status_code, refused.json["code"]) == (409, "illegal_move")
    assert act(shop, number, "ship").json == {"number": number, "state": "shipped"}
    again = act(shop, number, "ship")
    assert (again.status_code, again.json["code"], again.json["by"]) == (409, "already_handed_over", "店长")
    assert shop.stock("MILK") == (98, 0)
    assert act(shop, number, "deliver").json["state"] == "delivered"
    with shop.bound():
        delivered_at = db.session.execute(text("SELECT at FROM order_move WHERE to_state = 'delivered'")).scalar_one()
        assert db.session.execute(text(fulfilment.NEXT_DUE)).scalar_one() == delivered_at + timedelta(days=7)
        assert fulfilment.complete_delivered() == 0
        with travel(7 * 86400):
            assert fulfilment.complete_delivered() == 1
            assert fulfilment.complete_delivered() == 0
    assert detail(shop, number)["moves"][-1]["why"] == "送达后自动完成"


def test_delivered_order_is_completed_by_hand(shop):
    number = order(shop, fulfilment="delivery", destination=HOME)
    for name in ("prepare", "ready", "ship", "deliver"):
        assert act(shop, number, name).status_code == 200
    assert act(shop, number, "complete").json == {"number": number, "state": "completed"}
    assert actions(shop) == [f"orders.{name}" for name in ("prepare", "ready", "ship", "deliver", "complete")]


def test_pickup_order_is_not_shipped(shop):
    answer = act(shop, order(shop), "ship")
    assert (answer.status_code, answer.json["code"]) == (409, "wrong_fulfilment")


def test_cancel_closes_unpaid_orders_and_refunds_paid_ones(shop):
    unpaid, paid = order(shop, paid=False), order(shop)
    assert act(shop, unpaid, "cancel", {"reason": "顾客来电"}).json == {"number": unpaid, "state": "closed"}
    assert act(shop, paid, "cancel", {"reason": "缺货"}).json == {"number": paid, "state": "cancelled"}
    assert shop.stock("MILK") == (100, 0)
    refunds = detail(shop, paid)["refunds"]
    assert [(r["amount_fen"], r["reason"], r["state"]) for r in refunds] == [(2560, "缺货", "pending")]
    again = act(shop, paid, "cancel", {"reason": "缺货"})
    assert (again.status_code, again.json["code"]) == (409, "illegal_move")


def test_refund_part_of_a_line_once_per_key(shop):
    number = order(shop, ("MILK", "2"), ("RICE", "1"))
    lines = [{"position": 1, "quantity": "1"}]
    first, again = (refund(shop, number, "refund-0001", lines=lines) for _ in range(2))
    assert (first.status_code, first.json["state"], first.json) == (200, "paid", again.json)
    assert one(shop, "SELECT refunded_fen FROM orders WHERE number = :n", n=number) == 1280
    too_much = refund(shop, number, "refund-0002", lines=[{"position": 1, "quantity": "2"}])
    assert (too_much.status_code, too_much.json["code"], too_much.json["field"]) == (422, "refund_too_large", "lines.1")
    rest = refund(shop, number, "refund-0003")
    assert (rest.status_code, rest.json["state"]) == (200, "cancelled")
    assert one(shop, "SELECT refunded_fen FROM orders WHERE number = :n", n=number) == 5860
    assert (shop.stock("MILK"), shop.stock("RICE")) == ((100, 0), (100, 0))


def test_refund_after_pickup_restocks_what_came_back(shop):
    number = order(shop, ("MILK", "2"))
    act(shop, number, "ready")
    body = {"store_id": str(shop.store_id), "code": pickup_code(shop, number)}
    assert shop.post(f"{API}/pickup/verify", token=shop.staff_token, json=body).status_code == 200
    back = refund(shop, number, "refund-0001", lines=[{"position": 1, "quantity": 1, "restock": False}])
    assert back.json["state"] == "completed"
    assert shop.stock("MILK") == (98, 0)
    refund(shop, number, "refund-0002", lines=[{"position": 1, "quantity": 1}])
    assert shop.stock("MILK") == (99, 0)


def test_refund_of_the_rest_after_pickup_restocks_unless_told_not_to(shop):
    for n, (given, left) in enumerate((({"restock": False}, 98), ({}, 98))):
        number = order(shop, ("MILK", "2"))
        act(shop, number, "ready")
        body = {"store_id": str(shop.store_id), "code": pickup_code(shop, number)}
        assert shop.post(f"{API}/pickup/verify", token=shop.staff_token, json=body).status_code == 200
        assert refund(shop, number, f"refund-000{n}", **given).json["state"] == "completed"
        assert shop.stock("MILK") == (left, 0)


def test_refund_without_a_key_or_with_a_line_twice_is_refused(shop):
    number = order(shop)
    assert act(shop, number, "refunds", {"reason": "x"}).json["code"] == "idempotency_key_required"
    twice = refund(shop, number, "refund-0001", lines=[{"position": 1, "quantity": 1}] * 2)
    assert (twice.status_code, twice.json["field"]) == (422, "lines")


def test_console_without_a_login_or_with_a_shoppers_token_is_refused(shop):
    assert shop.get(f"{API}/orders").status_code == 401
    assert shop.get(f"{API}/orders", token=shop.buyer_token).json["code"] == "bad_token"
