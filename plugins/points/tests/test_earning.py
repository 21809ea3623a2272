"""Points for money: when, how many, how they are shared out, and what refunds take back."""

from datetime import timedelta

import pytest

from core.plugin import OrderCompleted, OrderHandedOver
from core.plugin.data import session

from .. import handlers


def use(points: int) -> dict:
    return {"choices": {"points": {"use": points}}}


def award(tenant) -> tuple:
    return tenant.one(
        "SELECT o.award_state, sum(l.award)::int, sum(l.taken_back)::int FROM points_order o"
        " JOIN points_line l USING (order_id) GROUP BY o.order_id"
    )


@pytest.mark.parametrize(
    ("moment", "after"),
    [("paid", [25, 25, 25]), ("received", [0, 25, 25]), ("completed", [0, 25, 25]), ("after_sale", [0, 0, 25])],
)
def test_moment_at_which_points_arrive(
    points_on, place_order, pay, complete, run_events, run_jobs, travel, balance, moment, after
):
    points_on(moment=moment, after_sale_days=7)
    order = place_order({"MILK": 2})
    found = []
    pay(order)
    run_events()
    found.append(balance()[0])
    complete(order)
    run_events()
    found.append(balance()[0])
    travel(7 * 86400 + 60)
    run_jobs()
    found.append(balance()[0])
    assert found == after


def test_delivery_earns_when_it_is_on_its_way_or_complete(
    points_on, tenant, place_order, pay, buyer, run_events, balance
):
    points_on(moment="received")
    order = place_order({"MILK": 1})
    pay(order)
    run_events()
    event = OrderHandedOver(
        order_id=order.id, number=order.number, channel="online", store_id=tenant.store_id, buyer_id=buyer.id,
        fulfilment="delivery", paid_fen=1280,
    )  # fmt: skip
    for _ in range(2):
        with tenant.bound():
            handlers.on_handed_over(tenant.context(), session, event)
            session.commit()
    assert balance() == (12, 0)


def test_till_sale_earns_at_once_whatever_the_moment(points_on, till_sale, buyer, run_events, balance, tenant):
    points_on(moment="after_sale")
    till_sale({"MILK": 2, "RICE": 1}, buyer)
    till_sale({"RICE": 1})
    run_events()
    assert balance() == (58, 0)
    assert award(tenant) == ("given", 58, 0)


def test_nobody_earns_for_shipping_or_for_points(points_on, grant, place_order, pay, run_events, balance):
    points_on(moment="paid")
    grant(1000)
    pay(place_order({"MILK": 2}, **use(1000)))
    run_events()
    assert balance() == (15, 0)


def test_multipliers_of_level_and_campaign_are_rounded_down_together(
    points_on, till_sale, buyer, run_events, balance, tenant
):
    points_on(activity_percent=150)
    tenant.execute("UPDATE points_level SET earn_percent = 110 WHERE growth = 0")
    till_sale({"RICE": 1}, buyer)
    run_events()
    assert balance() == (54, 0)


def test_campaign_counts_in_its_time_only(points_on, till_sale, buyer, run_events, balance, tenant, travel):
    now = tenant.context().now
    points_on(
        activity_percent=200, activity_from=(now + timedelta(hours=1)).isoformat(),
        activity_until=(now + timedelta(hours=2)).isoformat(),
    )  # fmt: skip
    earned = []
    for _ in range(3):
        till_sale({"RICE": 1}, buyer)
        run_events()
        earned.append(balance()[0])
        travel(3600)
    assert earned == [33, 99, 132]


def test_daily_cap_holds_over_orders_and_ends_with_the_day(
    points_on, till_sale, buyer, run_events, balance, travel
):
    points_on(daily_cap=50)
    earned = []
    for seconds in (0, 60, 86_400):
        travel(seconds)
        till_sale({"RICE": 1}, buyer)
        run_events()
        earned.append(balance()[0])
    assert earned in ([33, 50, 83], [33, 66, 99])


def test_product_that_earns_nothing(points_on, place_order, pay, run_events, balance, tenant):
    points_on(moment="paid")
    tenant.execute(
        "INSERT INTO points_product (product_id, spends, earns) VALUES (:id, true, false)", id=tenant.products["RICE"]
    )
    pay(place_order({"MILK": 1, "RICE": 1}))
    run_events()
    assert balance() == (12, 0)


def test_freeze_makes_points_wait(points_on, till_sale, buyer, run_events, store, travel):
    points_on(freeze_days=3)
    till_sale({"RICE": 1}, buyer)
    run_events()
    before = store.get("/plugins/points/balance").json
    travel(3 * 86400 + 60)
    after = store.get("/plugins/points/balance").json
    assert (before["balance"], before["usable"], before["frozen"]) == (33, 0, 33)
    assert (after["balance"], after["usable"], after["frozen"]) == (33, 33, 0)


def test_history_earns_unless_the_merchant_says_no(points_on, tenant, buyer, balance):
    points_on(earn_history=False)
    event = OrderCompleted(
        order_id=1, number="1", channel="past", store_id=1, buyer_id=buyer.id, goods_fen=100, shipping_fen=0,
        paid_fen=100, placed_at="2020-01-01T00:00:00+00:00",
    )  # fmt: skip
    with tenant.bound():
        handlers.on_completed(tenant.context(), session, event)
        session.commit()
    assert balance() == (0, 0)


# --- refunds ----------------------------------------------------------------------------------------------------------


def test_partial_refund_returns_and_takes_back_shares(
    points_on, grant, place_order, pay, refund, run_events, balance, tenant
):
    points_on(moment="paid")
    grant(300)
    order = place_order({"MILK": 3}, **use(300))
    pay(order)
    run_events()
    assert balance() == (35, 0)
    refund(order, {"MILK": 1})
    run_events()
    assert balance() == (35 + 100 - 11, 0)
    refund(order, {"MILK": 1})
    run_events()
    refund(order, {"MILK": 1})
    run_events()
    assert balance() == (300, 0)
    assert award(tenant) == ("given", 35, 35)


def test_refund_before_points_are_given_makes_them_fewer(
    points_on, place_order, pay, refund, complete, run_events, run_jobs, travel, balance
):
    points_on(moment="after_sale", after_sale_days=1)
    order = place_order({"MILK": 3})
    pay(order)
    complete(order)
    refund(order, {"MILK": 1})
    run_events()
    travel(86400 + 60)
    run_jobs()
    assert balance() == (26, 0)


def test_clawback_of_spent_points_leaves_a_debt_that_later_points_pay(
    points_on, place_order, pay, refund, run_events, till_sale, buyer, balance, lots
):
    points_on(moment="paid")
    first = place_order({"RICE": 2})
    pay(first)
    run_events()
    assert balance() == (66, 0)
    second = place_order({"MILK": 1}, **use(60))
    pay(second)
    run_events()
    assert balance() == (6 + 12, 0)
    refund(first)
    run_events()
    assert balance() == (-48, 48)
    till_sale({"RICE": 1}, buyer)
    run_events()
    assert (balance(), lots()) == ((-15, 15), [0, 0, 0])
    till_sale({"RICE": 1}, buyer)
    run_events()
    assert (balance(), lots()) == ((18, 0), [0, 0, 0, 18])


def test_returned_points_pay_a_debt_first(points_on, grant, place_order, cancel, run_events, balance, lots, tenant):
    points_on()
    grant(100)
    order = place_order({"MILK": 1}, **use(100))
    tenant.execute("UPDATE points_member SET debt = 30, balance = -30")
    tenant.execute(
        "WITH t AS (INSERT INTO points_transaction (kind, reference, direction, points, buyer_id, at) SELECT 'adjust',"
        " 'debt', 'out', -30, buyer_id, now() FROM points_member RETURNING id) INSERT INTO points_entry SELECT id,"
        " a.account, a.points FROM t, (VALUES ('buyer', -30), ('adjusted', 30)) AS a(account, points)"
    )
    cancel(order)
    run_events()
    assert (balance(), lots()) == ((70, 0), [70])


def test_paid_order_that_is_called_off_undoes_everything_once(
    points_on, grant, place_order, pay, cancel, run_events, balance, tenant
):
    points_on(moment="paid")
    grant(200)
    order = place_order({"MILK": 2}, **use(200))
    pay(order)
    run_events()
    assert balance() == (23, 0)
    cancel(order)
    run_events()
    assert balance() == (200, 0)
    assert award(tenant) == ("given", 23, 23)


def test_order_called_off_before_its_points_are_given_gives_none(points_on, place_order, pay, cancel, run_events, tenant):
    points_on()
    order = place_order({"MILK": 2})
    pay(order)
    run_events()
    cancel(order)
    run_events()
    assert award(tenant) == ("void", 25, 25)
    assert tenant.rows("SELECT points FROM points_transaction") == []


def test_order_of_before_points_were_on_is_none_of_their_business(
    tenant, points_on, place_order, pay, complete, refund, run_events, balance
):
    order = place_order({"MILK": 1})
    pay(order)
    points_on()
    complete(order)
    run_events()
    refund(order, {"MILK": 1})
    run_events()
    assert balance() == (0, 0)


def test_every_event_twice_is_as_good_as_once(
    points_on, grant, place_order, pay, refund, complete, run_events, balance, tenant, console
):
    points_on()
    grant(100)
    order = place_order({"MILK": 2}, **use(100))
    pay(order)
    complete(order)
    refund(order, {"MILK": 1})
    run_events()
    once = balance()
    assert console.get("/plugins/points/totals").json == {
        "earned": 12, "outstanding": 62, "owed": 0, "trial_balance": 0,
    }  # fmt: skip
    tenant.execute("UPDATE event_delivery SET state = 'pending' WHERE consumer = 'points'")
    run_events()
    assert (once, balance()) == ((62, 0), (62, 0))


@pytest.mark.parametrize("gone", ["erased", "unknown"])
def test_buyer_who_is_gone_earns_nothing_and_stops_nothing(points_on, tenant, buyer, gone):
    points_on(moment="paid")
    tenant.execute("UPDATE buyer SET erased_at = now()")
    event = OrderCompleted(
        order_id=1, number="1", channel="pos", store_id=1, buyer_id=buyer.id if gone == "erased" else 999,
        goods_fen=500, shipping_fen=0, paid_fen=500, placed_at="2026-11-22T00:00:00+00:00",
    )  # fmt: skip
    with tenant.bound():
        handlers.on_completed(tenant.context(), session, event)
        session.commit()
    assert tenant.rows("SELECT 1 FROM points_member") == []
