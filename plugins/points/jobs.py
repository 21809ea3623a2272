"""What comes round: awards whose after-sale period is over, lots that run out, reminders, the review of levels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from core.plugin import Context, NotYet, shop

from . import earning, ledger, levels, orders
from .domain import SHOP_ZONE
from .messages import say
from .settings import settings

BATCH = 500
REMINDERS = ((7, 0), (30, 7))
"""(days before the end, days before the end from which on it is too late for this one)."""
NOTICES_PER_RUN = 50
DAYTIME = range(9, 21)
PAGE = "pages/block/index?page=points/home"

_DUE = text(
    "SELECT order_id FROM points_order WHERE award_state = 'waiting' AND due_at <= :now ORDER BY due_at LIMIT :batch"
    " FOR UPDATE SKIP LOCKED"
)


def award_due(ctx: Context, session: Any) -> None:
    """Give the points of orders whose after-sale period is over."""
    own = settings()
    for order_id in session.execute(_DUE, {"now": ctx.now, "batch": BATCH}).scalars().all():
        order = orders.find(session, order_id)
        if order is not None and order.buyer_id is not None:
            account = ledger.lock(session, order.buyer_id, ctx.now)
            orders.put(session, earning.give(session, ctx, order, own, account))


_EXPIRING = text(
    """
    SELECT m.buyer_id FROM points_member m
    WHERE m.buyer_id IN (SELECT l.buyer_id FROM points_lot l WHERE l.left_points > 0 AND l.expires_at <= :now)
    ORDER BY m.buyer_id LIMIT :batch FOR UPDATE SKIP LOCKED
    """
)
_EXPIRE = text(
    """
    WITH ended AS (
        UPDATE points_lot l SET left_points = 0 FROM points_lot before
        WHERE before.id = l.id AND l.buyer_id = ANY(:buyers) AND l.left_points > 0 AND l.expires_at <= :now
        RETURNING l.id, l.buyer_id, before.left_points AS points
    ), booked AS (
        INSERT INTO points_transaction (kind, reference, direction, buyer_id, points, at)
        SELECT 'expire', id::text, 'out', buyer_id, -points, :now FROM ended RETURNING id, buyer_id, points
    ), entries AS (
        INSERT INTO points_entry (transaction_id, account, points)
        SELECT id, 'buyer', points FROM booked UNION ALL SELECT id, 'expired', -points FROM booked
    )
    UPDATE points_member m SET balance = m.balance + lost.points
    FROM (SELECT buyer_id, sum(points) AS points FROM booked GROUP BY buyer_id) AS lost
    WHERE m.buyer_id = lost.buyer_id
    """
)


def expire(ctx: Context, session: Any) -> None:
    """Book what ran out (PT-7): set statements over many buyers; an account that is busy is left for the next round."""
    while True:
        buyers = session.execute(_EXPIRING, {"now": ctx.now, "batch": BATCH}).scalars().all()
        if buyers:
            session.execute(_EXPIRE, {"buyers": list(buyers), "now": ctx.now})
        if len(buyers) < BATCH:
            return


_MARK = text(
    """
    WITH picked AS (
        SELECT buyer_id FROM points_lot WHERE left_points > 0 AND buyer_id IS NOT NULL
          AND expires_at > :after AND expires_at <= :until AND coalesce(reminded, 1000) > :days
        GROUP BY buyer_id ORDER BY min(expires_at) LIMIT :batch
    ), marked AS (
        UPDATE points_lot l SET reminded = :days FROM picked p
        WHERE l.buyer_id = p.buyer_id AND l.left_points > 0 AND l.expires_at > :after AND l.expires_at <= :until
          AND coalesce(l.reminded, 1000) > :days
        RETURNING l.buyer_id, l.left_points, l.expires_at
    )
    SELECT buyer_id, sum(left_points)::bigint AS points, min(expires_at) AS ends FROM marked
    GROUP BY buyer_id ORDER BY ends, buyer_id
    """
)
_UNMARK = text(
    "UPDATE points_lot SET reminded = NULL WHERE buyer_id = ANY(:buyers) AND left_points > 0 AND reminded = :days"
    " AND expires_at > :after AND expires_at <= :until"
)


def remind(ctx: Context, session: Any) -> None:
    """Tell buyers 30 and 7 days before points run out, once each, in the daytime; what is not granted is skipped."""
    if ctx.now.astimezone(SHOP_ZONE).hour not in DAYTIME:
        return
    own = settings()
    for days, too_late in REMINDERS:
        template = own[f"notice_{days}"]
        if template:
            _remind(ctx, session, template, days, too_late)


def _remind(ctx: Context, session: Any, template: str, days: int, too_late: int) -> None:
    span = {"days": days, "after": ctx.now + timedelta(days=too_late), "until": ctx.now + timedelta(days=days)}
    rows = session.execute(_MARK, {**span, "batch": NOTICES_PER_RUN}).all()
    sent = _send(template, rows)
    rest = [row.buyer_id for row in rows[sent:]]
    if rest:
        session.execute(_UNMARK, {**span, "buyers": rest})


def _send(template: str, rows: Sequence[Any]) -> int:
    """How many were dealt with before WeChat was out of reach; raises NotYet when it was from the start."""
    for done, row in enumerate(rows):
        values = {
            "thing1": say("notice.thing"),
            "number2": str(row.points),
            "date3": (row.ends - timedelta(seconds=1)).astimezone(SHOP_ZONE).strftime("%Y年%-m月%-d日"),
        }
        try:
            shop().notices.send(row.buyer_id, template, values, PAGE)
        except NotYet:
            if not done:
                raise
            return done
    return len(rows)


def review_levels(ctx: Context, session: Any) -> None:
    """等级评定: members whose period is over."""
    own = settings()
    if own["levels"] and own["level_months"]:
        while levels.review(session, ctx.now, own) == levels.BATCH:
            pass
