"""积分商城: redeemed by an ordinary order, closed to every other discount, given back with the order."""

from datetime import timedelta

import pytest


@pytest.fixture
def gift(tenant):
    """`gift(points=100, cash_fen=0, …)` puts MILK into the gift shop; returns the choice for an order."""

    def put(**fields):
        row = {"points": 100, "cash_fen": 0, "per_buyer": None, "stock": 5, "active": True, "starts_at": None}
        row |= {"ends_at": None} | fields
        tenant.execute(
            "INSERT INTO points_gift (sku_id, points, cash_fen, per_buyer, stock, active, starts_at, ends_at) VALUES"
            " (:sku, :points, :cash_fen, :per_buyer, :stock, :active, :starts_at, :ends_at)",
            sku=tenant.skus["MILK"], **row,
        )  # fmt: skip
        return {"choices": {"points": {"gift": tenant.one("SELECT max(id) FROM points_gift")}}}

    return put


def codes(quoted: dict) -> list[str]:
    return [problem["code"] for problem in quoted["problems"]]


def taken(tenant) -> int:
    return tenant.one("SELECT taken FROM points_gift")


def test_gift_costs_points_and_cash_and_earns_nothing(
    points_on, grant, gift, quote, place_order, pay, complete, run_events, balance, tenant
):
    points_on(moment="paid")
    grant(500)
    choice = gift(cash_fen=199)
    quoted = quote({"MILK": 2}, **choice)
    assert (quoted["payable_fen"], quoted["problems"]) == (398, [])
    order = place_order({"MILK": 2}, **choice)
    pay(order)
    complete(order)
    run_events()
    assert (order.payable_fen, balance(), taken(tenant)) == (398, (300, 0), 2)
    assert tenant.rows("SELECT growth FROM points_growth") == []


def test_gift_without_cash_is_paid_at_once(points_on, grant, gift, place_order, pay, run_events, balance):
    points_on()
    grant(100)
    order = place_order({"MILK": 1}, **gift())
    pay(order)
    run_events()
    assert (order.payable_fen, balance()) == (0, (0, 0))


def test_unpaid_redemption_that_ends_gives_everything_back(
    points_on, grant, gift, place_order, cancel, run_events, balance, tenant
):
    points_on()
    grant(300)
    order = place_order({"MILK": 3}, **gift(cash_fen=1))
    assert (balance(), taken(tenant)) == ((0, 0), 3)
    cancel(order)
    run_events()
    assert (balance(), taken(tenant)) == ((300, 0), 0)


def test_refunded_gifts_come_back_piece_by_piece(
    points_on, grant, gift, place_order, pay, refund, run_events, balance, tenant
):
    points_on()
    grant(300)
    order = place_order({"MILK": 3}, **gift(cash_fen=100, per_buyer=3))
    pay(order)
    run_events()
    refund(order, {"MILK": 1})
    run_events()
    assert (balance(), taken(tenant)) == ((100, 0), 2)
    refund(order)
    run_events()
    assert (balance(), taken(tenant)) == ((300, 0), 0)


@pytest.mark.parametrize(
    ("fields", "goods", "code"),
    [
        ({}, {"MILK": 1, "RICE": 1}, "points_gift_alone"),
        ({}, {"RICE": 1}, "points_gift_alone"),
        ({}, {"MILK": 6}, "points_gift_gone"),
        ({"active": False}, {"MILK": 1}, "points_gift_gone"),
        ({"per_buyer": 1}, {"MILK": 2}, "points_gift_limit"),
        ({"points": 900}, {"MILK": 1}, "points_short"),
        ({"cash_fen": 1280}, {"MILK": 1}, "points_gift_price"),
        ({"cash_fen": 1300}, {"MILK": 1}, "points_gift_price"),
    ],
)
def test_what_keeps_a_gift_from_being_redeemed(points_on, grant, gift, quote, fields, goods, code):
    points_on()
    grant(800)
    assert codes(quote(goods, **gift(**fields))) == [code]


def test_gift_has_its_time(points_on, grant, gift, quote, tenant, travel):
    points_on()
    grant(100)
    now = tenant.context().now
    choice = gift(starts_at=now + timedelta(minutes=10), ends_at=now + timedelta(minutes=20))
    found = []
    for _ in range(3):
        found.append(codes(quote({"MILK": 1}, **choice)))
        travel(12 * 60)
    assert found == [["points_gift_gone"], [], ["points_gift_gone"]]


def test_limit_per_buyer_counts_earlier_orders(points_on, grant, gift, place_order, cancel, run_events, quote):
    points_on()
    grant(500)
    choice = gift(per_buyer=2, cash_fen=5)
    first = place_order({"MILK": 1}, **choice)
    place_order({"MILK": 1}, **choice)
    assert codes(quote({"MILK": 1}, **choice)) == ["points_gift_limit"]
    cancel(first)
    run_events()
    assert codes(quote({"MILK": 1}, **choice)) == []


def test_gift_and_use_together_is_refused(points_on, grant, gift, quote):
    points_on()
    grant(500)
    choice = gift()
    choice["choices"]["points"]["use"] = 100
    assert codes(quote({"MILK": 1}, **choice)) == ["points_gift_and_use"]


def test_unknown_gift_changes_no_price(points_on, grant, quote):
    points_on()
    grant(500)
    quoted = quote({"MILK": 1}, choices={"points": {"gift": 99}})
    assert (quoted["payable_fen"], codes(quoted)) == (1280, ["points_gift_gone"])


def test_mall_page_offers_what_can_be_redeemed(points_on, grant, gift, store):
    points_on()
    choice = gift(cash_fen=100)
    page = store.get("/pages/points/mall").json
    (grid,) = page["blocks"]
    (item,) = grid["props"]["items"]
    chosen = f'{{"points":{{"gift":{choice["choices"]["points"]["gift"]}}}}}'
    assert (item["price_text"], item["subtitle"]) == ("100 积分 + 1.00 元", "剩余 5 件")
    assert item["action"]["action"]["params"]["choices"] == chosen
