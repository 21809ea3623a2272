"""Points at the checkout: what is taken off, what stands in the way, when points are locked, used and returned."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.plugin import Cart, CartLine, Lane
from core.plugin.data import session

from .. import spending
from ..domain import SpendRules
from ..settings import settings


def use(points: object) -> dict:
    return {"choices": {"points": {"use": points}}}


def codes(quoted: dict) -> list[str]:
    return [problem["code"] for problem in quoted["problems"]]


def test_points_take_off_what_they_are_worth(points_on, grant, quote):
    points_on()
    grant(500)
    quoted = quote({"MILK": 2}, **use(500))
    assert (quoted["goods_fen"], quoted["payable_fen"], quoted["problems"]) == (2060, 2060, [])
    (step,) = [step for step in quoted["steps"] if step["lane"] == "credit"]
    assert (step["source"], step["rule"], step["amount_fen"], step["reason"]) == (
        "points", "use@100", -500, "积分抵扣（500 积分）",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "wanted", "off"),
    [
        ({}, 2000, 1280),
        ({"order_percent": 100}, 5000, 2559),
        ({"order_cap": 300}, 2000, 300),
        ({"step": 100}, 250, 200),
        ({"ratio": 30}, 7, 23),
        ({"ratio": 1000}, 5, 0),
        ({"spend": True, "minimum": 100}, 100, 100),
    ],
)
def test_points_are_limited_per_order(points_on, grant, quote, settings, wanted, off):
    points_on(**settings)
    grant(50_000)
    assert quote({"MILK": 2}, **use(wanted))["payable_fen"] == 2560 - off


@pytest.mark.parametrize("broken", [-1, 1.5, True, "viele", [1], {"n": 1}])
def test_choice_that_is_no_number_is_refused(points_on, grant, quote, broken):
    points_on()
    grant(500)
    quoted = quote({"MILK": 2}, **use(broken))
    assert (quoted["payable_fen"], codes(quoted)) == (2560, ["points_bad_choice"])


@pytest.mark.parametrize("nothing", [0, None, "", "0"])
def test_choice_of_nothing_is_no_choice(points_on, grant, quote, nothing):
    points_on()
    grant(500)
    quoted = quote({"MILK": 2}, **use(nothing))
    assert (quoted["payable_fen"], codes(quoted)) == (2560, [])


@pytest.mark.parametrize(
    ("settings", "wanted", "code"),
    [({}, 501, "points_short"), ({"minimum": 100}, 99, "points_minimum"), ({"spend": False}, 100, "points_spend_off")],
)
def test_what_keeps_points_from_being_used(points_on, grant, quote, settings, wanted, code):
    points_on(**settings)
    grant(500)
    assert codes(quote({"MILK": 2}, **use(wanted))) == [code]


def test_frozen_and_expired_points_are_not_usable(points_on, grant, quote, tenant):
    points_on()
    now = tenant.context().now
    grant(100, "frozen-00", available_at=now + timedelta(days=1))
    grant(200, "expired-0", expires_at=now - timedelta(seconds=1))
    grant(300, "usable-00")
    quoted = quote({"MILK": 2}, **use(301))
    assert quoted["problems"][0]["message"] == "积分不足，当前可用 300 积分"


def test_product_that_is_closed_to_points_keeps_its_price(points_on, grant, quote, tenant):
    points_on(order_percent=100)
    grant(50_000)
    tenant.execute(
        "INSERT INTO points_product (product_id, spends, earns) VALUES (:id, false, true)", id=tenant.products["RICE"]
    )
    quoted = quote({"MILK": 1, "RICE": 1}, **use(50_000))
    assert [line["amount_fen"] for line in quoted["lines"]] == [0, 3300]


def test_shipping_is_never_paid_with_points(points_on, grant, tenant, quote):
    points_on(order_percent=100)
    grant(50_000)
    quoted = quote({"MILK": 1}, **use(50_000))
    assert (quoted["goods_fen"], quoted["payable_fen"]) == (1, 1)


def test_order_locks_points_and_payment_uses_them(points_on, grant, place_order, pay, run_events, balance, tenant):
    points_on(per_yuan=0)
    grant(500)
    order = place_order({"MILK": 2}, **use(300))
    assert (order.payable_fen, balance()) == (2260, (200, 0))
    assert tenant.one("SELECT use_state, used, used_fen FROM points_order") == ("held", 300, 300)
    pay(order)
    run_events()
    assert tenant.one("SELECT use_state FROM points_order") == "spent"
    accounts = dict(tenant.rows("SELECT account, sum(points)::bigint FROM points_entry GROUP BY account"))
    assert accounts == {"adjusted": -500, "buyer": 200, "held": 0, "redeemed": 300}


def test_unpaid_order_that_ends_returns_points_to_their_lots(
    points_on, grant, place_order, cancel, run_events, lots, balance, tenant
):
    points_on()
    now = tenant.context().now
    grant(100, "late-lot-", expires_at=now + timedelta(days=90))
    grant(100, "soon-lot-", expires_at=now + timedelta(days=3))
    grant(100, "ever-lot-")
    order = place_order({"MILK": 2}, **use(150))
    assert lots() == [50, 0, 100]
    cancel(order)
    run_events()
    assert (lots(), balance()) == ([100, 100, 100], (300, 0))


def test_points_that_expired_meanwhile_come_back_for_some_days(
    points_on, grant, place_order, cancel, run_events, travel, tenant, lots, buyer
):
    points_on(grace_days=10)
    grant(100, expires_at=tenant.context().now + timedelta(minutes=5))
    order = place_order({"MILK": 2}, **use(100))
    travel(600)
    cancel(order)
    run_events()
    assert lots() == [0, 100]
    left = tenant.one("SELECT expires_at FROM points_lot WHERE origin_id IS NOT NULL") - tenant.context().now
    assert timedelta(days=9, hours=23) < left <= timedelta(days=10)


def test_order_that_can_not_be_placed_takes_nothing(points_on, grant, shopper, balance, tenant):
    points_on()
    grant(100)
    answer = shopper.store.post(
        "/orders",
        json={
            "store_id": str(tenant.store_id), "fulfilment": "pickup", **use(101),
            "lines": [{"sku_id": str(tenant.skus["MILK"]), "quantity": "1"}],
        },
        headers={"Idempotency-Key": "too-many-points"},
    )  # fmt: skip
    assert (answer.status_code, balance()) == (409, (100, 0))


def test_debt_blocks_the_use_of_points(points_on, grant, quote, tenant):
    points_on()
    grant(100)
    tenant.execute("UPDATE points_member SET debt = 5, balance = 95")
    quoted = quote({"MILK": 2}, **use(50))
    assert (quoted["payable_fen"], codes(quoted)) == (2560, ["points_debt"])
    tenant.execute("UPDATE points_member SET debt = 0, balance = 100")


def test_load_for_cart_is_one_statement(points_on, grant, tenant, buyer, statements):
    points_on()
    grant(100)
    lines = tuple(CartLine(n, n, n, Decimal(1), 100, 100, 100) for n in range(1, 50))
    cart = Cart(lines, tenant.store_id, "pickup", buyer.id, choices={"points": {"use": 5, "gift": 3}})
    with tenant.bound():
        settings()
        with statements() as seen:
            assert spending.load(session, tenant.context(), cart).usable == 100
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("with_coupons", "cuts", "off"),
    [(True, {Lane.COUPON: 5}, [100]), (False, {Lane.PROMOTION: 5}, [100]), (False, {Lane.COUPON: 5}, [])],
)
def test_coupons_and_points_on_one_order(with_coupons, cuts, off):
    rules = SpendRules(100, with_coupons=with_coupons)
    terms = spending.Terms(spending.Choice(100), rules, True, 500, 0, frozenset(), None, "", 100, None)
    cart = Cart((CartLine(1, 1, 1, Decimal(1), 1000, 1000, 995, cuts=cuts),), 1, "pickup", 1)
    assert [found.discount_fen for found in spending.proposals(cart, Lane.CREDIT, terms)] == off


def test_lines_closed_to_credit_are_left_alone():
    terms = spending.Terms(
        spending.Choice(5000), SpendRules(100, percent=100), True, 5000, 0, frozenset(), None, "", 100, None
    )
    closed = CartLine(1, 1, 1, Decimal(1), 1000, 1000, 1000, closed_lanes=frozenset({Lane.CREDIT}))
    cart = Cart((closed, CartLine(2, 2, 2, Decimal(1), 700, 700, 700)), 1, "pickup", 1)
    (found,) = spending.proposals(cart, Lane.CREDIT, terms)
    assert (found.discount_fen, found.positions) == (700, (2,))
