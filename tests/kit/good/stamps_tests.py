"""What the author of `stamps` tests: every fixture once. Run by `tests/kit/test_conformance.py`, in a process of its own."""

from __future__ import annotations

from core.plugin import Lane
from core.plugin.data import session

DAY = 86400


def stamps(store) -> int:
    return store.get("/plugins/stamps/card").json["count"]


def test_completed_order_gives_a_stamp(plugin_on, cart, place_order, pay, hand_over, run_events, store, console):
    plugin_on("stamps")
    cart({"MILK": 2, "PORK": "1.25"})
    order = place_order()
    assert order.payable_fen == 2560 + 2475
    pay(order)
    hand_over(order)
    run_events()
    assert stamps(store) == 1
    assert console.get("/plugins/stamps/stamps").json == {"count": 1}


def test_stamp_is_worth_what_the_merchant_says(plugin_on, till_sale, buyer, run_events, quote, place_order, tenant):
    plugin_on("stamps", settings={"worth_fen": 250})
    till_sale({"RICE": 1}, buyer)
    run_events()
    wanted = {"choices": {"stamps": {"use": True}}}
    priced = quote({"MILK": 2}, **wanted)
    assert [step["amount_fen"] for step in priced["steps"] if step["lane"] == Lane.CREDIT] == [-250]
    order = place_order({"MILK": 2}, **wanted)
    assert order.payable_fen == 2310
    assert tenant.one("SELECT spent_on FROM stamps_stamp") == order.id
    assert quote({"MILK": 2}, **wanted)["payable_fen"] == 2560


def test_cancelled_order_gives_the_stamp_back(plugin_on, till_sale, buyer, run_events, place_order, cancel, tenant):
    plugin_on("stamps")
    till_sale({"RICE": 1}, buyer)
    run_events()
    cancel(place_order({"MILK": 2}, choices={"stamps": {"use": True}}))
    run_events()
    assert tenant.one("SELECT spent_on FROM stamps_stamp") is None


def test_unpaid_order_gives_it_back_when_its_time_is_over(
    plugin_on, till_sale, buyer, run_events, run_jobs, place_order, travel, tenant
):
    plugin_on("stamps")
    till_sale({"RICE": 1}, buyer)
    run_events()
    place_order({"MILK": 2}, choices={"stamps": {"use": True}})
    travel(DAY)
    run_jobs()
    run_events()
    assert tenant.one("SELECT state FROM orders WHERE channel = 'online'") == "closed"
    assert tenant.one("SELECT spent_on FROM stamps_stamp") is None


def test_refund_takes_the_stamp_away(plugin_on, place_order, pay, complete, refund, run_events, store):
    plugin_on("stamps")
    order = place_order({"MILK": 2}, fulfilment="pickup")
    pay(order)
    complete(order)
    refund(order, {"MILK": 1})
    run_events()
    assert stamps(store) == 1
    refund(order)
    run_events()
    assert stamps(store) == 0


def test_old_stamps_are_forgotten(plugin_on, till_sale, buyer, run_events, run_jobs, travel, store):
    plugin_on("stamps")
    till_sale({"RICE": 1}, buyer)
    run_events()
    assert run_jobs() == 1
    assert stamps(store) == 1
    travel(366 * DAY)
    assert run_jobs() == 1
    assert stamps(store) == 0


def test_paying_works_after_travelling(plugin_on, travel, place_order, pay, refund, tenant):
    plugin_on("stamps")
    travel(40 * DAY)
    order = place_order({"MILK": 1})
    pay(order)
    refund(order)
    assert tenant.one("SELECT state FROM orders") == "cancelled"
    assert tenant.one("SELECT state FROM refund") == "success"


def test_other_shop_knows_nothing(plugin_on, plugin_off, tenant, other_tenant, shopper_as, run_events):
    plugin_on("stamps")
    stranger = shopper_as(other_tenant.buyer, other_tenant)
    stranger.pay(stranger.place_order({"MILK": 1}))
    run_events(other_tenant)
    assert stranger.store.get("/plugins/stamps/card").status_code == 404
    with tenant.bound():
        assert session.info["tenant"].key == tenant.ref.key
    plugin_off("stamps")
    assert tenant.state("stamps") == "off"
