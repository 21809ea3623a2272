"""What the counter shows: the order that a code or the end of a phone number means, and a store's work of today."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text

from core.catalog.pictures import picture_urls, placeholder_url
from core.clock import now, shop_time
from core.db import db
from core.fulfilment.domain import TO_PICK
from core.fulfilment.service import REMEMBERED

CODE, TAIL, NUMBER, NOTHING = "code", "phone", "number", ""

_SPACES = re.compile(r"[\s\-_.]+")
_PICTURE = "160"


def understood(typed: str) -> tuple[str, str]:
    """What was scanned or typed, and as what: a pickup code (8 digits), an order's number (16), the end of a phone
    number (4 to 11), or nothing that helps. Full-width digits, blanks and dashes don't matter."""
    digits = _SPACES.sub("", unicodedata.normalize("NFKC", typed))
    if not (digits.isascii() and digits.isdecimal()):
        return NOTHING, typed
    kinds = {8: CODE, 16: NUMBER}
    kind = kinds.get(len(digits)) or (TAIL if 4 <= len(digits) <= 11 else NOTHING)
    return kind, digits


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an order was found: in which store; `at` and `by` when it was handed out."""

    number: str
    store_id: int
    store_name: str
    at: datetime | None = None
    by: str = ""


_BY_CODE = text(
    """
    SELECT * FROM (
        SELECT o.number, s.id AS store_id, s.name AS store_name, CAST(NULL AS timestamptz) AS at, '' AS by
        FROM store s JOIN orders o ON o.store_id = s.id AND o.pickup_code = :code
        UNION ALL
        SELECT o.number, s.id, s.name, h.at, h.staff_name
        FROM store s JOIN handover h ON h.store_id = s.id AND h.code = :code JOIN orders o ON o.id = h.order_id
    ) found ORDER BY store_id <> :store, at DESC NULLS FIRST LIMIT 1
    """
)
_WAITING = text(
    """
    SELECT o.number, o.store_id, s.name AS store_name, o.state, o.slot_starts_at, o.paid_at, b.name AS buyer_name,
           l.line_count, l.titles
    FROM orders o JOIN store s ON s.id = o.store_id LEFT JOIN buyer b ON b.id = o.buyer_id
    CROSS JOIN LATERAL (SELECT count(*) AS line_count, (array_agg(title ORDER BY position))[1:3] AS titles
                        FROM order_line WHERE order_id = o.id) l
    WHERE "right"(o.contact_phone, 4) = "right"(:tail, 4) AND "right"(o.contact_phone, length(:tail)) = :tail
      AND o.state IN ('paid', 'preparing', 'ready') AND o.fulfilment = 'pickup'
    ORDER BY o.store_id <> :store, o.state <> 'ready', o.id LIMIT 21
    """
)
_GIVEN = text(
    """
    SELECT o.number, o.store_id, s.name AS store_name, h.at, h.staff_name AS by
    FROM orders o JOIN handover h ON h.order_id = o.id JOIN store s ON s.id = o.store_id
    WHERE "right"(o.contact_phone, 4) = "right"(:tail, 4) AND "right"(o.contact_phone, length(:tail)) = :tail
      AND o.placed_at > :placed AND h.at > :since AND o.store_id = :store
    ORDER BY h.id DESC LIMIT 1
    """
)
_LONGEST_WAIT = 30
"""Days between order and hand-over beyond which the end of a phone number is not looked up any more."""


def trace_code(store_id: int, code: str) -> Trace | None:
    """The order with this pickup code: the one of `store_id` if there is one, else another store's; None without one."""
    row = db.session.execute(_BY_CODE, {"store": store_id, "code": code}).first()
    return row and Trace(*row)


def waiting_by_phone(store_id: int, tail: str) -> Sequence[RowMapping]:
    """Orders to be collected by somebody whose phone ends so: those of `store_id` first, ready ones first."""
    return db.session.execute(_WAITING, {"store": store_id, "tail": tail}).mappings().all()


def given_by_phone(store_id: int, tail: str) -> Trace | None:
    """What somebody with such a phone was given at the store within a day."""
    moment = now()
    values = {"store": store_id, "tail": tail, "since": moment - REMEMBERED, "placed": moment - _LONGEST_WAIT * REMEMBERED}
    row = db.session.execute(_GIVEN, values).first()
    return row and Trace(*row)


_ORDER = text(
    """
    SELECT o.id, o.number, o.state, o.fulfilment, o.store_id, o.buyer_id, o.contact_phone, o.remark, o.payable_fen,
           o.slot_starts_at, o.slot_ends_at, o.paid_at, b.name AS buyer_name, b.member_no, h.at AS given_at,
           h.staff_name AS given_by, "right"(o.pickup_code, 4) AS code_tail,
           (SELECT coalesce(json_agg(message ORDER BY id), '[]') FROM order_hold
            WHERE order_id = o.id AND released_at IS NULL) AS holds,
           (SELECT coalesce(json_agg(json_build_object('sku', l.sku_code, 'title', l.title, 'spec', l.spec,
                'unit', l.unit, 'weighed', k.weighed, 'quantity', trim_scale(l.quantity - l.refunded_quantity)::text,
                'refunded', trim_scale(l.refunded_quantity)::text, 'shelf_location', t.shelf_location,
                'product_id', p.id, 'updated_at', p.updated_at,
                'picture', (SELECT json_build_array(digest, widths) FROM product_picture
                            WHERE product_id = p.id ORDER BY position LIMIT 1)) ORDER BY l.position), '[]')
            FROM order_line l JOIN sku k ON k.id = l.sku_id JOIN product p ON p.id = k.product_id
            LEFT JOIN stock t ON t.store_id = o.store_id AND t.sku_id = l.sku_id WHERE l.order_id = o.id) AS lines
    FROM orders o LEFT JOIN buyer b ON b.id = o.buyer_id LEFT JOIN handover h ON h.order_id = o.id
    WHERE o.number = :number AND o.store_id = :store
    """
)


def order_at(store_id: int, number: str) -> dict[str, Any] | None:
    """An order of the store as the counter needs it, in one statement: `lines` with `picture` (an address), `weighed`,
    `quantity` and `refunded` (texts), `holds` (messages), `given_at` and `given_by`; None for no order of the store."""
    row = db.session.execute(_ORDER, {"store": store_id, "number": number}).mappings().first()
    return row and {**row, "lines": [{**line, "picture": picture_of(line)} for line in row["lines"]]}


def picture_of(row: Mapping[str, Any]) -> str:
    """The small picture of a product (`picture`: digest and widths, or None), else the drawing for it."""
    if row["picture"]:
        urls = picture_urls(*row["picture"])
        return urls.get(_PICTURE) or next(iter(urls.values()))
    changed = row["updated_at"]
    at = datetime.fromisoformat(changed) if isinstance(changed, str) else changed
    return placeholder_url(row["product_id"], at)


_OPEN = """
    SELECT o.number, o.state, o.fulfilment, o.remark, o.contact_phone, o.paid_at, o.slot_starts_at, o.slot_ends_at,
           "right"(o.pickup_code, 4) AS code_tail, l.line_count, l.titles, count(*) OVER () AS all_of_them,
           EXISTS (SELECT 1 FROM order_hold h WHERE h.order_id = o.id AND h.released_at IS NULL) AS on_hold
    FROM orders o CROSS JOIN LATERAL (SELECT count(*) AS line_count, (array_agg(title ORDER BY position))[1:3] AS titles
                                      FROM order_line WHERE order_id = o.id) l
    WHERE o.store_id = :store AND {which} ORDER BY coalesce(o.slot_starts_at, o.paid_at), o.id LIMIT :limit
"""
_TO_PREPARE = text(_OPEN.format(which="o.state = ANY(CAST(:states AS text[]))"))
_READY = text(_OPEN.format(which="o.state = 'ready' AND o.fulfilment = 'pickup'"))
_TODAY = text(
    """
    SELECT o.number, o.contact_phone, "right"(h.code, 4) AS code_tail, h.at, h.staff_name AS by, h.all_of_them,
           l.line_count, l.titles
    FROM (SELECT *, count(*) OVER () AS all_of_them FROM (SELECT * FROM handover ORDER BY id DESC LIMIT :seen) latest
          WHERE store_id = :store AND at >= :since AND method <> 'courier' ORDER BY id DESC LIMIT :limit) h
    JOIN orders o ON o.id = h.order_id
    CROSS JOIN LATERAL (SELECT count(*) AS line_count, (array_agg(title ORDER BY position))[1:3] AS titles
                        FROM order_line WHERE order_id = o.id) l ORDER BY h.at DESC, h.id DESC
    """
)
_LATEST = 3000
"""So many of the shop's latest hand-overs are looked through for today's of one store."""


def to_prepare(store_id: int, limit: int) -> Sequence[RowMapping]:
    """Paid orders whose goods somebody has to fetch, the most urgent first; `all_of_them` says how many there are."""
    return db.session.execute(_TO_PREPARE, {"store": store_id, "states": list(TO_PICK), "limit": limit}).mappings().all()


def ready(store_id: int, limit: int) -> Sequence[RowMapping]:
    """Orders that wait for their customers, the same way; `code_tail` is the end of the pickup code, for the bags."""
    return db.session.execute(_READY, {"store": store_id, "limit": limit}).mappings().all()


def given_today(store_id: int, limit: int) -> Sequence[RowMapping]:
    """What was handed out at the counter today, the latest first, with `at` and `by`."""
    midnight = shop_time(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    values = {"store": store_id, "since": midnight, "limit": limit, "seen": _LATEST}
    return db.session.execute(_TODAY, values).mappings().all()


_GOODS = text(
    """
    SELECT k.id, k.weighed, c.name AS category, p.id AS product_id, p.updated_at,
           (SELECT json_build_array(digest, widths) FROM product_picture
            WHERE product_id = p.id ORDER BY position LIMIT 1) AS picture
    FROM sku k JOIN product p ON p.id = k.product_id LEFT JOIN category c ON c.id = p.category_id
    WHERE k.id = ANY(CAST(:ids AS bigint[]))
    """
)


def goods_by_sku(sku_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """For a picklist: `weighed`, `category` (name or None), `picture` (an address)."""
    rows = db.session.execute(_GOODS, {"ids": list(sku_ids)}).mappings()
    return {row["id"]: {**row, "picture": picture_of(row)} for row in rows}
