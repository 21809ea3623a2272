"""What a promotion needs of the engine: the base its thresholds count, and a step for what is no money."""

from __future__ import annotations

from decimal import Decimal

from core.plugin import Adjustment, Cart, CartLine, Lane
from core.pricing.domain import Proposal, ledger_holds, price


def cart(*amounts: int) -> Cart:
    lines = (CartLine(n, n, n, Decimal(1), fen, fen, fen) for n, fen in enumerate(amounts, start=1))
    return Cart(tuple(lines), store_id=1, fulfilment="pickup")


def test_base_is_the_price_after_the_unit_price_lane_in_every_later_lane():
    seen = {}

    def propose(current: Cart, lane: Lane) -> list[Proposal]:
        seen[lane] = [line.base_fen for line in current.lines]
        return [Proposal("a", Adjustment("r", "减", 100, positions=(1,)))]

    price(cart(1000, 500), propose, lambda current: 400)
    assert seen == {
        Lane.UNIT_PRICE: [None, None],
        Lane.PROMOTION: [900, 500],
        Lane.COUPON: [900, 500],
        Lane.CREDIT: [900, 500],
        Lane.SHIPPING: [900, 500],
    }


def test_proposal_that_gives_something_is_a_step_even_if_it_takes_nothing_off():
    gift = Adjustment("7@6000x1", "满60元送抽纸", positions=(1,), gives="抽纸×1")
    nothing = Adjustment("8", "没有", positions=(1,))

    def propose(current: Cart, lane: Lane) -> list[Proposal]:
        return [Proposal("gifts", gift), Proposal("other", nothing)] if lane is Lane.PROMOTION else []

    start = cart(6000)
    priced = price(start, propose, lambda current: 0)
    assert [(step.source, step.rule, step.amount_fen, step.allocation) for step in priced.steps[1:]] == [
        ("gifts", "7@6000x1", 0, (0,))
    ]
    assert (priced.payable_fen, ledger_holds(start, priced)) == (6000, True)
