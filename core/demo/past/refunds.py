"""Money that went back: cancelled orders whole, a few others for some of their goods. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from core.demo.past.courses import in_hours
from core.demo.past.things import GivenBack, Return, Sold
from core.fulfilment.calling_off import REFUND_KEY
from core.money import cumulative_share

CHANCE = 0.035
WHOLE = 0.12
PART_REASONS = ("水果磕碰，退一部分", "少发一件", "商品临期", "包装破损")
WHOLE_REASONS = ("不满意，整单退货", "商品发错")


def given_back(rng: Random, order: Sold, end: datetime) -> Sold:
    """The order with the refund that it had by `end`, if any; its lines tell the sums."""
    refund = _of_cancelled(order) if order.state == "cancelled" else _after_sale(rng, order, end)
    if refund is None:
        return order
    lines = list(order.lines)
    for part in refund.parts:
        line = lines[part.position - 1]
        lines[part.position - 1] = replace(line, refunded_quantity=part.quantity, refunded_fen=part.amount_fen)
    return replace(order, lines=tuple(lines), refund=refund)


def _of_cancelled(order: Sold) -> GivenBack:
    move = order.moves[-1]
    return GivenBack(
        move.at, REFUND_KEY, move.why, _everything(order), order.shipping_fen, True, move.actor_id or 0
    )


def _after_sale(rng: Random, order: Sold, end: datetime) -> GivenBack | None:
    left = order.handed_over_at
    if left is None or rng.random() > CHANCE:
        return None
    at = in_hours(rng, order.place, left + timedelta(hours=rng.randint(1, 60)))
    if at > end:
        return None
    key = f"{rng.getrandbits(128):032x}"
    if rng.random() < WHOLE:
        parts, shipping, why = _everything(order), order.shipping_fen, rng.choice(WHOLE_REASONS)
        return GivenBack(at, key, why, parts, shipping, True, order.place.staff_id)
    return GivenBack(at, key, rng.choice(PART_REASONS), _some(rng, order), 0, False, order.place.staff_id)


def _everything(order: Sold) -> tuple[Return, ...]:
    return tuple(
        Return(position, line.quantity, line.payable_fen) for position, line in enumerate(order.lines, 1)
    )


def _some(rng: Random, order: Sold) -> Sequence[Return]:
    """One line, or one piece of it."""
    position = rng.randint(1, len(order.lines))
    line = order.lines[position - 1]
    part = line.quantity if line.article.weighed or line.quantity == 1 else Decimal(1)
    return (Return(position, part, cumulative_share(line.payable_fen, part, line.quantity, 0)),)
