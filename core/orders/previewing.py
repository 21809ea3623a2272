"""改价 before it is done: what every line and the order would cost. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from core.db import db
from core.orders.adjust import LineChange, OrderChange, manual_steps
from core.orders.errors import IllegalMove, OrderNotFound


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """`quoted_fen` is what the line costs without manual changes, `before_fen` now, `after_fen` with the new ones."""

    position: int
    title: str
    spec: str
    list_fen: int
    quoted_fen: int
    before_fen: int
    after_fen: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What 改价 would make of an order; amounts in fen, shipping never changes."""

    number: str
    lines: tuple[PreviewLine, ...]
    shipping_fen: int
    before_fen: int
    after_fen: int


_LINES = text(
    """
    SELECT o.state, o.number, o.shipping_fen, o.payable_fen, l.position, l.title, l.spec, l.list_fen,
           l.payable_fen AS before_fen,
           coalesce((SELECT sum(s.allocation[l.position]) FROM order_price_step s
                     WHERE s.order_id = l.order_id AND s.price_version = o.price_version
                       AND s.lane NOT IN ('manual', 'shipping')), 0)::bigint AS quoted_fen
    FROM orders o JOIN order_line l ON l.order_id = o.id WHERE o.id = :order ORDER BY l.position
    """
)


def preview(order_id: int, line_changes: Sequence[LineChange], order_changes: Sequence[OrderChange]) -> Preview:
    """The order as `core.orders.adjust.adjust` would leave it. One statement.

    Raises OrderNotFound, IllegalMove when it is not unpaid any more, NegativeLine.
    """
    rows = db.session.execute(_LINES, {"order": order_id}).all()
    if not rows:
        raise OrderNotFound
    if rows[0].state != "pending":
        raise IllegalMove("只有待付款的订单可以改价", state=rows[0].state)
    _, amounts = manual_steps([row.quoted_fen for row in rows], line_changes, order_changes)
    lines = tuple(
        PreviewLine(r.position, r.title, r.spec, r.list_fen, r.quoted_fen, r.before_fen, after)
        for r, after in zip(rows, amounts, strict=True)
    )
    first = rows[0]
    return Preview(first.number, lines, first.shipping_fen, first.payable_fen, sum(amounts) + first.shipping_fen)
