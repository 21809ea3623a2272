"""Who the buyers are behind the two rates of repurchase (复购, 回购)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from core.analytics.drilldown import Page
from core.analytics.periods import Period
from core.analytics.reading import IN_PERIOD, Stores, within
from core.db import db
from core.web.paging import encode_cursor, integer

KINDS = {
    "bought": "now >= 1",
    "repeat": "now >= 2",
    "earlier": "before >= 1",
    "again": "before >= 1 AND now >= 1",
}
"""Denominator and numerator of both rates, by the orders that were kept now and in the period before."""


def buyers_of(period: Period, stores: Stores, kind: str, cursor: str | None = None, limit: int = 50) -> Page:
    """The buyers that `repurchase` counts as `kind` (of KINDS), the newest first. One statement.

    Row: id, name, member_no, now, before (orders that were kept), paid_fen (of the period). Raises Invalid for a foreign
    cursor.
    """
    statement = text(
        f"""
        SELECT b.id, b.name, b.member_no, f.now, f.before, f.paid_fen FROM (
            SELECT buyer_id, coalesce(sum(kept) FILTER (WHERE day >= :from), 0) AS now,
                   coalesce(sum(kept) FILTER (WHERE day < :from), 0) AS before,
                   coalesce(sum(paid_fen) FILTER (WHERE day >= :from), 0) AS paid_fen
            FROM rollup_buyer WHERE {IN_PERIOD} AND (CAST(:after AS bigint) IS NULL OR buyer_id < :after)
            GROUP BY buyer_id
        ) f JOIN buyer b ON b.id = f.buyer_id
        WHERE {KINDS[kind]} ORDER BY b.id DESC LIMIT :limit
        """
    )
    values = {
        **within(period, stores), "first": period.previous().first, "from": period.first, "after": integer(cursor),
        "limit": limit + 1,
    }  # fmt: skip
    rows = [_row(row) for row in db.session.execute(statement, values).mappings()]
    return Page(rows[:limit], encode_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None)


def _row(row: Any) -> dict[str, Any]:
    return {**row, **{name: int(row[name]) for name in ("now", "before", "paid_fen")}}
