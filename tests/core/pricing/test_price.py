from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import allocate, cumulative_share, line_amount
from core.plugin import Adjustment, Cart, CartLine, Lane
from core.pricing.domain import Proposal, price


def line(position: int, amount: int, **kwargs) -> CartLine:
    return CartLine(position, position, position, Decimal(1), amount, amount, amount, **kwargs)


def cart(*amounts: int) -> Cart:
    return Cart(tuple(line(i, a) for i, a in enumerate(amounts, 1)), store_id=1, fulfilment="pickup")


def proposing(**by_lane: list[Proposal]):
    return lambda cart, lane: by_lane.get(lane.value, [])


def no_shipping(cart: Cart) -> int:
    return 0


def amounts(priced) -> list[int]:
    return [item.amount_fen for item in priced.cart.lines]


def test_price_without_proposals_is_list_price_and_one_step():
    priced = price(cart(100, 250), proposing(), no_shipping)
    assert amounts(priced) == [100, 250]
    assert [(s.rule, s.amount_fen, s.allocation) for s in priced.steps] == [("list_price", 350, (100, 250))]
    assert priced.payable_fen == 350


def test_price_golden_example_of_domain_rules_section_3():
    start = cart(2560, 1500, 3300)
    priced = price(
        start,
        proposing(
            unit_price=[Proposal("member", Adjustment("level", "会员价", per_line={1: 128}))],
            promotion=[Proposal("reduction", Adjustment("r1", "满60减8", 800))],
            coupon=[Proposal("coupon", Adjustment("c1", "券", 500, positions=(1, 2)))],
            credit=[Proposal("points", Adjustment("p1", "积分", 300, positions=(1, 2)))],
        ),
        lambda priced_cart: 500,
    )
    assert [step.allocation for step in priced.steps[1:5]] == [
        (-128, 0, 0),
        (-269, -166, -365),
        (-309, -191, 0),
        (-186, -114, 0),
    ]
    assert amounts(priced) == [1668, 1029, 2935]
    assert (priced.goods_fen, priced.shipping_fen, priced.payable_fen) == (5632, 500, 6132)
    assert allocate(500, amounts(priced)) == [148, 91, 261]
    assert cumulative_share(1029, Decimal(1), Decimal(3), 0) == 343
    assert cumulative_share(114, Decimal(1), Decimal(3), 0) == 38


def test_unit_price_lowest_price_wins_each_line_and_ties_go_to_the_first_name():
    priced = price(
        cart(1000, 1000, 1000),
        proposing(
            unit_price=[
                Proposal("b", Adjustment("x", "b", per_line={1: 300, 2: 100, 3: 50})),
                Proposal("a", Adjustment("x", "a", per_line={1: 300, 2: 200})),
            ]
        ),
        no_shipping,
    )
    assert amounts(priced) == [700, 800, 950]
    assert [(s.source, s.allocation) for s in priced.steps[1:]] == [("a", (-300, -200, 0)), ("b", (0, 0, -50))]


def test_offer_that_closes_later_lanes_keeps_them_off_its_lines():
    closing = Adjustment("flash", "秒杀", per_line={1: 500}, closes=frozenset({Lane.COUPON}))
    priced = price(
        cart(1000, 1000),
        proposing(
            unit_price=[Proposal("seckill", closing)], coupon=[Proposal("coupon", Adjustment("c", "券", 600))]
        ),
        no_shipping,
    )
    assert amounts(priced) == [500, 400]


def test_same_group_competes_and_different_groups_stack():
    priced = price(
        cart(1000),
        proposing(
            promotion=[
                Proposal("a", Adjustment("small", "减1", 100, group="g")),
                Proposal("b", Adjustment("big", "减2", 200, group="g")),
                Proposal("c", Adjustment("other", "减3", 50, group="h")),
            ]
        ),
        no_shipping,
    )
    assert [(s.source, s.amount_fen) for s in priced.steps[1:]] == [("b", -200), ("c", -50)]


def test_discount_larger_than_the_goods_leaves_zero():
    priced = price(cart(300, 200), proposing(coupon=[Proposal("c", Adjustment("c", "券", 900))]), no_shipping)
    assert amounts(priced) == [0, 0]
    assert priced.payable_fen == 0


def test_shipping_discount_never_goes_below_zero():
    priced = price(
        cart(100), proposing(shipping=[Proposal("s", Adjustment("free", "包邮", 900))]), lambda priced_cart: 400
    )
    assert [(s.lane, s.amount_fen) for s in priced.steps[1:]] == [("shipping", 400), ("shipping", -400)]
    assert priced.payable_fen == 100


@pytest.mark.parametrize(
    ("unit", "quantity", "amount"), [(198, "1.236", 245), (696, "0.500", 348), (100, "3", 300), (1, "0.5", 1)]
)
def test_line_amount_rounds_half_up(unit, quantity, amount):
    assert line_amount(unit, Decimal(quantity)) == amount


fen = st.integers(0, 10_000_000)


@given(amount=st.integers(-10_000_000, 10_000_000), weights=st.lists(fen, min_size=1, max_size=30))
def test_allocate_sums_to_the_amount_and_stays_within_one_fen(amount, weights):
    shares = allocate(amount, weights)
    assert sum(shares) == amount
    total = sum(weights)
    if total:
        assert all(abs(share - amount * w / total) < 1 for share, w in zip(shares, weights, strict=True))


@given(
    lines=st.lists(fen, min_size=1, max_size=12),
    promotion=fen,
    coupon=fen,
    credit=fen,
    fee=st.integers(0, 5000),
)
def test_price_keeps_its_invariants(lines, promotion, coupon, credit, fee):
    priced = price(
        cart(*lines),
        proposing(
            promotion=[Proposal("p", Adjustment("p", "p", promotion))],
            coupon=[Proposal("c", Adjustment("c", "c", coupon))],
            credit=[Proposal("k", Adjustment("k", "k", credit))],
        ),
        lambda priced_cart: fee,
    )
    assert all(amount >= 0 for amount in amounts(priced))
    assert all(sum(s.allocation) == s.amount_fen for s in priced.steps if s.lane != "shipping")
    assert [sum(column) for column in zip(*(s.allocation for s in priced.steps if s.allocation), strict=True)] == amounts(
        priced
    )
    assert priced.payable_fen == sum(s.amount_fen for s in priced.steps)


@given(total=fen, parts=st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_cumulative_shares_never_exceed_and_end_at_the_total(total, parts):
    whole, done, given_back = Decimal(sum(parts)), Decimal(0), 0
    for part in parts:
        done += part
        given_back += cumulative_share(total, done, whole, given_back)
        assert given_back <= total
    assert given_back == total
