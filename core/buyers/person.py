"""A member as staff see the whole of one: who, since when, what was bought, labels and notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from core.buyers import labels
from core.buyers.errors import MemberNotFound
from core.db import db
from core.fulfilment.domain import mask_phone

_PERSON = text(
    """
    SELECT b.id, b.member_no, b.phone, b.name, b.joined_at, b.created_at, b.tags,
           (SELECT coalesce(json_agg(json_build_object('id', t.id::text, 'name', t.name, 'colour', t.colour)
                                     ORDER BY t.name), '[]')
            FROM buyer_tagging g JOIN buyer_tag t ON t.id = g.tag_id WHERE g.buyer_id = b.id) AS labels,
           o.orders, o.paid_fen, o.refunded_fen, o.paid_fen - o.refunded_fen AS spent_fen, o.saved_fen, o.first_order_at,
           o.last_order_at,
           (SELECT max(given_at) FROM consent c WHERE c.buyer_id = b.id AND c.withdrawn_at IS NULL) AS consent_at
    FROM buyer b CROSS JOIN LATERAL (
        SELECT count(*) AS orders, coalesce(sum(payable_fen), 0)::bigint AS paid_fen,
               coalesce(sum(refunded_fen), 0)::bigint AS refunded_fen,
               coalesce(sum(list_fen - goods_fen), 0)::bigint AS saved_fen,
               min(placed_at) AS first_order_at, max(placed_at) AS last_order_at
        FROM orders WHERE buyer_id = b.id AND NOT state IN ('pending', 'closed', 'cancelled')
          AND (CAST(:scope AS bigint[]) IS NULL OR store_id = ANY(CAST(:scope AS bigint[])))
    ) o
    WHERE b.id = :id AND b.erased_at IS NULL
    """
)


def person(buyer_id: int, scope: Sequence[int] | None, full_phone: bool) -> dict[str, Any]:
    """Who it is (`phone` masked unless `full_phone`), totals over the stores of `scope` (None: all): `orders`,
    `paid_fen`, `refunded_fen`, `spent_fen`, `saved_fen` (discounts), `first_order_at`, `last_order_at`; `labels`,
    `tags` (texts by name from the shop's old system), `notes`. Two statements. Raises MemberNotFound.

    The orders are a list of their own: `core.orders.listing.list_orders(Wanted(scope, buyer_id=…))`.
    """
    values = {"id": buyer_id, "scope": None if scope is None else list(scope)}
    row = db.session.execute(_PERSON, values).mappings().first()
    if row is None:
        raise MemberNotFound
    phone = row["phone"] if full_phone else mask_phone(row["phone"])
    return {**row, "phone": phone, "notes": labels.notes(buyer_id)}
