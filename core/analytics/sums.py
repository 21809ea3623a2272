"""What rows of a drill-down come to, and the figure of the roll-ups they must come to."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from core.analytics.drilldown import Touched, filtered
from core.analytics.periods import Period
from core.analytics.reading import IN_PERIOD, Stores, within
from core.db import db

_IN_STORES = "(CAST(:stores AS bigint[]) IS NULL OR o.store_id = ANY(CAST(:stores AS bigint[])))"


@dataclass(frozen=True, slots=True)
class Sums:
    """`amount_fen` is what the rows are about: what was paid; of a SKU what was paid for it; of a rule what it took off."""

    orders: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of a drill-down, as `orders_of` takes them; at most one of the last three."""

    channel: str | None = None
    sku_id: int | None = None
    rule: tuple[str, str] | None = None
    source: Touched | None = None


def of_rows(period: Period, stores: Stores, asked: Asked) -> Sums:
    """Of all pages of `orders_of` together. One statement."""
    pieces = filtered(asked.channel, asked.sku_id, asked.rule, asked.source)
    amount = "step.discount_fen" if asked.rule else "part.sku_paid_fen" if asked.sku_id else "o.payable_fen"
    statement = text(
        f"""
        SELECT count(*) AS orders, coalesce(sum({amount}), 0) AS amount_fen FROM orders o {" ".join(pieces.joins)}
        WHERE o.paid_at >= :since AND o.paid_at < :until AND {_IN_STORES}
          {"".join(f" AND {condition}" for condition in pieces.conditions)}
        """
    )
    values = {**within(period, stores), "since": period.since, "until": period.until, **pieces.values}
    return _sums(statement, values)


_COST = "shop_borne_fen + supplier_borne_fen + platform_borne_fen"
_ROLLED = {
    "sku": ("rollup_sku", "paid_fen", "sku_id = :sku"),
    "rule": ("rollup_rule", _COST, "source = :rule_source AND rule = :rule"),
    "scenes": ("rollup_source", "paid_fen", "touch = :touch AND scene = ANY(CAST(:scenes AS text[]))"),
    "": ("rollup_day", "paid_fen", "(CAST(:channel AS text) IS NULL OR channel = :channel)"),
}


def of_rollup(period: Period, stores: Stores, asked: Asked) -> Sums:
    """The same as the roll-ups have it: different only while something waits to be counted. One statement."""
    given = filtered(None, asked.sku_id, asked.rule, asked.source).values
    table, amount, condition = next(found for name, found in _ROLLED.items() if name in given or not name)
    statement = text(
        f"SELECT coalesce(sum(orders), 0) AS orders, coalesce(sum({amount}), 0) AS amount_fen"
        f" FROM {table} WHERE {IN_PERIOD} AND {condition}"
    )
    touch = asked.source.touch if asked.source else None
    return _sums(statement, {**within(period, stores), "channel": asked.channel, "touch": touch, **given})


_REFUNDED = text(
    f"""
    SELECT count(*) AS orders, coalesce(sum(r.amount_fen), 0) AS amount_fen
    FROM refund r JOIN orders o ON o.id = r.order_id
    WHERE r.state = 'success' AND r.kind = 'customer' AND r.done_at >= :since AND r.done_at < :until AND {_IN_STORES}
    """
)
_REFUNDED_ROLLED = text(
    f"""
    SELECT coalesce(sum(refunds), 0) AS orders, coalesce(sum(refunded_fen), 0) AS amount_fen FROM rollup_day
    WHERE {IN_PERIOD}
    """
)


def refunds_of_rows(period: Period, stores: Stores) -> Sums:
    """`orders` counts refunds. One statement."""
    return _sums(_REFUNDED, {**within(period, stores), "since": period.since, "until": period.until})


def refunds_of_rollup(period: Period, stores: Stores) -> Sums:
    return _sums(_REFUNDED_ROLLED, within(period, stores))


def _sums(statement: object, values: dict) -> Sums:
    row = db.session.execute(statement, values).one()
    return Sums(int(row.orders), int(row.amount_fen))
