"""What the business did in a period, from roll-ups: each reading takes a fixed number of statements, whatever was sold.

`stores` limits every figure to these stores (None: all). Money in fen; rates in hundredths of a percent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text

from core.analytics.periods import Period
from core.db import db

Stores = Sequence[int] | None

IN_STORES = "(CAST(:stores AS bigint[]) IS NULL OR store_id = ANY(CAST(:stores AS bigint[])))"
IN_PERIOD = f"day BETWEEN :first AND :last AND {IN_STORES}"
VISITED = """(scene = '*' AND CASE WHEN CAST(:stores AS bigint[]) IS NULL THEN store_id = 0
                                   ELSE store_id = ANY(CAST(:stores AS bigint[])) END)"""


def within(period: Period, stores: Stores) -> dict[str, Any]:
    """The parameters of IN_PERIOD and VISITED."""
    return {"first": period.first, "last": period.last, "stores": None if stores is None else list(stores)}


_BY_DAY = text(
    f"""
    WITH sold AS (
        SELECT day, sum(paid_fen) AS paid_fen, sum(orders) AS orders, sum(refunded_fen) AS refunded_fen
        FROM rollup_day WHERE {IN_PERIOD} GROUP BY day
    ), visited AS (
        SELECT day, sum(visitors) AS visitors FROM rollup_visit
        WHERE day BETWEEN :first AND :last AND {VISITED} GROUP BY day
    ), bought AS (
        SELECT day, count(DISTINCT buyer_id) AS buyers, count(*) FILTER (WHERE is_first) AS new_buyers
        FROM rollup_buyer WHERE {IN_PERIOD} GROUP BY day
    )
    SELECT day AS key, coalesce(paid_fen, 0) AS turnover_fen, coalesce(orders, 0) AS orders,
           coalesce(refunded_fen, 0) AS refunded_fen, coalesce(visitors, 0) AS visitors, coalesce(buyers, 0) AS buyers,
           coalesce(new_buyers, 0) AS new_buyers
    FROM sold FULL JOIN visited USING (day) FULL JOIN bought USING (day)
    """
)
_BY_HOUR = text(
    f"""
    SELECT hour AS key, sum(paid_fen) AS turnover_fen, sum(orders) AS orders, sum(refunded_fen) AS refunded_fen
    FROM rollup_hour WHERE {IN_PERIOD} GROUP BY hour
    """
)
_DAY_FIGURES = ("turnover_fen", "orders", "refunded_fen", "visitors", "buyers", "new_buyers")
_HOUR_FIGURES = ("turnover_fen", "orders", "refunded_fen")


def trend(period: Period, stores: Stores, by: str = "day") -> list[dict[str, Any]]:
    """One row per `day` (key `2017-01-02`) or, of a single day, per `hour` (key `00`–`23`); nothing sold is a row of 0.

    Hours know no visitors and buyers. One statement.
    """
    if by == "hour" and period.length == 1:
        return _series(_BY_HOUR, period, stores, _HOUR_FIGURES, {n: f"{n:02d}" for n in range(24)})
    return _series(_BY_DAY, period, stores, _DAY_FIGURES, {day: day.isoformat() for day in period.days()})


def trends(period: Period, stores: Stores) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """`trend` by day of this period and of the one before. One statement."""
    both = trend(Period(period.previous().first, period.last), stores)
    return both[period.length :], both[: period.length]


def _series(
    statement: Any, period: Period, stores: Stores, names: Sequence[str], keys: Mapping[date | int, str]
) -> list[dict[str, Any]]:
    found = {row["key"]: row for row in db.session.execute(statement, within(period, stores)).mappings()}
    return [
        {"key": shown, **{name: int(found[key][name]) if key in found else 0 for name in names}}
        for key, shown in keys.items()
    ]


@dataclass(frozen=True, slots=True)
class Share:
    """`numerator` of `denominator`; `rate` in hundredths of a percent (2,534 = 25.34 %), None without anybody."""

    numerator: int
    denominator: int

    @property
    def rate(self) -> int | None:
        return round(self.numerator * 10_000 / self.denominator) if self.denominator else None


@dataclass(frozen=True, slots=True)
class Repurchase:
    """Both definitions (domain-rules, metric definitions), by orders that were not given back whole.

    `repeat` (复购率): buyers with two orders and more among those with one and more. `again` (回购率): buyers of the
    period before who bought again in this one.
    """

    repeat: Share
    again: Share


_REPURCHASE = text(
    f"""
    SELECT count(*) FILTER (WHERE now >= 1) AS buyers, count(*) FILTER (WHERE now >= 2) AS repeated,
           count(*) FILTER (WHERE before >= 1) AS earlier, count(*) FILTER (WHERE before >= 1 AND now >= 1) AS again
    FROM (SELECT buyer_id, sum(kept) FILTER (WHERE day >= :from) AS now, sum(kept) FILTER (WHERE day < :from) AS before
          FROM rollup_buyer WHERE {IN_PERIOD} GROUP BY buyer_id) b
    """
)


def repurchase(period: Period, stores: Stores) -> Repurchase:
    """Who buys more than once. One statement."""
    values = {**within(period, stores), "first": period.previous().first, "from": period.first}
    row = db.session.execute(_REPURCHASE, values).one()
    return Repurchase(Share(row.repeated, row.buyers), Share(row.again, row.earlier))
