"""What staff look at while they pick and hand out: the picklist, the goods of one order, its payments."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from core.db import db
from core.fulfilment.domain import TO_PICK, totals
from core.stores.service import find_store

_LINES = """
    SELECT coalesce(jsonb_agg(jsonb_build_object('position', l.position, 'sku_id', l.sku_id::text, 'sku', l.sku_code,
           'title', l.title, 'spec', l.spec, 'unit', l.unit,
           'quantity', trim_scale(l.quantity - l.refunded_quantity)::text, 'shelf_location', s.shelf_location)
           ORDER BY s.shelf_location, l.position), '[]')
    FROM order_line l LEFT JOIN stock s ON s.store_id = {store} AND s.sku_id = l.sku_id
    WHERE l.order_id = {order} AND l.quantity > l.refunded_quantity
"""
_PICKLIST = text(
    f"""
    SELECT o.number, o.state, o.fulfilment, o.remark, o.contact_phone, o.paid_at, o.slot_starts_at, o.slot_ends_at,
           EXISTS (SELECT 1 FROM order_hold h WHERE h.order_id = o.id AND h.released_at IS NULL) AS on_hold,
           ({_LINES.format(store="o.store_id", order="o.id")}) AS lines
    FROM orders o WHERE o.store_id = :store AND o.state = ANY(:states)
    ORDER BY coalesce(o.slot_starts_at, o.paid_at), o.id LIMIT :limit
    """
)
_GOODS = text(_LINES.format(store="(SELECT store_id FROM orders WHERE id = :order)", order=":order"))
_PAYMENTS = text(
    """
    SELECT p.out_trade_no, p.state, p.amount_fen, p.price_version, p.transaction_id, p.created_at, p.paid_at,
           EXISTS (SELECT 1 FROM refund r WHERE r.payment_id = p.id AND r.kind = 'stray') AS given_back
    FROM payment p WHERE p.order_id = :order ORDER BY p.id
    """
)


def picklist(store_id: int, limit: int) -> dict[str, Any]:
    """Orders to prepare, the most urgent first, and what to fetch for them altogether; raises StoreNotFound."""
    find_store(store_id)
    values = {"store": store_id, "states": list(TO_PICK), "limit": limit}
    rows = [dict(row) for row in db.session.execute(_PICKLIST, values).mappings()]
    return {"orders": rows, "totals": totals(rows)}


def goods(order_id: int) -> list[dict[str, Any]]:
    """The lines of an order that are not refunded, by shelf: what lies in the bag."""
    return db.session.execute(_GOODS, {"order": order_id}).scalar_one()


def payments(order_id: int) -> list[dict[str, Any]]:
    """Every attempt to pay; `given_back`: it came too late or twice and was refunded by itself."""
    return [dict(row) for row in db.session.execute(_PAYMENTS, {"order": order_id}).mappings()]
