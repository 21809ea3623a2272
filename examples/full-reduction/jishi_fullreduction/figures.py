"""How campaigns do: which orders they took something off, and what those came to. Kept by checkout and events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, RowMapping, text

from core.plugin import OrderFacts

from .pricing import dereference

_RECORD = text(
    """
    INSERT INTO fullreduction_use (order_id, rule_id, number, off_fen, payable_fen, state, at)
    SELECT :order_id, r.id, :number, sum(w.off_fen), :payable_fen, 'placed', :at
    FROM unnest(CAST(:rules AS bigint[]), CAST(:offs AS bigint[])) AS w(rule_id, off_fen)
    JOIN fullreduction_rule r ON r.id = w.rule_id GROUP BY r.id
    """
)
_SETTLE = text("UPDATE fullreduction_use SET state = :state WHERE order_id = :order_id AND state <> 'gone'")
_BY_RULE = text(
    """
    SELECT rule_id, count(*) AS orders, sum(off_fen)::bigint AS off_fen, sum(payable_fen)::bigint AS paid_fen
    FROM fullreduction_use WHERE state = 'paid' AND at >= :since GROUP BY rule_id
    """
)
_TOTAL = text(
    """
    SELECT count(DISTINCT order_id) AS orders, coalesce(sum(off_fen), 0)::bigint AS off_fen
    FROM fullreduction_use WHERE state = 'paid' AND at >= :since
    """
)
_DAILY = text(
    """
    SELECT d::date AS day, count(u.order_id) AS orders, coalesce(sum(u.off_fen), 0)::bigint AS off_fen
    FROM generate_series(CAST(:since AS timestamptz) AT TIME ZONE 'Asia/Shanghai',
                         CAST(:now AS timestamptz) AT TIME ZONE 'Asia/Shanghai', '1 day') AS d
    LEFT JOIN fullreduction_use u ON u.rule_id = :rule AND u.state = 'paid'
        AND (u.at AT TIME ZONE 'Asia/Shanghai')::date = d::date
    GROUP BY 1 ORDER BY 1
    """
)
_LATEST = text(
    """
    SELECT order_id, number, off_fen, payable_fen, state, at FROM fullreduction_use
    WHERE rule_id = :rule ORDER BY at DESC, order_id DESC LIMIT :limit
    """
)


def keep(session: Any, order: OrderFacts, at: datetime) -> None:
    """Note what each campaign takes off the order that is being placed."""
    if not order.steps:
        return
    values = {"rules": [dereference(step.rule)[0] for step in order.steps],
              "offs": [step.discount_fen for step in order.steps]}
    about = {"order_id": order.order_id, "number": order.number, "payable_fen": order.payable_fen, "at": at}
    session.execute(_RECORD, {**values, **about})


def settle(session: Any, order_id: int, state: str) -> None:
    """The order was paid (`paid`), or came to nothing (`gone`, which stays)."""
    session.execute(_SETTLE, {"order_id": order_id, "state": state})


def by_rule(session: Any, since: datetime) -> Mapping[int, RowMapping]:
    """orders, off_fen and paid_fen of each campaign that something was paid with since then."""
    return {row["rule_id"]: row for row in session.execute(_BY_RULE, {"since": since}).mappings()}


def total(session: Any, since: datetime) -> Row[Any]:
    """orders and off_fen of all campaigns together."""
    return session.execute(_TOTAL, {"since": since}).one()


def daily(session: Any, rule_id: int, since: datetime, now: datetime) -> Sequence[Row[Any]]:
    """day, orders, off_fen for every day of the shop from `since` to `now`."""
    return session.execute(_DAILY, {"rule": rule_id, "since": since, "now": now}).all()


def latest(session: Any, rule_id: int, limit: int = 20) -> Sequence[RowMapping]:
    """The campaign's last orders, the newest first."""
    return session.execute(_LATEST, {"rule": rule_id, "limit": limit}).mappings().all()
