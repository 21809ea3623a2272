"""The ledger alone has to lead to the price; what a line cost before promotions is told to later lanes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from core.plugin import Adjustment, Cart, CartLine, Lane
from core.pricing.domain import Proposal, ledger_holds, price

START = Cart(tuple(CartLine(i, i, i, Decimal(1), a, a, a) for i, a in enumerate((1000, 500), 1)), 1, "pickup")


def priced(seen: list[Cart] | None = None):
    proposals = {
        Lane.UNIT_PRICE: [Proposal("a", Adjustment("x", "x", per_line={1: 100}))],
        Lane.COUPON: [Proposal("b", Adjustment("y", "y", 140))],
    }

    def propose(cart: Cart, lane: Lane) -> list[Proposal]:
        if seen is not None:
            seen.append(cart)
        return proposals.get(lane, [])

    return price(START, propose, lambda cart: 400)


def test_ledger_of_a_price_holds():
    assert ledger_holds(START, priced())


def broken(**changes):
    """A price whose step number `at` says something else."""
    at = changes.pop("at")
    whole = priced()
    return replace(whole, steps=tuple(replace(s, **changes) if n == at else s for n, s in enumerate(whole.steps)))


@pytest.mark.parametrize(
    "tampered",
    [
        broken(at=0, allocation=(900, 500), amount_fen=1400),
        broken(at=1, allocation=(-200, 0), amount_fen=-200),
        broken(at=2, amount_fen=-150),
        broken(at=3, amount_fen=300),
        replace(priced(), shipping_fen=0),
    ],
    ids=["list price", "allocation", "sum", "shipping", "fee"],
)
def test_ledger_that_leads_elsewhere_does_not_hold(tampered):
    assert not ledger_holds(START, tampered)


def test_ledger_of_other_goods_does_not_hold():
    assert not ledger_holds(replace(START, lines=(START.lines[1], START.lines[0])), priced())


def test_later_lanes_know_what_a_line_cost_and_what_was_cut():
    seen: list[Cart] = []
    priced(seen)
    assert [[line.base_fen for line in cart.lines] for cart in seen] == [[None, None], *[[900, 500]] * 4]
    assert [dict(line.cuts) for line in seen[-1].lines] == [{Lane.UNIT_PRICE: 100, Lane.COUPON: 90}, {Lane.COUPON: 50}]
