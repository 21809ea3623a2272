"""What staff look at while they pick and hand out: the picklist, the goods of one order, its payments, its story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from core.catalog.pictures import picture_urls, placeholder_url
from core.db import db
from core.fulfilment.domain import TO_PICK, totals
from core.orders import reading, words
from core.orders.panels import panels
from core.plugin import Context
from core.stores.service import find_store
from core.web.fields import quantity_text

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


_WHY = text(
    """
    SELECT detail->>'why' FROM audit_log WHERE target = :target AND action = 'orders.adjust' ORDER BY id
    """
)

_PICTURES = text(
    """
    SELECT k.id, p.id AS product_id, p.updated_at,
           (SELECT json_build_array(digest, widths) FROM product_picture pp WHERE pp.product_id = p.id
            ORDER BY position LIMIT 1) AS picture
    FROM sku k JOIN product p ON p.id = k.product_id WHERE k.id = ANY(:skus)
    """
)
_SMALL = "160"


def pictures(sku_ids: Sequence[int]) -> dict[int, str]:
    """The address of a small picture of every SKU's product, the drawing where it has none. One statement."""
    rows = db.session.execute(_PICTURES, {"skus": list(sku_ids)})
    return {row.id: _small(row) for row in rows}


def _small(row: Any) -> str:
    found = picture_urls(*row.picture) if row.picture else {}
    return found.get(_SMALL) or next(iter(found.values()), "") or placeholder_url(row.product_id, row.updated_at)


_NUMBERS = text("SELECT number FROM orders WHERE id = ANY(:ids) ORDER BY placed_at, id")
_SLIPS = text(
    """
    SELECT o.number, o.store_id, o.channel, o.state, o.fulfilment, o.remark, o.contact_phone, o.placed_at, o.paid_at,
           o.slot_starts_at, o.slot_ends_at, o.delivery_to, o.list_fen, o.goods_fen, o.shipping_fen, o.payable_fen,
           o.refunded_fen, b.name AS buyer_name, b.member_no, s.name AS store_name, s.address AS store_address,
           s.phone AS store_phone,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('sku', l.sku_code, 'title', l.title, 'spec', l.spec, 'unit', l.unit,
                'quantity', trim_scale(l.quantity - l.refunded_quantity)::text, 'shelf_location', k.shelf_location,
                'amount_fen', l.payable_fen - l.refunded_fen) ORDER BY k.shelf_location, l.position), '[]')
            FROM order_line l LEFT JOIN stock k ON k.store_id = o.store_id AND k.sku_id = l.sku_id
            WHERE l.order_id = o.id AND l.quantity > l.refunded_quantity) AS lines
    FROM orders o JOIN store s ON s.id = o.store_id LEFT JOIN buyer b ON b.id = o.buyer_id
    WHERE o.number = ANY(:numbers) ORDER BY coalesce(o.slot_starts_at, o.placed_at), o.id
    """
)


def numbers(ids: Sequence[int]) -> list[str]:
    """The numbers of the orders with these ids, the oldest first; unknown ids are left out."""
    return list(db.session.execute(_NUMBERS, {"ids": list(ids)}).scalars())


def slips(order_numbers: Sequence[str]) -> list[dict[str, Any]]:
    """What a packing slip says of each order: its goods by shelf without what was refunded, who and where, the sums.

    One statement. Unknown numbers are left out; whose stores they are is the caller's question.
    """
    return [dict(row) for row in db.session.execute(_SLIPS, {"numbers": list(order_numbers)}).mappings()]


def story(number: str, context: Context) -> dict[str, Any]:
    """An order with everything its page shows, in three statements beside what plugins ask for their panels.

    What `core.orders.reading.any_order` says, and `payments`, `ledger` (`core.orders.words.Entry`), `timeline`
    (`words.Event`), `refundable` (see there), `extensions` (panels by plugin). Raises OrderNotFound; whether the staff
    member may see the order's store (`int(story["store_id"])`) is the caller's question.
    """
    order = reading.any_order(number)
    order_id = int(order["id"])
    moves = order["moves"] or ()
    changed = order["price_version"] > 1
    reasons = db.session.execute(_WHY, {"target": f"order:{number}"}).scalars().all() if changed else ()
    adjusted = words.adjustments(moves, order["price_version"], reasons)
    why = moves[adjusted[-1]]["why"] if adjusted else ""
    return {
        **order,
        "payments": payments(order_id),
        "ledger": words.ledger(order["steps"] or (), why),
        "timeline": words.timeline(moves, adjusted),
        "refundable": refundable(order),
        "extensions": panels(context, [order])[order_id],
    }


def refundable(order: Mapping[str, Any]) -> dict[str, Any]:
    """What of an order (of `any_order`) may still go back.

    `lines` has per line `position`, `quantity` (text) and `amount_fen` that are left; `shipping_fen` goes back only
    with the rest of the order; `total_fen` is what "all that is left" gives.
    """
    open_ = order["state"] not in {"pending", "closed", "cancelled"}
    lines = [_left(line) for line in order["lines"]] if open_ else []
    lines = [line for line in lines if line["quantity"] != "0"]
    shipping = order["shipping_fen"] - sum(refund["shipping_fen"] for refund in order["refunds"]) if lines else 0
    return {"lines": lines, "shipping_fen": shipping, "total_fen": _sum(lines) + shipping}


def _left(line: Mapping[str, Any]) -> dict[str, Any]:
    quantity = Decimal(line["quantity"]) - Decimal(line["refunded_quantity"])
    return {
        "position": line["position"],
        "quantity": quantity_text(quantity),
        "amount_fen": line["payable_fen"] - line["refunded_fen"],
    }


def _sum(lines: Sequence[Mapping[str, Any]]) -> int:
    return sum(line["amount_fen"] for line in lines)
