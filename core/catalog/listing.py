"""The list of products as staff work with it: filters, sorting, pages both ways, stock over the stores they may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, TextClause, text

from core.catalog import searchsql
from core.catalog.pictures import picture_urls, placeholder_url
from core.catalog.searchtext import parse_query
from core.db import db
from core.settings.service import shop_settings
from core.web.keyset import Page, Place, bad_cursor, page, place


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list shows; None and False ask for nothing. `scope` are the stores whose stock counts (None: all).

    `category_id` means everything below it too; `low` products have an SKU that runs low in one of the stores, `out`
    ones have nothing left to sell in any of them; `q` is words, pinyin, initials, a barcode or an SKU code.
    """

    scope: Sequence[int] | None = None
    category_id: int | None = None
    brand_id: int | None = None
    on_shelf: bool | None = None
    low: bool = False
    out: bool = False
    no_picture: bool = False
    q: str | None = None
    sort: str = "newest"


class _Sort(NamedTuple):
    label: str
    key: str
    kind: str
    descending: bool


_STORES = "(CAST(:scope AS bigint[]) IS NULL OR st.store_id = ANY(CAST(:scope AS bigint[])))"
_SELLABLE = f"""(SELECT coalesce(sum(st.on_hand - st.reserved - st.safety), 0) FROM sku k
    JOIN stock st ON st.sku_id = k.id AND {_STORES} WHERE k.product_id = product.id AND k.active)"""
_LOW = f"""EXISTS (SELECT 1 FROM sku k JOIN stock st ON st.sku_id = k.id AND {_STORES}
    WHERE k.product_id = product.id AND k.active
      AND st.on_hand - st.reserved - st.safety <= coalesce(st.low_at, :low_at))"""
_HELD = f"""LEFT JOIN (
        SELECT k.product_id, sum(st.on_hand - st.reserved - st.safety) AS sellable,
               bool_or(st.on_hand - st.reserved - st.safety <= coalesce(st.low_at, :low_at)) AS low
        FROM sku k JOIN stock st ON st.sku_id = k.id AND {_STORES} WHERE k.active GROUP BY k.product_id
    ) held ON held.product_id = product.id"""
"""The stock of every product in one pass, for what has to look at all of them."""
# The order of GB 18030 is, for the characters that goods are named with, that of their pinyin.
_AMOUNT = "coalesce(held.sellable, 0)"
_NAME = "encode(convert_to(product.title, 'GB18030'), 'hex')"
SORTS: Mapping[str, _Sort] = {
    "newest": _Sort("最新", "product.id", "bigint", True),
    "name": _Sort("名称", _NAME, "text", False),
    "name_down": _Sort("名称倒序", _NAME, "text", True),
    "price": _Sort("价格从低到高", "product.min_price_fen", "bigint", False),
    "price_down": _Sort("价格从高到低", "product.min_price_fen", "bigint", True),
    "stock": _Sort("库存从少到多", _AMOUNT, "numeric", False),
    "stock_down": _Sort("库存从多到少", _AMOUNT, "numeric", True),
}

_BELOW = """WITH RECURSIVE below AS (
        SELECT id FROM category WHERE id = :category_id
        UNION ALL SELECT c.id FROM category c JOIN below b ON c.parent_id = b.id
    ) SELECT id FROM below"""
_FLAGS = {
    "low": "coalesce(held.low, false)",
    "out": f"{_AMOUNT} <= 0",
    "no_picture": "NOT EXISTS (SELECT 1 FROM product_picture pp WHERE pp.product_id = product.id)",
}
_FILTERS = {
    "category_id": f"product.category_id IN ({_BELOW})",
    "brand_id": "product.brand_id = :brand_id",
    "on_shelf": "product.on_shelf = :on_shelf",
    **_FLAGS,
    "codes": f"product.id IN (SELECT product_id FROM sku WHERE id IN ({searchsql.CODE_LOOKUP}))",
    "words": searchsql.WHERE,
    "either": f"({searchsql.WHERE} OR product.id IN (SELECT product_id FROM sku WHERE id IN ({searchsql.CODE_LOOKUP})))",
    "nothing": "false",
}
_ROWS = f"""
    SELECT product.id, product.title, product.category_id, product.on_shelf, product.min_price_fen, product.created_at,
           product.updated_at, brand.name AS brand, hit.key, category.name AS category,
           k.sku_count, k.low_fen, k.high_fen, k.codes,
           {_SELLABLE} AS sellable, {_LOW} AS low,
           (SELECT coalesce(sum(st.on_hand), 0) FROM sku k JOIN stock st ON st.sku_id = k.id AND {_STORES}
            WHERE k.product_id = product.id AND k.active) AS on_hand,
           (SELECT json_build_array(digest, widths) FROM product_picture pp WHERE pp.product_id = product.id
            ORDER BY position LIMIT 1) AS picture
    FROM hit JOIN product ON product.id = hit.id LEFT JOIN brand ON brand.id = product.brand_id
    LEFT JOIN category ON category.id = product.category_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS sku_count, min(list_price_fen) FILTER (WHERE active) AS low_fen,
               max(list_price_fen) FILTER (WHERE active) AS high_fen, (array_agg(code ORDER BY id))[1:3] AS codes
        FROM sku WHERE product_id = product.id
    ) k
"""


@lru_cache(maxsize=512)
def _statement(names: tuple[str, ...], sort: str, direction: str, rows: str = _ROWS) -> TextClause:
    way, key = SORTS[sort], SORTS[sort].key
    descending = way.descending != (direction == "back")
    where = [_FILTERS[name] for name in names]
    if direction != "first":
        where.append(f"({key}, product.id) {'<' if descending else '>'} (CAST(:key AS {way.kind}), :key_id)")
    order = "DESC" if descending else "ASC"
    held = _HELD if key == _AMOUNT or {"low", "out"} & set(names) else ""
    return text(
        f"WITH hit AS (SELECT product.id, {key} AS key FROM product {held} WHERE {' AND '.join(where) or 'true'}"
        f" ORDER BY 2 {order}, 1 {order} LIMIT :limit) {rows} ORDER BY hit.key {order}, hit.id {order}"
    )


def list_products(wanted: Wanted, cursor: str | None = None, limit: int = 20) -> Page[dict[str, Any]]:
    """A page of products; one statement beside the shop's settings.

    Each has `id`, `title`, `category`, `brand`, `on_shelf`, `sku_count`, `codes` (up to three), `low_fen` to `high_fen`
    (prices of the SKUs on sale), `on_hand` and `sellable` (Decimal, over the stores of the scope), `low`,
    `picture` (addresses by width, or None), `placeholder`. Raises Invalid for a bad cursor.
    """
    start = place(cursor, str, int)
    names, values = _asked(wanted)
    rows = db.session.execute(
        _statement(names, wanted.sort, start.direction), {**values, **_key(start, wanted.sort), "limit": limit + 1}
    ).mappings()
    return page([_row(row) for row in rows], limit, start, lambda row: (str(row["key"]), row["id"]))


_SKUS = f"""
    SELECT sku.code, ARRAY(SELECT barcode FROM sku_barcode WHERE sku_id = sku.id ORDER BY barcode) AS barcodes,
           product.title, sku.spec, sku.unit, sku.weighed, product.category_id, brand.name AS brand, sku.list_price_fen,
           sku.member_price_fen, sku.cost_fen, product.on_shelf, product.keywords, product.video_url, product.origin,
           product.description, sku.active, coalesce(held.on_hand, 0) AS on_hand, coalesce(held.sellable, 0) AS sellable
    FROM hit JOIN product ON product.id = hit.id JOIN sku ON sku.product_id = product.id
    LEFT JOIN brand ON brand.id = product.brand_id
    LEFT JOIN LATERAL (
        SELECT sum(st.on_hand) AS on_hand, sum(st.on_hand - st.reserved - st.safety) AS sellable
        FROM stock st WHERE st.sku_id = sku.id AND {_STORES}
    ) held ON true
"""


def list_skus(wanted: Wanted, limit: int) -> list[RowMapping]:
    """Every SKU of the products that a list shows, in its order, as tables and other systems take them.

    `category_id` is its product's; `on_hand` and `sellable` are over the stores of the scope. One statement.
    """
    names, values = _asked(wanted)
    statement = _statement(names, wanted.sort, "first", _SKUS)
    return list(db.session.execute(statement, {**values, "limit": limit}).mappings())


_COUNTS = text(
    f"""
    SELECT count(*) AS every, count(*) FILTER (WHERE on_shelf) AS on_shelf,
           count(*) FILTER (WHERE NOT on_shelf) AS off_shelf,
           {", ".join(f"count(*) FILTER (WHERE {sql}) AS {name}" for name, sql in _FLAGS.items())}
    FROM product {_HELD}
    """
)


def counts(scope: Sequence[int] | None) -> dict[str, int]:
    """How many products there are, and how many of every kind the list can be narrowed to. One statement."""
    return dict(db.session.execute(_COUNTS, _common(scope)).mappings().one())


def _asked(wanted: Wanted) -> tuple[tuple[str, ...], dict[str, Any]]:
    values = _common(wanted.scope)
    names = [name for name in ("category_id", "brand_id", "on_shelf") if getattr(wanted, name) is not None]
    values |= {name: getattr(wanted, name) for name in names}
    names += [name for name in _FLAGS if getattr(wanted, name)]
    if wanted.q and wanted.q.strip():
        query = parse_query(wanted.q)
        values |= {"codes": list(query.codes), "search_match": "" if query.is_empty else query.match}
        names.append(_search(query.is_empty, bool(query.codes)))
    return tuple(names), values


def _search(no_words: bool, codes: bool) -> str:
    if no_words:
        return "codes" if codes else "nothing"
    return "either" if codes else "words"


def _common(scope: Sequence[int] | None) -> dict[str, Any]:
    return {"scope": None if scope is None else list(scope), "low_at": shop_settings()["low_stock_at"]}


def _key(start: Place, sort: str) -> dict[str, Any]:
    if start.key is None:
        return {}
    if SORTS[sort].kind == "text":
        return {"key": start.key[0], "key_id": start.key[1]}
    try:
        return {"key": Decimal(start.key[0]), "key_id": start.key[1]}
    except InvalidOperation:
        raise bad_cursor() from None


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    picture = row["picture"] and picture_urls(*row["picture"])
    return {**row, "picture": picture, "placeholder": placeholder_url(row["id"], row["updated_at"])}
