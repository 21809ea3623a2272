"""The list of orders as staff search it: newest first, any page as fast as the first, however many orders there are.

A page is read per store and state from an index that has the order of the list, and merged; a search first finds the
few orders it can mean, and the SKUs (`core.orders.goods`). Filters that have no index of their own (channel, fulfilment)
are checked on the way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import TextClause, text

from core.db import db
from core.orders import goods
from core.orders.finding import searches
from core.web.keyset import Page, Place, micros, moment_of, page, place

COUNTED = 1000
"""Counting ends here: what is more is shown as 999+."""


@dataclass(frozen=True, slots=True)
class Tab:
    """A group of states as the list's tabs show it; `fulfilment` narrows it, `refunding` means money on its way back."""

    name: str
    label: str
    states: tuple[str, ...] = ()
    fulfilment: str | None = None
    refunding: bool = False


TABS: Mapping[str, Tab] = {
    tab.name: tab
    for tab in (
        Tab("all", "全部"),
        Tab("to_pay", "待付款", ("pending",)),
        Tab("to_prepare", "待备货", ("paid", "preparing")),
        Tab("to_collect", "待提货", ("ready",), "pickup"),
        Tab("to_ship", "待发货", ("ready",), "delivery"),
        Tab("on_the_way", "配送中", ("shipped",)),
        Tab("done", "已完成", ("picked_up", "delivered", "completed")),
        Tab("cancelled", "已取消", ("cancelled", "closed")),
        Tab("refunding", "退款中", refunding=True),
    )
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows. `scope` are the stores that the staff member may see (None: all).

    `since` and `until` (exclusive) are moments of placing. `q` is an order number, pickup code, till number, phone
    (last four digits or whole), member number or the beginning of a buyer's name; with `by_goods` also words for goods,
    an SKU code or a barcode.
    """

    scope: Sequence[int] | None = None
    store_id: int | None = None
    tab: str = "all"
    states: tuple[str, ...] = ()
    channel: str | None = None
    fulfilment: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    q: str | None = None
    by_goods: bool = True
    buyer_id: int | None = None
    number: str | None = None
    reference: str | None = None
    phone_tail: str | None = None

    @property
    def stores(self) -> list[int] | None:
        """The stores to look in, None for every one; a store outside the scope gives none at all."""
        if self.store_id is None:
            return None if self.scope is None else list(self.scope)
        return [self.store_id] if self.scope is None or self.store_id in self.scope else []


_CONDITIONS = {
    "channel": "o.channel = :channel",
    "fulfilment": "o.fulfilment = :fulfilment",
    "since": "o.placed_at >= :since",
    "until": "o.placed_at < :until",
    "buyer_id": "o.buyer_id = :buyer_id",
    "number": "o.number = :number",
    "reference": "o.reference = :reference",
    "phone_tail": '"right"(o.contact_phone, 4) = "right"(:phone_tail, 4)'
    ' AND "right"(o.contact_phone, length(:phone_tail)) = :phone_tail',
    "on": "(o.placed_at, o.id) < (:key_at, :key_id)",
    "back": "(o.placed_at, o.id) > (:key_at, :key_id)",
}
_REFUNDING = "o.id IN (SELECT order_id FROM refund WHERE state IN ('pending', 'processing', 'abnormal'))"
_SOLE = frozenset({"buyer_id", "number", "reference", "phone_tail"})
"""Filters that leave so few orders that stores and states are checked on them instead of being walked."""

_ROWS = """
    SELECT o.id, o.number, o.reference, o.channel, o.state, o.fulfilment, o.store_id, o.buyer_id, s.name AS store_name,
           o.list_fen, o.goods_fen, o.shipping_fen, o.payable_fen, o.refunded_fen, o.placed_at, o.pay_by, o.paid_at,
           o.completed_at, o.slot_starts_at, o.slot_ends_at, o.contact_phone, o.remark, b.name AS buyer_name,
           b.member_no, l.line_count, l.titles,
           EXISTS (SELECT 1 FROM order_hold h WHERE h.order_id = o.id AND h.released_at IS NULL) AS on_hold,
           EXISTS (SELECT 1 FROM refund r WHERE r.order_id = o.id AND r.state IN ('pending', 'processing', 'abnormal'))
               AS refunding
    FROM hit JOIN orders o ON o.id = hit.id JOIN store s ON s.id = o.store_id LEFT JOIN buyer b ON b.id = o.buyer_id
    CROSS JOIN LATERAL (SELECT count(*) AS line_count, (array_agg(title ORDER BY position))[1:3] AS titles
                        FROM order_line WHERE order_id = o.id) l
"""


def list_orders(wanted: Wanted, cursor: str | None = None, limit: int = 20) -> Page[dict[str, Any]]:
    """A page of orders, newest first, each with buyer, number of lines and up to three titles. One statement, a search
    takes another one.

    Raises Invalid for a bad cursor.
    """
    start = place(cursor, int, int)
    skus = goods.skus_meant(wanted.q) if wanted.q and wanted.by_goods else []
    statement = text(f"WITH hit AS ({_hits(wanted, start, bool(skus))}) {_ROWS} {_order('hit.', start)}")
    values = {**_values(wanted, start), "limit": limit + 1, **(goods.values(skus) if skus else {})}
    rows = [dict(row) for row in db.session.execute(statement, values).mappings()]
    return page(rows, limit, start, lambda row: (micros(row["placed_at"]), row["id"]))


def counts(wanted: Wanted) -> dict[str, int]:
    """How many orders each tab would show, at most COUNTED, for the other filters of `wanted`. One statement.

    A search is not counted: its hits are few enough to look at.
    """
    conditions = _names(wanted, Place())
    values = _values(wanted, Place())
    parts = []
    for tab in TABS.values():
        values[f"states_{tab.name}"] = list(tab.states)
        parts.append(_count(tab, conditions, wanted))
    rows = db.session.execute(_counting(tuple(parts)), {**values, "limit": COUNTED}).all()
    return dict(rows)


def capped(number: int) -> str:
    """`12` → `12`, COUNTED and more → `999+`."""
    return f"{COUNTED - 1}+" if number >= COUNTED else str(number)


@lru_cache(maxsize=64)
def _counting(parts: tuple[str, ...]) -> TextClause:
    return text(" UNION ALL ".join(parts))


def _count(tab: Tab, names: Sequence[str], wanted: Wanted) -> str:
    where = [_CONDITIONS[name] for name in names]
    if tab.fulfilment is not None:
        where.append(f"o.fulfilment = '{tab.fulfilment}'")
    if tab.refunding:
        where.append(_REFUNDING)
    found = _walk(wanted.stores, f":states_{tab.name}" if tab.states else None, where, "1", "LIMIT :limit")
    return f"SELECT '{tab.name}', count(*) FROM ({found}) c"


def _hits(wanted: Wanted, start: Place, by_goods: bool) -> str:
    """Ids and moments of the page, as SQL."""
    tab = TABS[wanted.tab]
    where = [_CONDITIONS[name] for name in _names(wanted, start)]
    if tab.fulfilment is not None:
        where.append(f"o.fulfilment = '{tab.fulfilment}'")
    if tab.refunding:
        where.append(_REFUNDING)
    states = ":states" if tab.states or wanted.states else None
    if wanted.q is None and not _SOLE & set(_names(wanted, start)) and not tab.refunding:
        return _first(wanted.stores, states, where, start, ":limit")
    checked = [*where, *_checks(wanted, states)]
    if wanted.q is None:
        return f"SELECT o.id, o.placed_at FROM orders o WHERE {_all(checked)} {_order('o.', start)} LIMIT :limit"
    found = [search.sql for search in searches(wanted.q)]
    if by_goods:
        found += goods.ways(_first(wanted.stores, states, where, start, ":q_window"))
    return _found(found, checked, start)


def _first(stores: Sequence[int] | None, states: str | None, where: Sequence[str], start: Place, limit: str) -> str:
    """The first orders of the page, up to the bound value `limit` of them."""
    walk = _walk(stores, states, where, "o.id, o.placed_at", f"{_order('o.', start)} LIMIT {limit}")
    return f"SELECT p.id, p.placed_at FROM ({walk}) p {_order('p.', start)} LIMIT {limit}"


def _checks(wanted: Wanted, states: str | None) -> list[str]:
    checks = [] if wanted.stores is None else ["o.store_id = ANY(CAST(:stores AS bigint[]))"]
    return checks if states is None else [*checks, f"o.state = ANY(CAST({states} AS text[]))"]


def _found(ways: Sequence[str], where: Sequence[str], start: Place) -> str:
    if not ways:
        return "SELECT id, placed_at FROM orders WHERE false"
    ordered = f"{_order('o.', start)} LIMIT :limit"
    parts = [f"({sql.format(where=_all(where), ordered=ordered)})" for sql in ways]
    return f"SELECT p.id, p.placed_at FROM ({' UNION '.join(parts)}) p {_order('p.', start)} LIMIT :limit"


def _walk(stores: Sequence[int] | None, states: str | None, where: Sequence[str], columns: str, tail: str) -> str:
    """`columns` of the first orders per store and state that have to be told apart."""
    if stores is None and states is None:
        return f"SELECT {columns} FROM orders o WHERE {_all(where)} {tail}"
    known = "SELECT id FROM store" if stores is None else "SELECT unnest(CAST(:stores AS bigint[])) AS id"
    each = "" if states is None else f" CROSS JOIN unnest(CAST({states} AS text[])) AS x(state)"
    state = [] if states is None else ["o.state = x.state"]
    inner = f"SELECT {columns} FROM orders o WHERE {_all(['o.store_id = st.id', *state, *where])} {tail}"
    outer = " LIMIT :limit" if columns == "1" else ""
    return f"SELECT each.* FROM ({known}) st{each} CROSS JOIN LATERAL ({inner}) each{outer}"


def _all(where: Sequence[str]) -> str:
    return " AND ".join(where) or "true"


def _order(alias: str, start: Place) -> str:
    way = "ASC" if start.backwards else "DESC"
    return f"ORDER BY {alias}placed_at {way}, {alias}id {way}"


def _names(wanted: Wanted, start: Place) -> list[str]:
    given = [name for name in _CONDITIONS if getattr(wanted, name, None) is not None]
    return given if start.key is None else [*given, start.direction]


def _values(wanted: Wanted, start: Place) -> dict[str, Any]:
    values = {name: getattr(wanted, name) for name in _names(wanted, Place())}
    values["states"] = list(wanted.states or TABS[wanted.tab].states)
    if wanted.stores is not None:
        values["stores"] = wanted.stores
    if start.key is not None:
        values["key_at"], values["key_id"] = moment_of(start.key[0]), start.key[1]
    if wanted.q is not None:
        for search in searches(wanted.q):
            values |= search.values
    return values
