"""What a buyer's account looks like: the figures, the log, the ladder of levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from .messages import say

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Summary:
    """An account's figures; `expiring` within 30 days. Without an account everything is zero."""

    balance: int
    debt: int
    usable: int
    frozen: int
    expiring: int
    growth: int
    level: str | None
    next_level: str | None
    next_growth: int | None


_SUMMARY = text(
    """
    SELECT coalesce(m.balance, 0), coalesce(m.debt, 0), lots.usable, lots.frozen, lots.expiring,
           coalesce(m.growth, 0), l.name, up.name, up.growth
    FROM (SELECT coalesce(sum(left_points) FILTER (WHERE available_at <= :now), 0)::bigint AS usable,
                 coalesce(sum(left_points) FILTER (WHERE available_at > :now), 0)::bigint AS frozen,
                 coalesce(sum(left_points) FILTER (WHERE expires_at <= :soon), 0)::bigint AS expiring
          FROM points_lot WHERE buyer_id = :buyer AND left_points > 0 AND (expires_at IS NULL OR expires_at > :now)
         ) AS lots
    LEFT JOIN points_member m ON m.buyer_id = :buyer
    LEFT JOIN points_level l ON l.id = m.level_id
    LEFT JOIN LATERAL (SELECT name, growth FROM points_level WHERE growth > coalesce(l.growth, -1)
                       ORDER BY growth LIMIT 1) AS up ON true
    """
)


def summary(session: Any, buyer_id: int, now: datetime) -> Summary:
    """One statement."""
    values = {"buyer": buyer_id, "now": now, "soon": now + SOON}
    return Summary(*session.execute(_SUMMARY, values).one())


@dataclass(frozen=True, slots=True)
class LogRow:
    """A change of the balance; `note` is the order's number or the staff member's reason."""

    id: int
    at: datetime
    points: int
    kind: str
    title: str
    note: str


_LOG = text(
    """
    SELECT id, at, points, kind, direction, note FROM points_transaction
    WHERE buyer_id = :buyer AND points <> 0 AND id < :before ORDER BY id DESC LIMIT :limit
    """
)


def log(session: Any, buyer_id: int, before: int | None, limit: int) -> Sequence[LogRow]:
    """Changes older than transaction `before`, newest first."""
    values = {"buyer": buyer_id, "before": before or 2**62, "limit": limit}
    return [
        LogRow(row.id, row.at, row.points, row.kind, say(f"kind.{row.kind}.{row.direction}"), row.note)
        for row in session.execute(_LOG, values)
    ]


_OUTSTANDING = text(
    """
    SELECT coalesce(sum(points) FILTER (WHERE kind IN ('order_earn', 'sign_in', 'task', 'first_order')), 0)::bigint
             AS issued,
           coalesce(-sum(points) FILTER (WHERE kind = 'order_use'), 0)::bigint AS redeemed,
           coalesce(-sum(points) FILTER (WHERE kind = 'expire'), 0)::bigint AS expired,
           (SELECT coalesce(sum(balance), 0) FROM points_member)::bigint AS outstanding
    FROM points_transaction WHERE at > :since
    """
)


def figures(session: Any, since: datetime) -> Any:
    """Points issued, redeemed and expired since then, net of what went back, and what buyers have now."""
    return session.execute(_OUTSTANDING, {"since": since}).one()


_DAILY = text(
    """
    SELECT d::date AS day,
           coalesce(sum(t.points) FILTER (WHERE t.kind IN ('order_earn', 'sign_in', 'task', 'first_order')), 0)::bigint
             AS issued,
           coalesce(-sum(t.points) FILTER (WHERE t.kind = 'order_use'), 0)::bigint AS redeemed,
           coalesce(-sum(t.points) FILTER (WHERE t.kind = 'expire'), 0)::bigint AS expired
    FROM generate_series(CAST(:since AS timestamptz) AT TIME ZONE 'Asia/Shanghai',
                         CAST(:now AS timestamptz) AT TIME ZONE 'Asia/Shanghai', '1 day') AS d
    LEFT JOIN points_transaction t ON t.at > CAST(:since AS timestamptz) - interval '1 day'
        AND (t.at AT TIME ZONE 'Asia/Shanghai')::date = d::date
    GROUP BY 1 ORDER BY 1
    """
)


def daily(session: Any, since: datetime, now: datetime) -> Sequence[Any]:
    """day, issued, redeemed, expired for every day of the shop."""
    return session.execute(_DAILY, {"since": since, "now": now}).all()


_WAITING = text(
    """
    SELECT (SELECT count(*) FROM points_order WHERE award_state = 'waiting') AS awards,
           (SELECT count(*) FROM points_order WHERE award_state = 'waiting' AND due_at < :late) AS late_awards,
           (SELECT count(*) FROM points_order WHERE use_state = 'held') AS held,
           (SELECT count(*) FROM points_member WHERE review_at < :late) AS late_reviews
    """
)


def waiting(session: Any, now: datetime) -> Any:
    """Orders whose points are still to come (`late_awards`: overdue by an hour), that hold points, overdue reviews."""
    return session.execute(_WAITING, {"late": now - timedelta(hours=1)}).one()


_TOTALS = text(
    """
    SELECT (SELECT coalesce(sum(points), 0) FROM points_transaction WHERE kind = 'order_earn')::bigint AS earned,
           (SELECT coalesce(sum(balance), 0) FROM points_member)::bigint AS outstanding,
           (SELECT coalesce(sum(debt), 0) FROM points_member)::bigint AS owed,
           (SELECT coalesce(sum(points), 0) FROM points_entry)::bigint AS trial_balance
    """
)


def totals(session: Any) -> Any:
    """Over all time: earned with orders net of refunds, what buyers have and owe, and Σ of the books, which is 0."""
    return session.execute(_TOTALS).one()
