"""The figures on top of a dashboard, beside those of the period before.

A period that is still running is compared with as much of the one before: whole days from roll-ups, and of the day on
which that part ends the rows up to the same time, one day of them at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text

from core.analytics.periods import Period, first_instant, shop_day
from core.analytics.reading import IN_PERIOD, IN_STORES, VISITED, Stores, within
from core.clock import now
from core.db import db


@dataclass(frozen=True, slots=True)
class Headline:
    """`turnover_fen` is what was paid in the period, `refunded_fen` what was given back in it, `visitors` adds up each
    day's different visitors (访客人次), `new_buyers` bought for the first time in the shop, `average_fen` is turnover ÷
    orders.
    """

    turnover_fen: int
    orders: int
    buyers: int
    new_buyers: int
    visitors: int
    refunds: int
    refunded_fen: int

    @property
    def average_fen(self) -> int:
        return round(self.turnover_fen / self.orders) if self.orders else 0

    @property
    def net_fen(self) -> int:
        return self.turnover_fen - self.refunded_fen


@dataclass(frozen=True, slots=True)
class Summary:
    """`previous` is the period of the same length before, counted up to `previous_until` while this one is running."""

    period: Period
    current: Headline
    previous: Headline
    previous_until: datetime | None


_FINISHED = "(day >= :from OR day < coalesce(CAST(:part AS date), :from))"
"""Days of this period, and of the one before those that count whole."""

_SUMMARY = text(
    f"""
    WITH part AS MATERIALIZED (
        SELECT store_id, buyer_id, payable_fen FROM orders WHERE paid_at >= :part_since AND paid_at < :cut AND {IN_STORES}
    ), sold AS (
        SELECT now, sum(paid_fen) AS turnover_fen, sum(orders) AS orders, sum(refunds) AS refunds,
               sum(refunded_fen) AS refunded_fen
        FROM (
            SELECT day >= :from AS now, paid_fen, orders, refunds, refunded_fen FROM rollup_day
            WHERE {IN_PERIOD} AND {_FINISHED}
            UNION ALL SELECT false, payable_fen, 1, 0, 0 FROM part
            UNION ALL
            SELECT false, 0, 0, 1, r.amount_fen FROM refund r JOIN orders o ON o.id = r.order_id
            WHERE r.done_at >= :part_since AND r.done_at < :cut AND r.state = 'success' AND r.kind = 'customer'
              AND {IN_STORES}
        ) moved GROUP BY now
    ), bought AS (
        SELECT now, count(DISTINCT buyer_id) AS buyers, count(*) FILTER (WHERE is_first) AS new_buyers
        FROM (
            SELECT day >= :from AS now, buyer_id, is_first FROM rollup_buyer WHERE {IN_PERIOD} AND {_FINISHED}
            UNION ALL
            SELECT false, p.buyer_id, coalesce(b.is_first, false)
            FROM (SELECT DISTINCT store_id, buyer_id FROM part WHERE buyer_id IS NOT NULL) p
            LEFT JOIN rollup_buyer b ON b.day = CAST(:part AS date) AND b.store_id = p.store_id AND b.buyer_id = p.buyer_id
        ) people GROUP BY now
    ), visited AS (
        SELECT now, sum(visitors) AS visitors
        FROM (
            SELECT day >= :from AS now, visitors FROM rollup_visit
            WHERE day BETWEEN :first AND :last AND {VISITED} AND {_FINISHED}
            UNION ALL
            SELECT false, count(DISTINCT (CASE WHEN CAST(:stores AS bigint[]) IS NOT NULL THEN store_id END, visitor))
            FROM visit WHERE day = CAST(:part AS date) AND at < :cut AND {IN_STORES}
        ) came GROUP BY now
    )
    SELECT now, coalesce(turnover_fen, 0) AS turnover_fen, coalesce(orders, 0) AS orders,
           coalesce(buyers, 0) AS buyers, coalesce(new_buyers, 0) AS new_buyers, coalesce(visitors, 0) AS visitors,
           coalesce(refunds, 0) AS refunds, coalesce(refunded_fen, 0) AS refunded_fen
    FROM sold FULL JOIN bought USING (now) FULL JOIN visited USING (now)
    """
)
_NOTHING = Headline(0, 0, 0, 0, 0, 0, 0)


def summary(period: Period, stores: Stores) -> Summary:
    """Turnover, orders, buyers, visitors and refunds, beside those of the period before. One statement."""
    cut = period.cut_before(now())
    values = {**within(period, stores), "first": period.previous().first, "from": period.first, **_part(period, cut)}
    rows = {row["now"]: _headline(row) for row in db.session.execute(_SUMMARY, values).mappings()}
    return Summary(period, rows.get(True, _NOTHING), rows.get(False, _NOTHING), cut)


def _part(period: Period, cut: datetime | None) -> dict[str, Any]:
    """The day of which only rows up to the cut count; none of them when the period before counts whole."""
    if cut is None:
        return {"part": None, "part_since": period.since, "cut": period.since}
    day = shop_day(cut)
    return {"part": day, "part_since": first_instant(day), "cut": cut}


def _headline(row: RowMapping) -> Headline:
    return Headline(**{name: int(row[name]) for name in Headline.__dataclass_fields__})
