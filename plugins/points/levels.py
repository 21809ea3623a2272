"""成长值 and levels (PT-10): a ledger of its own; growth promotes at once, only the review takes a level away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from . import domain
from .messages import say

BATCH = 2000

_GROW = text(
    """
    WITH noted AS (
        INSERT INTO points_growth (buyer_id, kind, reference, growth, at)
        VALUES (:buyer, :kind, :reference, :growth, :dated) ON CONFLICT (kind, reference) DO NOTHING RETURNING growth
    ), total AS (
        SELECT (SELECT coalesce(sum(growth), 0) FROM points_growth WHERE buyer_id = :buyer AND at > :since)
            + (SELECT coalesce(sum(growth), 0) FROM noted) AS growth
    ), reached AS (
        SELECT l.id, l.growth FROM points_level l, total WHERE l.growth <= total.growth ORDER BY l.growth DESC LIMIT 1
    ), up AS (
        SELECT r.id FROM reached r, points_member m LEFT JOIN points_level l ON l.id = m.level_id
        WHERE m.buyer_id = :buyer AND NOT m.level_locked AND r.growth > coalesce(l.growth, -1)
    )
    UPDATE points_member m SET growth = m.growth + noted.growth, level_id = coalesce((SELECT id FROM up), m.level_id),
        review_at = CASE WHEN EXISTS (SELECT FROM up) THEN CAST(:review_at AS timestamptz)
                         ELSE coalesce(m.review_at, CAST(:review_at AS timestamptz)) END
    FROM noted WHERE m.buyer_id = :buyer
    """
)


def grow(
    session: Any, buyer_id: int, reference: str, growth: int, now: datetime, own: Mapping[str, Any],
    dated: datetime | None = None,
) -> None:  # fmt: skip
    """Add growth (negative: take it back) once per reference; the account is locked. Promotes at once, never degrades."""
    if not growth:
        return
    since, review_at = period(own, now)
    session.execute(
        _GROW,
        {
            "buyer": buyer_id,
            "kind": "order" if growth > 0 else "refund",
            "reference": reference,
            "growth": growth,
            "dated": dated or now,
            "since": since,
            "review_at": review_at,
        },
    )


def period(own: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime | None]:
    """(growth counts from, next review): the months set, or all time and no review."""
    months = own["level_months"]
    if not months:
        return datetime.min.replace(year=1970, tzinfo=now.tzinfo), None
    day = domain.shop_day(now)
    begin = domain.day_begins(domain.add_months(day, -months))
    return begin, domain.day_begins(domain.add_months(day, months) + timedelta(days=1))


_REVIEW = text(
    """
    WITH due AS (
        SELECT buyer_id FROM points_member WHERE review_at <= :now ORDER BY review_at LIMIT :batch
        FOR UPDATE SKIP LOCKED
    ), total AS (
        SELECT d.buyer_id, greatest(coalesce(sum(g.growth), 0), 0) AS growth
        FROM due d LEFT JOIN points_growth g ON g.buyer_id = d.buyer_id AND g.at > :since GROUP BY d.buyer_id
    )
    UPDATE points_member m SET review_at = CAST(:review_at AS timestamptz),
        level_id = CASE WHEN m.level_locked THEN m.level_id ELSE
            (SELECT l.id FROM points_level l WHERE l.growth <= t.growth ORDER BY l.growth DESC LIMIT 1) END
    FROM total t WHERE m.buyer_id = t.buyer_id
    """
)


def review(session: Any, now: datetime, own: Mapping[str, Any]) -> int:
    """Set the levels of members whose period is over, up or down, except locked ones; returns how many were looked at."""
    since, review_at = period(own, now)
    values = {"now": now, "since": since, "review_at": review_at, "batch": BATCH}
    return session.execute(_REVIEW, values).rowcount


_DEFAULTS = text(
    """
    INSERT INTO points_level (name, growth, price_percent, earn_percent)
    SELECT name, growth, 100, 100
    FROM unnest(CAST(:names AS text[]), CAST('{0,1000,5000,20000}' AS bigint[])) AS l(name, growth)
    WHERE NOT EXISTS (SELECT FROM points_level)
    """
)


def make_defaults(session: Any) -> None:
    """Four levels to begin with, where the shop has none; what they bring is the merchant's to decide."""
    session.execute(_DEFAULTS, {"names": say("default_levels").split(",")})
