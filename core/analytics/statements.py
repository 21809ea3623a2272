"""What computes the roll-ups of days anew: one statement empties them, one per table fills it, however many days."""

from __future__ import annotations

from sqlalchemy import text

from core.analytics.ledger import CORRECTION_FEN, COUPON_FEN, COUPON_MATCH_FEN, DISCOUNT, MEMBER_FEN, borne_fen
from core.analytics.rows import BACK, FIRSTS, KEPT, SOLD, first_scene, last_scene

TABLES = (
    "rollup_day", "rollup_hour", "rollup_sku", "rollup_buyer", "rollup_source", "rollup_rule", "rollup_visit",
)  # fmt: skip

_DELETES = ", ".join(
    f"d{number} AS (DELETE FROM {table} WHERE day = ANY(CAST(:days AS date[])))" for number, table in enumerate(TABLES)
)
EMPTY = text(f"WITH {_DELETES} SELECT 1")

_DAY = f"""
    INSERT INTO rollup_day (day, store_id, channel, orders, lines, quantity, list_fen, member_disc_fen, coupon_fen,
                            coupon_match_fen, sales_value_fen, shop_borne_fen, supplier_borne_fen, platform_borne_fen,
                            goods_fen, shipping_fen, paid_fen, refunds, refunded_fen)
    WITH {SOLD}, {BACK}, head AS (
        SELECT day, store_id, channel, count(*) AS orders, sum(goods_fen) AS goods_fen,
               sum(shipping_fen) AS shipping_fen, sum(payable_fen) AS paid_fen
        FROM sold GROUP BY day, store_id, channel
    ), goods AS (
        SELECT s.day, s.store_id, s.channel, count(*) AS lines, sum(l.quantity) AS quantity, sum(l.list_fen) AS list_fen
        FROM order_line l JOIN sold s ON s.id = l.order_id GROUP BY s.day, s.store_id, s.channel
    ), ledger AS (
        SELECT s.day, s.store_id, s.channel, coalesce({CORRECTION_FEN}, 0) AS corrections,
               coalesce({MEMBER_FEN}, 0) AS member_fen, coalesce({COUPON_FEN}, 0) AS coupon_fen,
               coalesce({COUPON_MATCH_FEN}, 0) AS match_fen, coalesce({borne_fen("shop")}, 0) AS shop_fen,
               coalesce({borne_fen("supplier")}, 0) AS supplier_fen, coalesce({borne_fen("platform")}, 0) AS platform_fen
        FROM order_price_step p JOIN sold s ON s.id = p.order_id AND s.price_version = p.price_version
        GROUP BY s.day, s.store_id, s.channel
    ), returned AS (
        SELECT day, store_id, channel, count(*) AS refunds, sum(amount_fen) AS refunded_fen
        FROM back GROUP BY day, store_id, channel
    )
    SELECT day, store_id, channel, coalesce(orders, 0), coalesce(lines, 0), coalesce(quantity, 0),
           coalesce(list_fen, 0) + coalesce(corrections, 0), coalesce(member_fen, 0), coalesce(coupon_fen, 0),
           coalesce(match_fen, 0), coalesce(paid_fen, 0) + coalesce(coupon_fen, 0), coalesce(shop_fen, 0),
           coalesce(supplier_fen, 0), coalesce(platform_fen, 0), coalesce(goods_fen, 0), coalesce(shipping_fen, 0),
           coalesce(paid_fen, 0), coalesce(refunds, 0), coalesce(refunded_fen, 0)
    FROM head LEFT JOIN goods USING (day, store_id, channel) LEFT JOIN ledger USING (day, store_id, channel)
    FULL JOIN returned USING (day, store_id, channel)
"""

_HOUR = f"""
    INSERT INTO rollup_hour (day, hour, store_id, orders, paid_fen, refunded_fen)
    WITH {SOLD}, {BACK}, moved AS (
        SELECT day, store_id, paid_at AS at, 1 AS orders, payable_fen AS paid_fen, 0 AS refunded_fen FROM sold
        UNION ALL SELECT day, store_id, done_at, 0, 0, amount_fen FROM back
    )
    SELECT day, extract(hour FROM at AT TIME ZONE :zone)::int AS hour, store_id, sum(orders), sum(paid_fen),
           sum(refunded_fen)
    FROM moved GROUP BY 1, 2, 3
"""

_SKU = f"""
    INSERT INTO rollup_sku (day, store_id, sku_id, orders, quantity, list_fen, paid_fen, refunded_quantity, refunded_fen)
    WITH {SOLD}, {BACK}, moved AS (
        SELECT s.day, s.store_id, l.sku_id, l.order_id, l.quantity, l.list_fen, l.payable_fen AS paid_fen,
               0 AS refunded_quantity, 0 AS refunded_fen
        FROM order_line l JOIN sold s ON s.id = l.order_id
        UNION ALL
        SELECT b.day, b.store_id, l.sku_id, NULL, 0, 0, 0, r.quantity, r.amount_fen
        FROM back b JOIN refund_line r ON r.refund_id = b.id JOIN order_line l ON l.id = r.line_id
    )
    SELECT day, store_id, sku_id, count(DISTINCT order_id), sum(quantity), sum(list_fen), sum(paid_fen),
           sum(refunded_quantity), sum(refunded_fen)
    FROM moved GROUP BY day, store_id, sku_id
"""

_BUYER = f"""
    INSERT INTO rollup_buyer (day, store_id, buyer_id, orders, kept, paid_fen, is_first)
    WITH {SOLD}, {FIRSTS}
    SELECT s.day, s.store_id, s.buyer_id, count(*), count(*) FILTER (WHERE {KEPT}), sum(s.payable_fen),
           bool_or(f.id IS NOT NULL)
    FROM sold s LEFT JOIN firsts f ON f.id = s.id WHERE s.buyer_id IS NOT NULL
    GROUP BY s.day, s.store_id, s.buyer_id
"""

_SOURCE = f"""
    INSERT INTO rollup_source (day, store_id, touch, scene, orders, paid_fen, new_buyers)
    WITH {SOLD}, {FIRSTS}, touched AS (
        SELECT s.day, s.store_id, 'first' AS touch, {first_scene("s")} AS scene, s.id, s.payable_fen FROM sold s
        UNION ALL
        SELECT s.day, s.store_id, 'last', {last_scene("s")}, s.id, s.payable_fen FROM sold s
    )
    SELECT t.day, t.store_id, t.touch, t.scene, count(*), sum(t.payable_fen), count(f.id)
    FROM touched t LEFT JOIN firsts f ON f.id = t.id GROUP BY t.day, t.store_id, t.touch, t.scene
"""

_RULE = f"""
    INSERT INTO rollup_rule (day, store_id, source, rule, reason, orders, paid_fen, shop_borne_fen, supplier_borne_fen,
                             platform_borne_fen, buyers, new_buyers)
    WITH {SOLD}, {FIRSTS}, made AS (
        SELECT s.day, s.store_id, p.source, p.rule, max(p.reason) AS reason, s.id, s.buyer_id, s.payable_fen,
               coalesce({borne_fen("shop")}, 0) AS shop_fen, coalesce({borne_fen("supplier")}, 0) AS supplier_fen,
               coalesce({borne_fen("platform")}, 0) AS platform_fen
        FROM order_price_step p JOIN sold s ON s.id = p.order_id AND s.price_version = p.price_version
        WHERE {DISCOUNT} GROUP BY s.day, s.store_id, p.source, p.rule, s.id, s.buyer_id, s.payable_fen
    )
    SELECT m.day, m.store_id, m.source, m.rule, max(m.reason), count(*), sum(m.payable_fen), sum(m.shop_fen),
           sum(m.supplier_fen), sum(m.platform_fen),
           coalesce(array_agg(DISTINCT m.buyer_id) FILTER (WHERE m.buyer_id IS NOT NULL), '{{}}'),
           count(f.id)
    FROM made m LEFT JOIN firsts f ON f.id = m.id GROUP BY m.day, m.store_id, m.source, m.rule
"""

_VISIT = """
    INSERT INTO rollup_visit (day, store_id, scene, visits, visitors)
    WITH came AS (
        SELECT day, 0 AS store_id, scene, visitor FROM visit WHERE day = ANY(CAST(:days AS date[]))
        UNION ALL
        SELECT day, store_id, scene, visitor FROM visit
        WHERE day = ANY(CAST(:days AS date[])) AND store_id IS NOT NULL
    )
    SELECT day, store_id, CASE WHEN grouping(scene) = 1 THEN '*' ELSE scene END, count(*), count(DISTINCT visitor)
    FROM came GROUP BY GROUPING SETS ((day, store_id, scene), (day, store_id))
"""

_THEIRS = "SELECT buyer_id FROM rollup_buyer WHERE day = ANY(CAST(:days AS date[]))"
_BOUGHT = "NOT o.state IN ('pending', 'closed', 'cancelled')"

_LIFETIME = f"""
    INSERT INTO rollup_lifetime AS t (store_id, buyer_id, orders, spent_fen, last_order_at)
    SELECT coalesce(o.store_id, 0), o.buyer_id, count(*), sum(o.payable_fen - o.refunded_fen), max(o.placed_at)
    FROM orders o WHERE o.buyer_id IN ({_THEIRS}) AND {_BOUGHT}
    GROUP BY GROUPING SETS ((o.buyer_id, o.store_id), (o.buyer_id))
    ON CONFLICT (store_id, buyer_id) DO UPDATE
    SET orders = excluded.orders, spent_fen = excluded.spent_fen, last_order_at = excluded.last_order_at
    WHERE (t.orders, t.spent_fen, t.last_order_at)
          IS DISTINCT FROM (excluded.orders, excluded.spent_fen, excluded.last_order_at)
"""

GONE = text(
    f"""
    DELETE FROM rollup_lifetime t WHERE t.buyer_id IN ({_THEIRS}) AND (
        SELECT o.id FROM orders o WHERE o.buyer_id = t.buyer_id AND t.store_id IN (0, o.store_id) AND {_BOUGHT} LIMIT 1
    ) IS NULL
    """
)
"""Buyers of the days as they were counted before who have nothing left: asked before EMPTY forgets who they were."""

FILL = tuple(map(text, (_DAY, _HOUR, _SKU, _BUYER, _SOURCE, _RULE, _VISIT, _LIFETIME)))
"""`_LIFETIME` counts every buyer of the days over all days, so it comes behind `_BUYER`."""
