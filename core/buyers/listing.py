"""Members and shoppers as staff look them up: search, filter by label, order by what they bought, pages both ways."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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

    `members_only` leaves out shoppers without a member number. `sort` is one of SORTS, with `-` before it the other way
    round. `scope` are the stores whose orders count (None: all).
    """

    q: str | None = None
    tag_id: int | None = None
    members_only: bool = False
    sort: str = "-joined"
    scope: Sequence[int] | None = None


SORTS = {
    "joined": "coalesce(b.joined_at, b.created_at)",
    "spent": "t.spent_fen",
    "orders": "t.orders",
    "last": "t.last_order_at",
}
"""When somebody came, what one bought altogether, in how many orders, and when last."""

_MOMENTS = frozenset({"joined", "last"})
_LOWEST, _HIGHEST = -1, 2**53
"""In place of the key of who bought nothing: less than the least and more than the most, as integers of a cursor."""

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


def sortable(scope: Sequence[int] | None) -> bool:
    """Whether people can be put in order by what they bought in these stores: it is known per store and of all."""
    return scope is None or len(scope) == 1


@lru_cache(maxsize=128)
def _statement(names: tuple[str, ...], searched: tuple[str, ...], sort: str, direction: str) -> TextClause:
    name = sort.removeprefix("-")
    falling = sort.startswith("-") != (direction == "back")
    order, beyond = ("DESC", "<") if falling else ("ASC", ">")
    where = ["b.erased_at IS NULL", *(_FILTERS[name] for name in names)]
    if searched:
        where.append(f"({' OR '.join(_SEARCHES[name] for name in searched)})")
    hits = (_by_age if name == "joined" else _by_total)(SORTS[name], where, order, beyond, direction)
    return text(f"WITH {hits} {_ROWS} ORDER BY hit.key {order}, hit.id {order}")


def _by_age(key: str, where: list[str], order: str, beyond: str, direction: str) -> str:
    start = [] if direction == "first" else [f"({key}, b.id) {beyond} (:key, :key_id)"]
    return (
        f"hit AS (SELECT b.id, {key} AS key FROM buyer b WHERE {' AND '.join([*where, *start])}"
        f" ORDER BY 2 {order}, 1 {order} LIMIT :limit)"
    )


def _by_total(key: str, where: list[str], order: str, beyond: str, direction: str) -> str:
    """Who bought, from an index in this order; who bought nothing comes behind them, whichever way the list runs.

    The second of the two is only looked for where the first leaves room.
    """
    start = "" if direction == "first" else f" AND ({key}, t.buyer_id) {beyond} (:key, :key_id)"
    bought = (
        f"SELECT b.id, {key} AS key FROM rollup_lifetime t JOIN buyer b ON b.id = t.buyer_id"
        f" WHERE t.store_id = :of AND {' AND '.join(where)}{start}{{room}} ORDER BY {key} {order}, t.buyer_id {order}"
    )
    nothing = (
        f"SELECT b.id, :nothing AS key FROM buyer b WHERE {' AND '.join(where)} AND b.id {beyond} :nothing_id AND NOT EXISTS"
        f" (SELECT 1 FROM rollup_lifetime t WHERE t.store_id = :of AND t.buyer_id = b.id){{room}} ORDER BY b.id {order}"
    )
    one, other = (nothing, bought) if direction == "back" else (bought, nothing)
    room = " AND (SELECT count(*) FROM one) < :limit"
    return (
        f"one AS MATERIALIZED ({one.format(room='')} LIMIT :limit), other AS ({other.format(room=room)} LIMIT :limit),"
        f" hit AS (SELECT * FROM one UNION ALL SELECT * FROM other ORDER BY 2 {order}, 1 {order} LIMIT :limit)"
    )


def list_members(wanted: Wanted, full_phone: bool, cursor: str | None = None, limit: int = 20) -> Page[dict[str, Any]]:
    """A page of people: `id`, `member_no`, `name`, `phone` (masked unless `full_phone`), `joined_at`, `created_at`,
    `orders`, `spent_fen` (paid less refunds), `last_order_at`, `labels` (id, name, colour). One statement.

    An order by what they bought follows the roll-ups, which are seconds behind the figures shown; it needs a scope that
    is `sortable`. Raises Invalid for a bad cursor.
    """
    start = place(cursor, int, int)
    searched, values = _search(wanted.q)
    names = [name for name in _FILTERS if getattr(wanted, name)]
    values |= {"tag_id": wanted.tag_id, "limit": limit + 1, "scope": wanted.scope, **_key(start, wanted)}
    statement = _statement(tuple(names), searched, wanted.sort, start.direction)
    found = db.session.execute(statement, values).mappings()
    rows = [{**row, "phone": row["phone"] if full_phone else mask_phone(row["phone"])} for row in found]
    return page(rows, limit, start, lambda row: (_whole(row["key"]), row["id"]))


def _whole(key: Any) -> int:
    return micros(key) if isinstance(key, datetime) else int(key)


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


def _key(start: Place, wanted: Wanted) -> dict[str, Any]:
    """Where the page begins among those who bought, and among those who bought nothing."""
    falling = wanted.sort.startswith("-")
    sort = wanted.sort.removeprefix("-")
    nothing = _LOWEST if falling else _HIGHEST
    among_them = start.key is not None and start.key[0] == nothing
    all_of_them = _HIGHEST if falling else 0
    own = moment_of if sort in _MOMENTS else int
    values: dict[str, Any] = {} if start.key is None else {"key": own(start.key[0]), "key_id": start.key[1]}
    if sort == "joined":
        return values
    return {
        **values,
        "of": wanted.scope[0] if wanted.scope else 0,
        "nothing": own(nothing),
        "nothing_id": start.key[1] if among_them else all_of_them,
    }
