"""改价: staff change the price of an unpaid order, per line or as a whole; the ledger gets a new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from core.clock import now
from core.db import db
from core.orders.domain import MANUAL_RULES, apply_steps, line_step, order_step
from core.orders.errors import IllegalMove, NegativeLine, OrderNotFound
from core.orders.service import Actor, steps_json
from core.pricing.domain import Step


@dataclass(frozen=True, slots=True)
class LineChange:
    """Signed fen on one line; `rule` is a key of MANUAL_RULES, `bearer` says who pays for it."""

    position: int
    rule: str
    amount_fen: int
    bearer: str = "shop"


@dataclass(frozen=True, slots=True)
class OrderChange:
    """Signed fen on the whole order, split over its lines."""

    rule: str
    amount_fen: int
    bearer: str = "shop"


_LOCK = text("SELECT id, state, price_version, shipping_fen FROM orders WHERE id = :order FOR UPDATE")
_LINES = text(
    """
    SELECT l.position, coalesce((SELECT sum(s.allocation[l.position]) FROM order_price_step s
        WHERE s.order_id = l.order_id AND s.price_version = :version
          AND s.lane NOT IN ('manual', 'shipping')), 0)::bigint AS quoted
    FROM order_line l WHERE l.order_id = :order ORDER BY l.position
    """
)
_STORE = text(
    """
    WITH kept AS (
        INSERT INTO order_price_step (order_id, price_version, seq, lane, source, rule, rule_version, bearer,
                                      amount_fen, allocation, reason)
        SELECT order_id, :version + 1, row_number() OVER (ORDER BY seq) - 1, lane, source, rule, rule_version, bearer,
               amount_fen, allocation, reason
        FROM order_price_step WHERE order_id = :order AND price_version = :version AND lane <> 'manual'
    ), added AS (
        INSERT INTO order_price_step (order_id, price_version, seq, lane, source, rule, rule_version, bearer,
                                      amount_fen, allocation, reason)
        SELECT :order, :version + 1, s.seq, s.lane, s.source, s.rule, s.rule_version, s.bearer, s.amount_fen,
               CAST(s.allocation AS bigint[]), s.reason
        FROM jsonb_to_recordset(CAST(:steps AS jsonb))
             AS s(seq int, lane text, source text, rule text, rule_version text, bearer text, amount_fen bigint,
                  allocation text, reason text)
    ), lines AS (
        UPDATE order_line l SET payable_fen = p.payable_fen
        FROM unnest(CAST(:positions AS int[]), CAST(:payables AS bigint[])) AS p(position, payable_fen)
        WHERE l.order_id = :order AND l.position = p.position
    ), noted AS (
        INSERT INTO order_move (order_id, from_state, to_state, at, actor, actor_id, why)
        VALUES (:order, 'pending', 'pending', :now, :actor, :actor_id, :why)
    )
    UPDATE orders SET price_version = :version + 1, goods_fen = :goods, payable_fen = :goods + shipping_fen
    WHERE id = :order
    """
)

_MANUAL_SEQ = 1000
"""Manual steps are numbered from here, behind whatever the quote had."""


def adjust(
    order_id: int, line_changes: Sequence[LineChange], order_changes: Sequence[OrderChange], actor: Actor, why: str
) -> int:
    """Replace the order's manual adjustments and return the new payable amount in fen.

    Only while it is unpaid; raises IllegalMove, NegativeLine. A payment prepared at the old price no longer counts:
    when it arrives all the same it is given back (`price_version`).
    """
    order = db.session.execute(_LOCK, {"order": order_id}).mappings().first()
    if order is None:
        raise OrderNotFound
    if order["state"] != "pending":
        raise IllegalMove("只有待付款的订单可以改价", state=order["state"])
    version = order["price_version"]
    rows = db.session.execute(_LINES, {"order": order_id, "version": version}).all()
    quoted = [row.quoted for row in rows]
    steps, amounts = manual_steps(quoted, line_changes, order_changes)
    db.session.execute(
        _STORE,
        {
            "order": order_id,
            "version": version,
            "steps": steps_json(steps, _MANUAL_SEQ),
            "positions": [row.position for row in rows],
            "payables": amounts,
            "goods": sum(amounts),
            "now": now(),
            "actor": actor.kind,
            "actor_id": actor.id,
            "why": why,
        },
    )
    return sum(amounts) + order["shipping_fen"]


def manual_steps(
    quoted: Sequence[int], line_changes: Sequence[LineChange], order_changes: Sequence[OrderChange]
) -> tuple[list[Step], list[int]]:
    """The ledger steps of the changes and the line amounts after them; raises NegativeLine. Pure."""
    steps = []
    for rule, bearer in dict.fromkeys((c.rule, c.bearer) for c in line_changes):
        deltas = [0] * len(quoted)
        for change in line_changes:
            if (change.rule, change.bearer) == (rule, bearer):
                _check_position(change.position, len(quoted))
                deltas[change.position - 1] += change.amount_fen
        steps.append(line_step(rule, bearer, MANUAL_RULES[rule], deltas))
    amounts = apply_steps(quoted, steps)
    for change in order_changes:
        if sum(amounts) + change.amount_fen < 0:
            raise NegativeLine(
                f"整单改价 {change.amount_fen} 分超过了商品金额 {sum(amounts)} 分", field="order.amount_fen"
            )
        step = order_step(change.rule, change.bearer, MANUAL_RULES[change.rule], change.amount_fen, amounts)
        amounts = apply_steps(amounts, [step])
        steps.append(step)
    return steps, amounts


def _check_position(position: int, lines: int) -> None:
    if not 1 <= position <= lines:
        raise NegativeLine(f"订单没有第 {position} 行", code="unknown_line", field="lines")
