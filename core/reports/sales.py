"""Sales figures from order lines and the price ledger: two statements at most, whatever the period holds.

Counted are orders that are paid, handed over or completed, each at the current version of its price. Discounts are
shown as positive amounts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, TextClause, text

from core.analytics.ledger import CORRECTION_FEN, COUPON_FEN, COUPON_MATCH_FEN, MEMBER_FEN
from core.clock import SHOP_ZONE
from core.db import db
from core.web.fields import quantity_text

COUNTED = ("paid", "preparing", "ready", "picked_up", "shipped", "delivered", "completed")
GROUPS = {
    "store": "s.code",
    "channel": "o.channel",
    "day": f"to_char(o.placed_at AT TIME ZONE '{SHOP_ZONE.key}', 'YYYY-MM-DD')",
}
_ONLINE = "('online', 'past')"

_FIGURES = (
    "orders", "lines", "members", "products", "list_fen", "member_disc_fen", "coupon_fen", "coupon_match_fen",
    "sales_value_fen", "paid_fen", "refunded_fen", "online_orders", "members_ge2_orders",
)  # fmt: skip


def _statement(key: str) -> TextClause:
    return text(
        f"""
        WITH counted AS MATERIALIZED (
            SELECT o.id, {key} AS key, o.buyer_id, o.channel, o.payable_fen, o.refunded_fen, o.price_version,
                   s.code AS store
            FROM orders o JOIN store s ON s.id = o.store_id
            WHERE o.placed_at >= :since AND o.placed_at < :until AND o.state = ANY(:states)
              AND (CAST(:stores AS bigint[]) IS NULL OR o.store_id = ANY(:stores))
        ), head AS (
            SELECT key, count(*) AS orders, count(DISTINCT buyer_id) AS members, sum(payable_fen) AS paid_fen,
                   sum(refunded_fen) AS refunded_fen,
                   count(*) FILTER (WHERE channel IN {_ONLINE}) AS online_orders
            FROM counted GROUP BY key
        ), stores AS (
            SELECT key, jsonb_object_agg(store, orders) AS orders_by_store
            FROM (SELECT key, store, count(*) AS orders FROM counted GROUP BY key, store) c GROUP BY key
        ), loyal AS (
            SELECT key, count(*) AS members_ge2_orders
            FROM (SELECT key, buyer_id FROM counted WHERE buyer_id IS NOT NULL
                  GROUP BY key, buyer_id HAVING count(*) >= 2) c GROUP BY key
        ), goods AS (
            SELECT c.key, count(*) AS lines, count(DISTINCT l.sku_id) AS products, sum(l.quantity) AS qty,
                   sum(l.list_fen) AS list_fen
            FROM order_line l JOIN counted c ON c.id = l.order_id GROUP BY c.key
        ), ledger AS (
            SELECT c.key, {CORRECTION_FEN} AS corrections, {MEMBER_FEN} AS member_disc_fen,
                   {COUPON_FEN} AS coupon_fen, {COUPON_MATCH_FEN} AS coupon_match_fen
            FROM order_price_step p JOIN counted c ON c.id = p.order_id AND c.price_version = p.price_version
            GROUP BY c.key
        )
        SELECT key, orders, lines, members, products, qty, list_fen + coalesce(corrections, 0) AS list_fen,
               coalesce(member_disc_fen, 0) AS member_disc_fen, coalesce(coupon_fen, 0) AS coupon_fen,
               coalesce(coupon_match_fen, 0) AS coupon_match_fen, paid_fen + coalesce(coupon_fen, 0) AS sales_value_fen,
               paid_fen, refunded_fen, online_orders, orders_by_store, coalesce(members_ge2_orders, 0) AS members_ge2_orders
        FROM head JOIN stores USING (key) JOIN goods USING (key) LEFT JOIN ledger USING (key) LEFT JOIN loyal USING (key)
        ORDER BY key
        """
    )


_TOTAL = _statement("''")
_GROUPED = {name: _statement(key) for name, key in GROUPS.items()}


def sales(since: datetime, until: datetime, stores: list[int] | None, by: str | None = None) -> dict[str, Any]:
    """The figures of orders placed from `since` until before `until` in `stores` (None: all); `by` a key of GROUPS.

    SalesSchema describes the answer; quantities are text, discounts positive.
    """
    values = {"since": since, "until": until, "stores": stores, "states": list(COUNTED)}
    row = db.session.execute(_TOTAL, values).mappings().first()
    body = {**_figures(row), "orders_by_store": row["orders_by_store"] if row else {}, "groups": []}
    if by is not None:
        groups = db.session.execute(_GROUPED[by], values).mappings()
        body["groups"] = [{"key": group["key"], **_figures(group)} for group in groups]
    return body


def _figures(row: RowMapping | None) -> dict[str, Any]:
    if row is None:
        return {**dict.fromkeys(_FIGURES, 0), "qty": "0"}
    return {**{name: int(row[name]) for name in _FIGURES}, "qty": quantity_text(row["qty"])}
