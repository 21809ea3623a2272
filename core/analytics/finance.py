"""Money in and out (财务), and the figures that a retailer's own books have."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, text

from core.analytics.periods import Period
from core.analytics.reading import IN_PERIOD, Stores, within
from core.db import db
from core.web.fields import quantity_text


@dataclass(frozen=True, slots=True)
class Money:
    """Fen of a day or of a whole period. `turnover_fen` was paid, `refunded_fen` given back, each on its own day.

    `list_fen` − the three borne amounts + delivery fees before discounts = turnover; `shipping_fen` is what customers
    paid for delivery. `online_…` is the part that went through WeChat: what the daily bill must show.
    """

    orders: int
    list_fen: int
    shop_borne_fen: int
    supplier_borne_fen: int
    platform_borne_fen: int
    goods_fen: int
    shipping_fen: int
    turnover_fen: int
    refunds: int
    refunded_fen: int
    online_turnover_fen: int
    online_refunded_fen: int

    @property
    def net_fen(self) -> int:
        return self.turnover_fen - self.refunded_fen

    @property
    def discount_fen(self) -> int:
        return self.shop_borne_fen + self.supplier_borne_fen + self.platform_borne_fen


@dataclass(frozen=True, slots=True)
class Finance:
    """The whole period and each of its days, oldest first."""

    total: Money
    days: dict[date, Money]


_NAMES = tuple(field.name for field in fields(Money))
_FINANCE = text(
    f"""
    SELECT day, sum(orders) AS orders, sum(list_fen) AS list_fen, sum(shop_borne_fen) AS shop_borne_fen,
           sum(supplier_borne_fen) AS supplier_borne_fen, sum(platform_borne_fen) AS platform_borne_fen,
           sum(goods_fen) AS goods_fen, sum(shipping_fen) AS shipping_fen, sum(paid_fen) AS turnover_fen,
           sum(refunds) AS refunds, sum(refunded_fen) AS refunded_fen,
           coalesce(sum(paid_fen) FILTER (WHERE channel = 'online'), 0) AS online_turnover_fen,
           coalesce(sum(refunded_fen) FILTER (WHERE channel = 'online'), 0) AS online_refunded_fen
    FROM rollup_day WHERE {IN_PERIOD} GROUP BY day
    """
)


def finance(period: Period, stores: Stores) -> Finance:
    """Turnover, refunds, discounts by bearer, shipping and net, for the period and per day. One statement."""
    found = {row["day"]: row for row in db.session.execute(_FINANCE, within(period, stores)).mappings()}
    days = {day: _money(found.get(day)) for day in period.days()}
    total = Money(*(sum(getattr(money, name) for money in days.values()) for name in _NAMES))
    return Finance(total, days)


def _money(row: RowMapping | None) -> Money:
    return Money(*(int(row[name]) if row else 0 for name in _NAMES))


_FIGURES = text(
    f"""
    WITH sold AS (
        SELECT sum(orders) AS orders, sum(lines) AS lines, sum(quantity) AS qty, sum(list_fen) AS list_fen,
               sum(member_disc_fen) AS member_disc_fen, sum(coupon_fen) AS coupon_fen,
               sum(coupon_match_fen) AS coupon_match_fen, sum(sales_value_fen) AS sales_value_fen,
               sum(paid_fen) AS paid_fen, sum(refunded_fen) AS refunded_fen,
               sum(orders) FILTER (WHERE channel IN ('online', 'past')) AS online_orders
        FROM rollup_day WHERE {IN_PERIOD}
    ), by_store AS (
        SELECT jsonb_object_agg(code, orders) AS orders_by_store
        FROM (SELECT s.code, sum(r.orders) AS orders FROM rollup_day r JOIN store s ON s.id = r.store_id
              WHERE {IN_PERIOD} GROUP BY s.code HAVING sum(r.orders) > 0) x
    ), by_channel AS (
        SELECT jsonb_object_agg(channel, orders) AS orders_by_channel
        FROM (SELECT channel, sum(orders) AS orders FROM rollup_day WHERE {IN_PERIOD} GROUP BY channel
              HAVING sum(orders) > 0) x
    ), bought AS (
        SELECT count(*) AS members, count(*) FILTER (WHERE orders >= 2) AS members_ge2_orders
        FROM (SELECT sum(orders) AS orders FROM rollup_buyer WHERE {IN_PERIOD} GROUP BY buyer_id) x
    ), goods AS (
        SELECT count(DISTINCT sku_id) AS products FROM rollup_sku WHERE {IN_PERIOD} AND orders > 0
    )
    SELECT * FROM sold, by_store, by_channel, bought, goods
    """
)


def figures(period: Period, stores: Stores) -> dict[str, Any]:
    """The figures of the sales report under its names (`SalesSchema`), from roll-ups and by the moment of payment.

    With `orders_by_channel`, and `qty` as text. One statement, of any length of period.
    """
    row = db.session.execute(_FIGURES, within(period, stores)).mappings().one()
    maps = {name: row[name] or {} for name in ("orders_by_store", "orders_by_channel")}
    counted = {name: int(value or 0) for name, value in row.items() if name not in {*maps, "qty"}}
    return {**counted, **maps, "qty": quantity_text(Decimal(row["qty"] or 0))}
