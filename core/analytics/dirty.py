"""Days whose roll-ups are out of date: marked by whatever changes figures, in the transaction that changes them or after.

Statements only; a mark stays until the day was computed from rows that this mark could see.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import text

from core.clock import SHOP_ZONE, now
from core.db import db
from core.host import due

CONSUMER = "core.analytics"
"""Under this name order events are delivered."""

SOON = timedelta(seconds=5)
LATER = timedelta(seconds=60)
"""How long marks gather before a day is computed: after orders and refunds, after mere visits."""
LEASE = timedelta(seconds=300)
"""Who took days and does not come back within this time loses them to others."""

_ZONE = SHOP_ZONE.key
_MARK = f"""
    INSERT INTO rollup_dirty (day, phase, due_at)
    SELECT DISTINCT CAST(at AT TIME ZONE '{_ZONE}' AS date), 'marked', CAST(:due AS timestamptz)
    FROM ({{moments}}) AS found(at) WHERE at IS NOT NULL
    ON CONFLICT (day, phase) DO NOTHING
"""

_ORDER = text(
    _MARK.format(
        moments="""
            SELECT paid_at FROM orders WHERE id = :order
            UNION ALL
            SELECT (SELECT e.paid_at FROM orders e
                    WHERE e.buyer_id = o.buyer_id AND e.paid_at > o.paid_at AND e.id < o.id ORDER BY e.paid_at LIMIT 1)
            FROM orders o WHERE o.id = :order
            UNION ALL
            SELECT CAST(b.day AS timestamp) AT TIME ZONE 'Asia/Shanghai' FROM orders o
            JOIN rollup_buyer b ON b.buyer_id = o.buyer_id AND b.is_first
             AND CAST(b.day + 1 AS timestamp) AT TIME ZONE 'Asia/Shanghai' > o.paid_at WHERE o.id = :order
        """
    )
)
_BUYER = text(_MARK.format(moments="SELECT paid_at FROM orders WHERE buyer_id = ANY(CAST(:buyers AS bigint[]))"))
_REFUNDS = text(
    _MARK.format(moments="SELECT done_at FROM ended WHERE state = 'success'").replace(
        "INSERT INTO rollup_dirty",
        """
        WITH ended AS (
            DELETE FROM rollup_refund w USING refund r WHERE r.id = w.refund_id AND r.state IN ('success', 'closed')
            RETURNING r.state, r.done_at
        )
        INSERT INTO rollup_dirty""",
        1,
    )
)
_AWAIT = text(
    "INSERT INTO rollup_refund (refund_id) SELECT id FROM refund WHERE out_refund_no = :number ON CONFLICT DO NOTHING"
)
_DAYS = text(
    """
    INSERT INTO rollup_dirty (day, phase, due_at)
    SELECT day, 'marked', :due FROM unnest(CAST(:days AS date[])) AS given(day) ON CONFLICT (day, phase) DO NOTHING
    """
)


def mark_order(order_id: int) -> None:
    """An order's day, and the day of what was its buyer's first order if this one is earlier."""
    db.session.execute(_ORDER, {"order": order_id, "due": now() + SOON})


def mark_buyers(*buyer_ids: int) -> None:
    """Every day on which these buyers bought: somebody becomes another person, or nobody."""
    db.session.execute(_BUYER, {"buyers": list(buyer_ids), "due": now() + SOON})
    due.due_at(now() + SOON)


def mark_days(days: Sequence[date], after: timedelta = SOON) -> None:
    """Days to compute once `after` has passed."""
    moment = now() + after
    db.session.execute(_DAYS, {"days": list(days), "due": moment})
    due.due_at(moment)


def await_refund(number: str) -> None:
    """Look out for the success of a refund: only then its money counts."""
    db.session.execute(_AWAIT, {"number": number})


def mark_refunds() -> None:
    """The days of refunds that reached their end since they were promised."""
    db.session.execute(_REFUNDS, {"due": now()})


_TAKE = text(
    """
    WITH taken AS (
        DELETE FROM rollup_dirty WHERE (day, phase) IN (
            SELECT day, phase FROM rollup_dirty WHERE due_at <= :now ORDER BY day LIMIT :limit FOR UPDATE SKIP LOCKED)
        RETURNING day
    )
    INSERT INTO rollup_dirty (day, phase, due_at) SELECT DISTINCT day, 'computing', CAST(:lease AS timestamptz) FROM taken
    ON CONFLICT (day, phase) DO UPDATE SET due_at = excluded.due_at
    RETURNING day
    """
)
_DROP = text(
    "DELETE FROM rollup_dirty WHERE phase = 'computing' AND due_at = :lease AND day = ANY(CAST(:days AS date[]))"
)
_COUNTED = text(
    """
    SELECT least((SELECT min(e.occurred_at) FROM event_delivery d JOIN event e ON e.id = d.event_id
                  WHERE d.consumer = :consumer AND d.state = 'pending'),
                 (SELECT min(due_at - CASE phase WHEN 'computing' THEN CAST(:lease AS interval)
                                                ELSE CAST(:later AS interval) END)
                  FROM rollup_dirty))
    """
)
_PENDING = text(
    """
    SELECT (SELECT count(*) FROM rollup_dirty) + (SELECT count(*) FROM rollup_refund)
         + (SELECT count(*) FROM event_delivery WHERE consumer = :consumer AND state = 'pending')
    """
)

NEXT_DUE = """
    SELECT least((SELECT min(due_at) FROM rollup_dirty),
                 (SELECT min(r.done_at) FROM rollup_refund w JOIN refund r ON r.id = w.refund_id WHERE r.state = 'success'))
"""


def take(limit: int, moment: datetime) -> tuple[list[date], datetime]:
    """Up to `limit` days whose time has come, and the lease under which they are ours; the caller commits."""
    lease = moment + LEASE
    values = {"now": moment, "limit": limit, "lease": lease}
    return sorted(db.session.execute(_TAKE, values).scalars()), lease


def drop(days: Sequence[date], lease: datetime) -> None:
    """The days taken under `lease` are up to date, in the transaction that made them so."""
    db.session.execute(_DROP, {"days": list(days), "lease": lease})


def pending() -> int:
    """How many events, days and refunds are still to be counted."""
    return db.session.execute(_PENDING, {"consumer": CONSUMER}).scalar_one()


def counted_until() -> datetime:
    """The moment up to which roll-ups tell everything; now, unless something waits to be counted."""
    values = {"consumer": CONSUMER, "lease": LEASE + LATER, "later": LATER}
    return min(db.session.execute(_COUNTED, values).scalar() or now(), now())
