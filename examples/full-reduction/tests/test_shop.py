"""Full reduction in a real shop: quotes, orders and what becomes of gifts. MILK 12.80, RICE 33.00."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest
from jishi_fullreduction import hooks
from sqlalchemy import event

from core.plugin import Offer, ProductRef
from core.plugin.data import session

PRESENT = "SELECT state FROM fullreduction_given ORDER BY id"
STOCK = "SELECT stock FROM fullreduction_gift"


def own(answer):
    """The plugin's steps of a quote: reason, amount, allocation."""
    return [(s["reason"], s["amount_fen"], s["allocation"]) for s in answer["steps"] if s["source"] == "fullreduction"]


@contextmanager
def counting(engine):
    """The statements that are sent meanwhile."""
    statements = []

    def note(connection, cursor, statement, *rest):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def test_quote_takes_the_discount_off_by_largest_remainder(campaign, quote):
    campaign({"at": 6000, "off_fen": 800}, {"at": 9000, "off_fen": 1000})
    answer = quote({"MILK": 2, "RICE": 1})
    assert own(answer) == []
    answer = quote({"MILK": 3, "RICE": 1})
    assert own(answer) == [("满60元减8元", -800, [-430, -370])]
    assert (answer["list_fen"], answer["payable_fen"], answer["complete"]) == (7140, 6340, True)
    assert own(quote({"MILK": 2, "RICE": 2})) == [("满90元减10元", -1000, [-279, -721])]


def test_member_price_counts_before_the_threshold(campaign, tenant, quote):
    tenant.add_sku("TEA", 6100, member_price_fen=5900)
    campaign({"at": 6000, "off_fen": 800})
    assert own(quote({"TEA": 1})) == []


def test_priority_decides_and_lines_are_exclusive(campaign, tenant, quote):
    campaign({"at": 1000, "off_fen": 100}, priority=2)
    campaign({"at": 1, "percent": 90}, basis="pieces", priority=1, products=[str(tenant.products["MILK"])])
    assert own(quote({"MILK": 1, "RICE": 1})) == [
        ("满10元减1元", -100, [0, -100]),
        ("满1件打9折", -128, [-128, 0]),
    ]


def test_campaign_that_is_over_or_to_come_or_inactive_is_silent(campaign, tenant, quote, travel):
    in_an_hour = tenant.context().now + timedelta(hours=1)
    campaign({"at": 1, "off_fen": 100}, starts_at=in_an_hour.isoformat())
    campaign({"at": 1, "off_fen": 200}, ends_at="2026-01-02T00:00:00Z")
    campaign({"at": 1, "off_fen": 300}, active=False)
    assert own(quote({"MILK": 1})) == []
    travel(3600)
    assert own(quote({"MILK": 1})) == [("满0.01元减1元", -100, [-100])]


def test_delivery_is_free_from_the_threshold_on(campaign, quote, store):
    campaign({"at": 2000, "free_shipping": True})
    home = {
        "contact": "王女士", "phone": "13800000001", "district_code": "130503001", "detail": "1 号楼",
        "longitude": "114.488", "latitude": "37.070",
    }  # fmt: skip
    address = store.post("/addresses", json=home).json["id"]
    paid = quote({"MILK": 1}, fulfilment="delivery", address_id=address)
    free = quote({"MILK": 2}, fulfilment="delivery", address_id=address)
    assert (paid["shipping_fen"], free["shipping_fen"]) == (400, 0)
    assert own(free) == [("满20元包邮", -400, [])]


def test_load_for_cart_asks_the_database_once(campaign, gift, tenant):
    gift(1)
    for number in range(5):
        campaign({"at": 1000 + number, "off_fen": 1})
    with tenant.bound(), counting(session.get_bind()) as statements:
        found = hooks.rules.active(session, tenant.context().now)
    assert (len(found), len(statements)) == (5, 1)


def test_order_gets_its_gift_and_says_so(campaign, gift, place_order, tenant, store, console):
    campaign({"at": 2000, "off_fen": 100, "gift_id": str(gift(2))})
    order = place_order({"MILK": 2})
    assert order.payable_fen == 2460
    assert (tenant.one(STOCK), tenant.one(PRESENT)) == (1, "given")
    panel = {
        "title": "赠品",
        "rows": [["抽纸 × 1", "随单赠送"]],
        "data": {"gifts": [{"name": "抽纸", "quantity": 1, "state": "given"}]},
    }
    assert store.get(f"/orders/{order.number}").json["extensions"]["fullreduction"] == panel
    assert console.get(f"/orders/{order.number}").json["extensions"]["fullreduction"] == panel


def test_gift_alone_is_a_step_that_takes_nothing_off(campaign, gift, quote, place_order, tenant):
    campaign({"at": 2000, "gift_id": str(gift(2)), "gift_quantity": 2})
    assert own(quote({"MILK": 2})) == [("满20元送抽纸×2", 0, [0])]
    place_order({"MILK": 2})
    assert (tenant.one(STOCK), tenant.one(PRESENT)) == (0, "given")


def test_gift_that_is_gone_is_promised_no_more(campaign, gift, quote, place_order):
    campaign({"at": 2000, "gift_id": str(gift(1))})
    place_order({"MILK": 2})
    assert own(quote({"MILK": 2})) == []


def test_every_gives_as_often_as_it_is_reached_or_says_that_none_was_left(campaign, gift, place_order, tenant):
    campaign({"at": 1000, "gift_id": str(gift(3))}, mode="every")
    place_order({"MILK": 2})
    assert (tenant.one(STOCK), tenant.one(PRESENT)) == (1, "given")
    place_order({"MILK": 2})
    assert (tenant.one(STOCK), [state for (state,) in tenant.rows(PRESENT)]) == (1, ["given", "out_of_stock"])


def test_order_that_is_called_off_gives_its_gift_back_once(campaign, gift, place_order, cancel, run_events, tenant):
    campaign({"at": 2000, "gift_id": str(gift(1))})
    cancel(place_order({"MILK": 2}))
    run_events()
    assert (tenant.one(STOCK), tenant.one(PRESENT)) == (1, "returned")


@pytest.mark.parametrize(("came_back", "stock", "state"), [(True, 1, "returned"), (False, 0, "given")])
def test_partial_refund_lets_staff_decide_about_the_gift(
    campaign, gift, place_order, pay, hand_over, refund, run_events, tenant, console, came_back, stock, state
):
    campaign({"at": 2000, "gift_id": str(gift(1))})
    order = place_order({"MILK": 2})
    pay(order)
    hand_over(order)
    refund(order, {"MILK": 1})
    run_events()
    (review,) = console.get("/plugins/fullreduction/reviews").json["items"]
    assert (review["order_id"], review["name"], review["quantity"]) == (str(order.id), "抽纸", 1)
    path = f"/plugins/fullreduction/reviews/{review['id']}"
    assert console.post(path, json={"came_back": came_back}).status_code == 204
    assert console.post(path, json={"came_back": came_back}).status_code == 404
    assert (tenant.one(STOCK), tenant.one(PRESENT)) == (stock, state)


def test_product_says_what_it_counts_towards(campaign, tenant):
    campaign({"at": 6000, "off_fen": 800}, {"at": 9900, "off_fen": 1500}, products=[str(tenant.products["MILK"])])
    milk, rice = (tenant.store().get(f"/products/{tenant.products[code]}").json for code in ("MILK", "RICE"))
    (card,) = milk["slots"]["product.promo"]
    assert [row["title"] for row in card["children"][0]["props"]["items"]] == ["满60元减8元", "满99元减15元"]
    assert "product.promo" not in rice.get("slots", {})


def test_product_has_a_badge(campaign, tenant):
    campaign({"at": 6000, "off_fen": 800}, products=["1"])
    asked = (ProductRef(1, "牛奶", None, 1280), ProductRef(2, "大米", None, 3300))
    with tenant.bound():
        assert hooks.product_offers(tenant.context(), asked) == {1: [Offer("满60元减8元")]}


def test_cart_says_what_is_missing(campaign, cart, tenant, store, plugin_on):
    campaign({"at": 6000, "off_fen": 800}, {"at": 9000, "off_fen": 1500})
    cart({"MILK": 2, "RICE": 1})
    here = {"store_id": str(tenant.store_id)}
    (notice,) = store.get("/cart", query_string=here).json["slots"]["cart.top"]
    assert (notice["type"], notice["props"]["text"]) == ("notice", "再买 ¥1.4，减8元")
    plugin_on("fullreduction", {"cart_hint": False})
    assert "cart.top" not in store.get("/cart", query_string=here).json["slots"]


def test_offers_are_public(campaign, tenant):
    campaign({"at": 6000, "off_fen": 800}, {"at": 9900, "off_fen": 1500})
    assert tenant.store().get("/plugins/fullreduction/offers").json == {
        "items": [{"levels": ["满60元减8元", "满99元减15元"]}]
    }
