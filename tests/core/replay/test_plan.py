"""The plan: whatever was quoted, staff's changes lead to the sales of the data, to the fen."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.orders.adjust import LineChange, OrderChange, manual_steps
from core.replay import plan
from core.replay.plan import Change, adjustments
from core.replay.reader import SoldLine, sold_order

FEN = st.integers(0, 50_000)


def sold(list_fen, member=0, coupon=0, shop_coupon=0, sku="A"):
    return SoldLine(sku, 1, list_fen, member, coupon, shop_coupon, list_fen - member - coupon)


@st.composite
def lines(draw):
    """A line whose coupon may be larger than what is left of it."""
    list_fen = draw(FEN)
    coupon = draw(FEN)
    return sold(list_fen, draw(st.integers(0, list_fen)), coupon, draw(st.integers(0, coupon)))


@st.composite
def orders(draw):
    """Lines as sold (no order is negative) and what the shop quoted for them."""
    found = draw(st.lists(lines(), min_size=1, max_size=12))
    short = -sum(line.paid_fen for line in found)
    if short > 0:
        found.append(sold(short + draw(FEN)))
    return found, [draw(FEN) for _ in found]


def as_adjusted(quoted, changes):
    """What the shop makes of the changes: ledger steps and line amounts."""
    on_lines = [LineChange(c.position, c.rule, c.amount_fen, c.bearer) for c in changes if c.position]
    on_order = [OrderChange(c.rule, c.amount_fen, c.bearer) for c in changes if not c.position]
    return manual_steps(quoted, on_lines, on_order)


@given(orders())
def test_adjusted_order_costs_what_was_paid(order):
    found, quoted = order
    _, amounts = as_adjusted(quoted, adjustments(quoted, found))
    assert sum(amounts) == sum(line.paid_fen for line in found)
    assert min(amounts) >= 0


@given(orders())
def test_adjusted_order_has_the_sums_of_the_data_per_rule_and_bearer(order):
    found, quoted = order
    steps, _ = as_adjusted(quoted, adjustments(quoted, found))
    sums = Counter()
    for step in steps:
        sums[step.rule, step.bearer] += step.amount_fen
    assert {key: amount for key, amount in sums.items() if amount} == {
        key: amount
        for key, amount in {
            ("manual.price", "shop"): sum(line.list_fen for line in found) - sum(quoted),
            ("manual.member", "shop"): -sum(line.member_fen for line in found),
            ("manual.coupon", "supplier"): -sum(line.coupon_fen - line.shop_coupon_fen for line in found),
            ("manual.coupon", "shop"): -sum(line.shop_coupon_fen for line in found),
        }.items()
        if amount
    }


@given(orders())
def test_adjusted_lines_cost_what_was_paid_when_none_is_negative(order):
    found, quoted = order
    _, amounts = as_adjusted(quoted, adjustments(quoted, found))
    if min(line.paid_fen for line in found) >= 0:
        assert amounts == [line.paid_fen for line in found]


def test_order_sold_as_quoted_needs_no_change():
    assert adjustments([100, 250], [sold(100), sold(250)]) == []


def test_line_dearer_than_the_catalog_gets_a_price_change():
    assert adjustments([399], [sold(429, 30)]) == [
        Change("price", "shop", 30, 1),
        Change("member", "shop", -30, 1),
    ]


@pytest.mark.parametrize(
    ("quoted", "found", "changes", "amounts"),
    [
        pytest.param(
            [300, 90],
            [sold(300), sold(90, 0, 100, 50)],
            [Change("coupon", "supplier", -50, 2), Change("coupon", "shop", -40, 2), Change("coupon", "shop", -10)],
            [290, 0],
            id="coupon of 1.00 on a line of 0.90, half of it the shop's",
        ),
        pytest.param(
            [500, 149, 500],
            [sold(500), sold(149, 49, 149), sold(500)],
            [
                Change("member", "shop", -49, 2),
                Change("coupon", "supplier", -100, 2),
                Change("coupon", "supplier", -49),
            ],
            [475, 0, 476],
            id="coupon of the whole list price on a line with a member discount",
        ),
    ],
)
def test_coupon_larger_than_its_line_goes_on_the_order(quoted, found, changes, amounts):
    assert adjustments(quoted, found) == changes
    assert sum(as_adjusted(quoted, changes)[1]) == sum(line.paid_fen for line in found)
    assert sorted(as_adjusted(quoted, changes)[1]) == sorted(amounts)


def order(number, day, store="XT01", channel="pos", lines_=(("A", 1),)):
    return sold_order(
        {
            "order_no": number, "member_no": "M1", "store_code": store, "channel": channel,
            "placed_at": f"{day}T10:00:00+08:00",
            "lines": [
                {"sku": sku, "qty": qty, "list_fen": 10, "member_disc_fen": 0, "coupon_fen": 0,
                 "coupon_store_funded_fen": 0, "paid_fen": 10}
                for sku, qty in lines_
            ],
            "paid_fen": 10 * len(lines_),
        }
    )  # fmt: skip


ORDERS = [
    order("1", "2017-01-01"),
    order("2", "2017-01-02", lines_=(("B", 2), ("A", 1))),
    order("3", "2017-01-02", lines_=(("A", 4),)),
    order("4", "2017-01-02", channel="online", lines_=(("A", 8),)),
    order("5", "2017-01-02", store="XT02"),
]


def test_receipts_hold_what_is_sold_per_day_store_and_way_of_selling():
    assert plan.receipts(ORDERS, online=True) == [
        ("REPLAY-2017-01-01-XT01", "XT01", (("A", 1),)),
        ("REPLAY-2017-01-02-XT01", "XT01", (("A", 5), ("B", 2))),
        ("REPLAY-2017-01-02-XT01-O", "XT01", (("A", 8),)),
        ("REPLAY-2017-01-02-XT02", "XT02", (("A", 1),)),
    ]


def test_receipts_of_a_smaller_set_are_among_those_of_the_larger():
    day = [order for order in ORDERS if order.day == "2017-01-02"]
    assert set(plan.receipts(day, online=True)) <= set(plan.receipts(ORDERS, online=True))
    assert set(plan.receipts(ORDERS, online=False)) <= set(plan.receipts(ORDERS, online=True))


def test_sale_of_an_online_order_is_one_of_the_past():
    assert [plan.sale(order)["channel"] for order in ORDERS] == ["pos", "pos", "pos", "past", "pos"]


@pytest.mark.parametrize("attempt", [1, 2, 31])
def test_attempt_of_reads_what_reference_writes(attempt):
    assert plan.attempt_of(plan.reference("CJ31198570044", attempt)) == ("CJ31198570044", attempt)
