"""What plugins take for an order, in the checkout transaction (`claim_for_order`)."""

from __future__ import annotations

from types import MappingProxyType

from core.db import db
from core.host.bus import Answer
from core.host.writes import write
from core.orders.errors import CannotOrder
from core.plugin import Context, LineFact, OrderFacts, PriceStep, Refused
from core.plugin.pricing import Lane
from core.pricing.answers import check_claims
from core.pricing.asking import Market
from core.pricing.domain import Step
from core.pricing.service import Quote

HOOK = "claim_for_order"


def claim(
    order_id: int, number: str, quoted: Quote, lines: tuple[LineFact, ...], context: Context, market: Market
) -> None:
    """Let every plugin, in name order, take what its part of the order needs.

    Raises CannotOrder when one refuses or fails (`claim_failed`): the caller rolls the order back.
    """
    for name in sorted(market.speaking(HOOK)):
        facts = _facts(name, order_id, number, quoted, lines)
        said = write(market.bus, name, HOOK, check_claims, ctx=context, session=db.session, order=facts)
        if said is not None:
            _check(said)


def _check(answer: Answer) -> None:
    if isinstance(answer.error, Refused):
        raise CannotOrder(answer.error.message, code=answer.error.code, plugin=answer.plugin)
    if answer.error is not None:
        raise CannotOrder("订单暂时无法提交，请稍后再试", code="claim_failed", plugin=answer.plugin)


def _facts(name: str, order_id: int, number: str, quoted: Quote, lines: tuple[LineFact, ...]) -> OrderFacts:
    """The order as plugin `name` sees it: of steps and choices only its own."""
    priced = quoted.priced
    positions = [line.position for line in priced.cart.lines]
    return OrderFacts(
        order_id,
        number,
        quoted.wanted.store_id,
        quoted.wanted.buyer_id,
        priced.goods_fen,
        priced.shipping_fen,
        priced.payable_fen,
        lines,
        tuple(_step(step, positions) for step in priced.steps if step.source == name),
        priced.cart.choices.get(name, MappingProxyType({})),
    )


def _step(step: Step, positions: list[int]) -> PriceStep:
    off = {position: -fen for position, fen in zip(positions, step.allocation, strict=False) if fen}
    return PriceStep(Lane(step.lane), step.rule, -step.amount_fen, MappingProxyType(off))
