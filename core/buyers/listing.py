"""Members and shoppers as staff look them up: search, filter by label, pages both ways."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import TextClause, text

from core.db import db
from core.fulfilment.domain import mask_phone
from core.web.keyset import Page, Place, micros, moment_of, page, place

_TAIL = re.compile(r"[0-9]{4}")
_PHONE = re.compile(r"1[0-9]{10}|\+[0-9]{6,18}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`q` is a member number, a phone (whole or its last four digits) or the beginning of a name; `tag_id` a label.

    `members_only` leaves out shoppers without a member number; `sort` is a key of SORTS. `scope` are the stores whose
    orders count (None: all).
    """

    q: str | None = None
    tag_id: int | None = None
    members_only: bool = False
    sort: str = "joined"
    scope: Sequence[int] | None = None


SORTS: Mapping[str, tuple[str, str, bool]] = {
    "joined": ("最近加入", "coalesce(b.joined_at, b.created_at)", True),
    "joined_first": ("最早加入", "coalesce(b.joined_at, b.created_at)", False),
}
"""Label, key, and whether it falls."""

_SEARCHES = {
    "tail": '"right"(b.phone, 4) = :q',
    "phone": '"right"(b.phone, 4) = "right"(:q, 4) AND b.phone = :q',
    "name": "b.name LIKE :q_name",
    "number": "b.member_no = :q",
}
_FILTERS = {
    "tag_id": "EXISTS (SELECT 1 FROM buyer_tagging t WHERE t.tag_id = :tag_id AND t.buyer_id = b.id)",
    "members_only": "b.member_no IS NOT NULL",
}
_ROWS = """
    SELECT b.id, b.member_no, b.phone, b.name, b.joined_at, b.created_at, hit.key,
           o.orders, o.spent_fen, o.last_order_at,
           (SELECT coalesce(json_agg(json_build_object('id', t.id::text, 'name', t.name, 'colour', t.colour)
                                     ORDER BY t.name), '[]')
            FROM buyer_tagging g JOIN buyer_tag t ON t.id = g.tag_id WHERE g.buyer_id = b.id) AS labels
    FROM hit JOIN buyer b ON b.id = hit.id CROSS JOIN LATERAL (
        SELECT count(*) AS orders, coalesce(sum(payable_fen - refunded_fen), 0)::bigint AS spent_fen,
               max(placed_at) AS last_order_at
        FROM orders WHERE buyer_id = b.id AND NOT state IN ('pending', 'closed', 'cancelled')
          AND (CAST(:scope AS bigint[]) IS NULL OR store_id = ANY(CAST(:scope AS bigint[])))
    ) o
"""


@lru_cache(maxsize=128)
def _statement(names: tuple[str, ...], searched: tuple[str, ...], sort: str, direction: str) -> TextClause:
    _, key, falling = SORTS[sort]
    falling = falling != (direction == "back")
    where = ["b.erased_at IS NULL", *(_FILTERS[name] for name in names)]
    if searched:
        where.append(f"({' OR '.join(_SEARCHES[name] for name in searched)})")
    if direction != "first":
        where.append(f"({key}, b.id) {'<' if falling else '>'} (:key, :key_id)")
    order = "DESC" if falling else "ASC"
    return text(
        f"WITH hit AS (SELECT b.id, {key} AS key FROM buyer b WHERE {' AND '.join(where)}"
        f" ORDER BY 2 {order}, 1 {order} LIMIT :limit) {_ROWS} ORDER BY hit.key {order}, hit.id {order}"
    )


def list_members(wanted: Wanted, full_phone: bool, cursor: str | None = None, limit: int = 20) -> Page[dict[str, Any]]:
    """A page of people: `id`, `member_no`, `name`, `phone` (masked unless `full_phone`), `joined_at`, `created_at`,
    `orders`, `spent_fen` (paid less refunds), `last_order_at`, `labels` (id, name, colour). One statement.

    Raises Invalid for a bad cursor.
    """
    start = place(cursor, int, int)
    searched, values = _search(wanted.q)
    names = [name for name in _FILTERS if getattr(wanted, name)]
    values |= {"tag_id": wanted.tag_id, "limit": limit + 1, "scope": wanted.scope, **_key(start)}
    statement = _statement(tuple(names), searched, wanted.sort, start.direction)
    found = db.session.execute(statement, values).mappings()
    rows = [{**row, "phone": row["phone"] if full_phone else mask_phone(row["phone"])} for row in found]
    return page(rows, limit, start, lambda row: (micros(row["key"]), row["id"]))


def _search(q: str | None) -> tuple[tuple[str, ...], dict[str, Any]]:
    typed = " ".join((q or "").split())[:64]
    if not typed:
        return (), {}
    values = {"q": typed, "q_name": re.sub(r"([\\%_])", r"\\\1", typed) + "%"}
    kinds = ["number"]
    if _TAIL.fullmatch(typed):
        kinds.append("tail")
    if _PHONE.fullmatch(typed):
        kinds.append("phone")
    if not typed.isdigit():
        kinds.append("name")
    return tuple(kinds), values


def _key(start: Place) -> dict[str, Any]:
    return {} if start.key is None else {"key": moment_of(start.key[0]), "key_id": start.key[1]}
