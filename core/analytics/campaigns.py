"""What rules of the price ledger brought and cost (活动效果)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from core.analytics.periods import Period
from core.analytics.reading import IN_PERIOD, VISITED, Share, Stores, within
from core.db import db


@dataclass(frozen=True, slots=True)
class Campaign:
    """A rule: who proposes it (`source`: a plugin, staff, till) under which name, and in what words customers read it.

    `paid_fen` is what the orders with it brought altogether; `cost_fen` by whoever bears it; `conversion` its buyers
    among the period's visitors.
    """

    source: str
    rule: str
    reason: str
    orders: int
    buyers: int
    new_buyers: int
    paid_fen: int
    shop_borne_fen: int
    supplier_borne_fen: int
    platform_borne_fen: int
    conversion: Share

    @property
    def cost_fen(self) -> int:
        return self.shop_borne_fen + self.supplier_borne_fen + self.platform_borne_fen

    @property
    def gives_only(self) -> bool:
        """It took nothing off: the ledger keeps such a step only where the rule gave something (`Adjustment.gives`)."""
        return not self.cost_fen


_CAMPAIGNS = text(
    f"""
    WITH used AS (
        SELECT source, rule, sum(orders) AS orders, sum(paid_fen) AS paid_fen, sum(shop_borne_fen) AS shop_borne_fen,
               sum(supplier_borne_fen) AS supplier_borne_fen, sum(platform_borne_fen) AS platform_borne_fen,
               sum(new_buyers) AS new_buyers, max(reason) AS reason
        FROM rollup_rule WHERE {IN_PERIOD} GROUP BY source, rule
    ), bought AS (
        SELECT source, rule, count(DISTINCT buyer) AS buyers
        FROM rollup_rule CROSS JOIN LATERAL unnest(buyers) AS b(buyer) WHERE {IN_PERIOD} GROUP BY source, rule
    ), visited AS (
        SELECT coalesce(sum(visitors), 0) AS visitors FROM rollup_visit
        WHERE day BETWEEN :first AND :last AND {VISITED}
    )
    SELECT source, rule, reason, orders, coalesce(buyers, 0) AS buyers, new_buyers, paid_fen, shop_borne_fen,
           supplier_borne_fen, platform_borne_fen, visitors
    FROM used LEFT JOIN bought USING (source, rule) CROSS JOIN visited ORDER BY paid_fen DESC, source, rule
    """
)


def campaigns(period: Period, stores: Stores) -> list[Campaign]:
    """Every rule that made an order cheaper in the period, the best-selling first. One statement."""
    rows = db.session.execute(_CAMPAIGNS, within(period, stores)).mappings()
    return [
        Campaign(
            **{name: row[name] for name in ("source", "rule", "reason")},
            **{name: int(row[name]) for name in _FIGURES},
            conversion=Share(int(row["buyers"]), int(row["visitors"])),
        )
        for row in rows
    ]


_REASON = text(
    """
    SELECT max(reason) FROM rollup_rule
    WHERE day BETWEEN :first AND :last AND source = :source AND rule = :rule
    """
)


def reason_of(period: Period, source: str, rule: str) -> str:
    """In what words customers read a rule; its name when nobody used it in the period. One statement."""
    values = {"first": period.first, "last": period.last, "source": source, "rule": rule}
    return db.session.execute(_REASON, values).scalar() or rule


_FIGURES = (
    "orders", "buyers", "new_buyers", "paid_fen", "shop_borne_fen", "supplier_borne_fen", "platform_borne_fen",
)  # fmt: skip
