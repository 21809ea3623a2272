"""Keeping the roll-ups: consumers mark days, a chore computes marked days anew from rows, so that repeating is harmless."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from sqlalchemy import text

from core.analytics import dirty, statements
from core.clock import SHOP_ZONE, now
from core.db import db
from core.host.outbox import Delivered

DAYS_AT_ONCE = 31

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '/rollup', 0))")


def order_changed(event: Delivered) -> None:
    """Consumer of payments and cancellations; of sales that come complete (tills, the past)."""
    if event.name == "order.completed" and event.payload["channel"] == "online":
        return
    dirty.mark_order(event.payload["order_id"])


def refund_promised(event: Delivered) -> None:
    """Consumer of refunds: the order's day changes now (a buyer's orders not given back), money on the day it arrives."""
    dirty.mark_order(event.payload["order_id"])
    dirty.await_refund(event.payload["refund_no"])


def compute_due() -> int:
    """Chore: compute days whose time has come; returns how many. Commits."""
    dirty.mark_refunds()
    db.session.commit()
    days, lease = dirty.take(DAYS_AT_ONCE, now())
    db.session.commit()
    if days:
        compute(days)
        dirty.drop(days, lease)
        db.session.commit()
    return len(days)


def compute(days: Sequence[date]) -> None:
    """Roll up these days anew from rows, in the current transaction: always the same number of statements.

    Whoever else computes waits; rows that change meanwhile mark the day again. The caller commits.
    """
    values = {"days": list(days), "zone": SHOP_ZONE.key}
    db.session.execute(_LOCK)
    db.session.execute(statements.GONE, values)
    db.session.execute(statements.EMPTY, values)
    for statement in statements.FILL:
        db.session.execute(statement, values)


_SPAN = text(
    f"""
    SELECT CAST(least(min(first), (SELECT min(CAST(day AS timestamp)) FROM visit)) AS date) AS first,
           CAST(greatest(max(last), (SELECT max(CAST(day AS timestamp)) FROM visit)) AS date) AS last
    FROM (SELECT min(paid_at) AT TIME ZONE '{SHOP_ZONE.key}' AS first, max(paid_at) AT TIME ZONE '{SHOP_ZONE.key}' AS last
          FROM orders
          UNION ALL
          SELECT min(done_at) AT TIME ZONE '{SHOP_ZONE.key}', max(done_at) AT TIME ZONE '{SHOP_ZONE.key}'
          FROM refund WHERE state = 'success' AND kind = 'customer') found
    """
)
_AWAIT_ALL = text(
    "INSERT INTO rollup_refund (refund_id) SELECT id FROM refund WHERE kind = 'customer'"
    " AND state NOT IN ('success', 'closed') ON CONFLICT DO NOTHING"
)


def rebuild(first: date | None = None, last: date | None = None) -> Iterator[tuple[int, int]]:
    """Roll up every day from `first` to `last` (default: all that ever was), yielding (days done, days in all).

    For shops that are older than their roll-ups. Commits after each step.
    """
    db.session.execute(_AWAIT_ALL)
    span = db.session.execute(_SPAN).one()
    db.session.commit()
    first, last = first or span.first, last or span.last
    if first is None or last is None or last < first:
        return
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    for start in range(0, len(days), DAYS_AT_ONCE):
        compute(days[start : start + DAYS_AT_ONCE])
        db.session.commit()
        yield min(start + DAYS_AT_ONCE, len(days)), len(days)
