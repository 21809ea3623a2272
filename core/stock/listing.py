"""What a store has, as staff look at it: every SKU on sale with its stock, and the moves behind a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import RowMapping, TextClause, text

from core.catalog import searchsql
from core.catalog.searchtext import parse_query
from core.db import db
from core.settings.service import shop_settings
from core.web.keyset import Page, Place, page, place

KINDS = {
    "receipt": "入库",
    "sale": "订单出库",
    "pos": "收银销售",
    "return": "退货入库",
    "count": "盘点",
    "transfer": "调拨",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list of a store shows: `only` is `low`, `out`, `reserved` or None; `q` words, pinyin, barcode or code."""

    store_id: int
    only: str | None = None
    category_id: int | None = None
    q: str | None = None


_SELLABLE = "coalesce(st.on_hand - st.reserved - st.safety, 0)"
_LOW = f"{_SELLABLE} <= coalesce(st.low_at, :low_at)"
ONLY = {
    "low": ("低库存", _LOW),
    "out": ("缺货", f"{_SELLABLE} <= 0"),
    "reserved": ("有预占", "st.reserved > 0"),
}
_CODES = f"sku.id IN ({searchsql.CODE_LOOKUP})"
_BELOW = """product.category_id IN (WITH RECURSIVE below AS (
        SELECT id FROM category WHERE id = :category_id
        UNION ALL SELECT c.id FROM category c JOIN below b ON c.parent_id = b.id
    ) SELECT id FROM below)"""
_SEARCH = {"words": searchsql.WHERE, "codes": _CODES, "either": f"({searchsql.WHERE} OR {_CODES})", "nothing": "false"}
_FROM = """
    FROM sku JOIN product ON product.id = sku.product_id
    LEFT JOIN stock st ON st.sku_id = sku.id AND st.store_id = :store
"""
_ROWS = f"""
    SELECT sku.id AS sku_id, sku.code, sku.spec, sku.unit, sku.weighed, product.id AS product_id, product.title,
           product.on_shelf, coalesce(st.on_hand, 0) AS on_hand, coalesce(st.reserved, 0) AS reserved,
           coalesce(st.safety, 0) AS safety, {_SELLABLE} AS sellable, st.low_at,
           coalesce(st.low_at, :low_at) AS low_from, {_LOW} AS low, st.shelf_location, st.updated_at
    {_FROM}
"""


@lru_cache(maxsize=128)
def _statement(conditions: tuple[str, ...], direction: str) -> TextClause:
    way, order = ("<", "DESC") if direction == "back" else (">", "ASC")
    where = ["sku.active", *conditions, *([] if direction == "first" else [f"sku.id {way} :key"])]
    return text(f"{_ROWS} WHERE {' AND '.join(where)} ORDER BY sku.id {order} LIMIT :limit")


def list_stock(wanted: Wanted, cursor: str | None = None, limit: int = 50) -> Page[dict[str, Any]]:
    """A page of the store's SKUs, amounts as Decimal; an SKU that was never stocked there has none of anything.

    `low_at` is the SKU's own threshold (None: the shop's), `low_from` the one that counts, `low` whether it is reached.
    One statement beside the settings; raises Invalid for a bad cursor.
    """
    start = place(cursor, int)
    conditions, values = _conditions(wanted)
    rows = db.session.execute(
        _statement(conditions, start.direction), {**values, **_key(start), "limit": limit + 1}
    ).mappings()
    return page([dict(row) for row in rows], limit, start, lambda row: (row["sku_id"],))


_COUNTS = text(
    f"SELECT count(*) AS every, {', '.join(f'count(*) FILTER (WHERE {sql}) AS {name}' for name, (_, sql) in ONLY.items())}"
    f" {_FROM} WHERE sku.active"
)


def counts(store_id: int) -> dict[str, int]:
    """How many SKUs the store's list has: `every`, `low`, `out`, `reserved`. One statement."""
    return dict(db.session.execute(_COUNTS, {"store": store_id, "low_at": _low_at()}).mappings().one())


_ONE = text(f"{_ROWS} WHERE sku.id = ANY(CAST(:skus AS bigint[])) ORDER BY sku.id")


def rows(store_id: int, sku_ids: Sequence[int]) -> list[RowMapping]:
    """The same rows for these SKUs of a store, by id, those that are off sale too."""
    values = {"store": store_id, "skus": list(sku_ids), "low_at": _low_at()}
    return list(db.session.execute(_ONE, values).mappings())


_MOVES = """
    SELECT m.id, m.store_id, s.name AS store_name, m.kind, m.quantity, m.ref, m.note, m.at, f.name AS staff_name
    FROM stock_move m JOIN store s ON s.id = m.store_id LEFT JOIN staff f ON f.id = m.actor_id
    WHERE m.sku_id = :sku AND (CAST(:stores AS bigint[]) IS NULL OR m.store_id = ANY(CAST(:stores AS bigint[])))
"""
_FIRST = text(f"{_MOVES} ORDER BY m.id DESC LIMIT :limit")
_ON = text(f"{_MOVES} AND m.id < :key ORDER BY m.id DESC LIMIT :limit")
_BACK = text(f"{_MOVES} AND m.id > :key ORDER BY m.id LIMIT :limit")
_WAYS = {"first": _FIRST, "on": _ON, "back": _BACK}


def moves(
    sku_id: int, stores: Sequence[int] | None, cursor: str | None = None, limit: int = 50
) -> Page[dict[str, Any]]:
    """Every change of an SKU's stock in `stores` (None: all), newest first; `kind_label` says what it was."""
    start = place(cursor, int)
    values = {"sku": sku_id, "stores": None if stores is None else list(stores), "limit": limit + 1, **_key(start)}
    found = db.session.execute(_WAYS[start.direction], values).mappings()
    items = [{**row, "kind_label": KINDS.get(row["kind"], row["kind"])} for row in found]
    return page(items, limit, start, lambda row: (row["id"],))


def _conditions(wanted: Wanted) -> tuple[tuple[str, ...], dict[str, Any]]:
    values: dict[str, Any] = {"store": wanted.store_id, "low_at": _low_at()}
    conditions = [] if wanted.only is None else [ONLY[wanted.only][1]]
    if wanted.category_id is not None:
        conditions.append(_BELOW)
        values["category_id"] = wanted.category_id
    if wanted.q and wanted.q.strip():
        query = parse_query(wanted.q)
        values |= {"codes": list(query.codes), "search_match": "" if query.is_empty else query.match}
        conditions.append(_SEARCH[_way(query.is_empty, bool(query.codes))])
    return tuple(conditions), values


def _way(no_words: bool, codes: bool) -> str:
    if no_words:
        return "codes" if codes else "nothing"
    return "either" if codes else "words"


def _key(start: Place) -> dict[str, Any]:
    return {} if start.key is None else {"key": start.key[0]}


def _low_at() -> int:
    return shop_settings()["low_stock_at"]
