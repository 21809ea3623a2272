"""Orders as people look at them: one statement per page, one per order, however many lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, TextClause, text

from core.db import db
from core.orders.errors import OrderNotFound

_SUMMARY = """
    SELECT o.id, o.number, o.reference, o.channel, o.state, o.fulfilment, o.store_id, o.buyer_id, s.name AS store_name,
           o.list_fen, o.goods_fen, o.shipping_fen, o.payable_fen, o.refunded_fen, o.placed_at, o.pay_by, o.paid_at,
           o.completed_at, o.slot_starts_at, o.slot_ends_at, o.contact_phone, l.line_count, l.titles,
           EXISTS (SELECT 1 FROM order_hold h WHERE h.order_id = o.id AND h.released_at IS NULL) AS on_hold
    FROM orders o JOIN store s ON s.id = o.store_id
    CROSS JOIN LATERAL (SELECT count(*) AS line_count, (array_agg(title ORDER BY position))[1:3] AS titles
                        FROM order_line WHERE order_id = o.id) l
"""

_FILTERS = {
    "before": "o.id < :before",
    "state": "o.state = :state",
    "buyer_id": "o.buyer_id = :buyer_id",
}


def page(limit: int, **filters: Any) -> Sequence[RowMapping]:
    """A shopper's orders, newest first (staff have `core.orders.listing`): `before` is the last id of the page before,
    the other filters are keys of _FILTERS; a filter that is None does not count."""
    wanted = {name: value for name, value in filters.items() if value is not None}
    return db.session.execute(_page_statement(*wanted), {**wanted, "limit": limit}).mappings().all()


def _page_statement(*names: str) -> TextClause:
    where = " AND ".join(_FILTERS[name] for name in names) or "true"
    return text(f"{_SUMMARY} WHERE {where} ORDER BY o.id DESC LIMIT :limit")


_DETAIL = """
    SELECT o.id, o.number, o.reference, o.channel, o.state, o.fulfilment, o.store_id, o.list_fen, o.goods_fen,
           o.shipping_fen, o.payable_fen, o.refunded_fen, o.placed_at, o.pay_by, o.paid_at, o.completed_at,
           o.slot_starts_at, o.slot_ends_at, o.delivery_to, o.contact_phone, o.remark, o.pickup_code, o.price_version,
           jsonb_build_object('id', s.id::text, 'code', s.code, 'name', s.name, 'address', s.address, 'phone', s.phone)
               AS store,
           o.buyer_id::text AS buyer_id, b.member_no, b.name AS buyer_name,
           (SELECT jsonb_agg(jsonb_build_object('position', l.position, 'sku_id', l.sku_id::text, 'sku', l.sku_code,
                'title', l.title, 'spec', l.spec, 'unit', l.unit, 'quantity', trim_scale(l.quantity)::text,
                'list_price_fen', l.list_price_fen, 'list_fen', l.list_fen, 'payable_fen', l.payable_fen,
                'refunded_quantity', trim_scale(l.refunded_quantity)::text, 'refunded_fen', l.refunded_fen)
                ORDER BY l.position) FROM order_line l WHERE l.order_id = o.id) AS lines,
           (SELECT jsonb_agg(jsonb_build_object('lane', p.lane, 'source', p.source, 'rule', p.rule,
                'rule_version', p.rule_version, 'bearer', p.bearer, 'amount_fen', p.amount_fen,
                'allocation', p.allocation, 'reason', p.reason) ORDER BY p.seq)
            FROM order_price_step p WHERE p.order_id = o.id AND p.price_version = o.price_version) AS steps,
           (SELECT jsonb_agg(jsonb_build_object('from_state', m.from_state, 'to_state', m.to_state, 'at', m.at,
                'actor', m.actor, 'by', f.name, 'why', m.why) ORDER BY m.id)
            FROM order_move m LEFT JOIN staff f ON m.actor = 'staff' AND f.id = m.actor_id
            WHERE m.order_id = o.id) AS moves,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('source', h.source, 'code', h.code, 'message', h.message,
                'since', h.created_at) ORDER BY h.id), '[]')
            FROM order_hold h WHERE h.order_id = o.id AND h.released_at IS NULL) AS holds,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('number', r.out_refund_no, 'amount_fen', r.amount_fen,
                'shipping_fen', r.shipping_fen, 'reason', r.reason, 'state', r.state, 'created_at', r.created_at,
                'done_at', r.done_at) ORDER BY r.id), '[]')
            FROM refund r WHERE r.order_id = o.id AND r.kind = 'customer') AS refunds,
           (SELECT jsonb_build_object('at', h.at, 'by', h.staff_name, 'method', h.method)
            FROM handover h WHERE h.order_id = o.id) AS handover
    FROM orders o JOIN store s ON s.id = o.store_id LEFT JOIN buyer b ON b.id = o.buyer_id
"""
_OWN = text(f"{_DETAIL} WHERE o.number = :number AND o.buyer_id = :buyer")
_ANY = text(f"{_DETAIL} WHERE o.number = :number")

_FOR_STAFF_ONLY = ("reference", "buyer_id", "buyer_name", "price_version")
_FOR_BUYER_ONLY = ("pickup_code",)


def own_order(number: str, buyer_id: int) -> dict[str, Any]:
    """A buyer's order with lines, ledger steps, moves, refunds; raises OrderNotFound for somebody else's.

    Notes of staff (moves that change no state) and their names are left out.
    """
    row = db.session.execute(_OWN, {"number": number, "buyer": buyer_id}).mappings().first()
    if row is None:
        raise OrderNotFound
    body = _without(row, _FOR_STAFF_ONLY)
    moves = [{**move, "by": None} for move in body["moves"] if move["from_state"] != move["to_state"]]
    return {**body, "moves": moves}


def any_order(number: str) -> dict[str, Any]:
    """An order as staff see it: everything but the pickup code, which only the buyer has. Raises OrderNotFound."""
    row = db.session.execute(_ANY, {"number": number}).mappings().first()
    if row is None:
        raise OrderNotFound
    return _without(row, _FOR_BUYER_ONLY)


def _without(row: RowMapping, names: Sequence[str]) -> dict[str, Any]:
    body = {name: value for name, value in row.items() if name not in names}
    return {**body, "id": str(row["id"]), "store_id": str(row["store_id"])}


def summary(row: RowMapping) -> dict[str, Any]:
    """A row of `page` as it leaves: ids as strings."""
    return _without(row, ("buyer_id",))


_PLACED = text("SELECT number, state, payable_fen, pay_by FROM orders WHERE id = :id")
_OWN_ID = text("SELECT id FROM orders WHERE number = :number AND buyer_id = :buyer")


def placed(order_id: int) -> dict[str, Any]:
    """What the answer to a placed order says."""
    return dict(db.session.execute(_PLACED, {"id": order_id}).mappings().one())


def own_id(number: str, buyer_id: int) -> int:
    """The id of a buyer's order; raises OrderNotFound for somebody else's."""
    order_id = db.session.execute(_OWN_ID, {"number": number, "buyer": buyer_id}).scalar()
    if order_id is None:
        raise OrderNotFound
    return order_id


_LOCK = "SELECT id, number, state, store_id, buyer_id, fulfilment FROM orders WHERE number = :number"
_LOCK_ANY = text(f"{_LOCK} FOR UPDATE")
_LOCK_OWN = text(f"{_LOCK} AND buyer_id = :buyer FOR UPDATE")


def lock_order(number: str) -> RowMapping:
    """The order, nobody else moves it until this transaction ends; raises OrderNotFound."""
    return _found(db.session.execute(_LOCK_ANY, {"number": number}).mappings().first())


def lock_own_order(number: str, buyer_id: int) -> RowMapping:
    """The same for a buyer's own order; raises OrderNotFound for somebody else's."""
    return _found(db.session.execute(_LOCK_OWN, {"number": number, "buyer": buyer_id}).mappings().first())


def _found(row: RowMapping | None) -> RowMapping:
    if row is None:
        raise OrderNotFound
    return row


_STATE = text("SELECT state FROM orders WHERE id = :id")


def state_of(order_id: int) -> str:
    return db.session.execute(_STATE, {"id": order_id}).scalar_one()
