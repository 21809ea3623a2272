"""The rows that figures come from, as common table expressions over `:days` (date[]) and `:zone` (the shop's).

A sale belongs to the shop day of `paid_at`, which every channel has (sales of tills and of the past: the moment of the
sale); a refund to the day on which WeChat said that it succeeded. Cancelled orders were paid and count; their money
leaves as a refund.
"""

from __future__ import annotations

DAYS = """
    days AS (
        SELECT day, CAST(day AS timestamp) AT TIME ZONE :zone AS since,
               CAST(day + 1 AS timestamp) AT TIME ZONE :zone AS until
        FROM unnest(CAST(:days AS date[])) AS given(day)
    )
"""

SOLD = f"""
    {DAYS}, sold AS MATERIALIZED (
        SELECT d.day, o.id, o.store_id, o.channel, o.buyer_id, o.state, o.placed_at, o.paid_at, o.goods_fen,
               o.shipping_fen, o.payable_fen, o.refunded_fen, o.price_version
        FROM days d JOIN orders o ON o.paid_at >= d.since AND o.paid_at < d.until
    )
"""

BACK = """
    back AS MATERIALIZED (
        SELECT d.day, o.store_id, o.channel, r.id, r.amount_fen, r.done_at
        FROM days d
        JOIN refund r ON r.done_at >= d.since AND r.done_at < d.until AND r.state = 'success' AND r.kind = 'customer'
        JOIN orders o ON o.id = r.order_id
    )
"""

FIRSTS = """
    firsts AS (
        SELECT DISTINCT ON (e.buyer_id) e.id FROM orders e
        WHERE e.buyer_id IN (SELECT buyer_id FROM sold) AND e.paid_at IS NOT NULL
        ORDER BY e.buyer_id, e.paid_at, e.id
    )
"""
"""Each buyer's first paid order in the shop (新客), whatever became of it."""

KEPT = "NOT (s.state = 'cancelled' OR (s.refunded_fen > 0 AND s.refunded_fen >= s.payable_fen))"
"""Paid and not given back whole."""


def first_scene(order: str) -> str:
    """SQL for the scene of the buyer's first visit, if it came before the order `order` (an alias)."""
    return f"""coalesce((SELECT t.scene FROM buyer_touch t
                         WHERE t.buyer_id = {order}.buyer_id AND t.at <= {order}.placed_at), '')"""


def last_scene(order: str) -> str:
    """SQL for the scene of the buyer's latest visit in the seven days before the order was placed."""
    return f"""coalesce((SELECT v.scene FROM visit v WHERE v.buyer_id = {order}.buyer_id AND v.at <= {order}.placed_at
                           AND v.at > {order}.placed_at - interval '7 days' ORDER BY v.at DESC, v.scene LIMIT 1), '')"""


SCENE_BY_TOUCH = {"first": first_scene, "last": last_scene}
