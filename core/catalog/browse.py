"""What a shopper sees of the catalog: each answer is one statement and dicts built by hand. Nothing here is cached.

Stock is never part of it: availability changes with every order and has an answer of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from orjson import Fragment
from sqlalchemy import RowMapping, TextClause, text

from core.catalog import searchsql
from core.catalog.errors import ProductNotFound
from core.catalog.hotread import one_row
from core.catalog.pictures import picture_urls, placeholder_url
from core.catalog.searchtext import SearchQuery
from core.db import db
from core.web.paging import encode_cursor, integers

Path = tuple[tuple[int, str], ...]

ORDERS = {
    "id": ("product.id", "product.id > :after_id"),
    "new": ("product.id DESC", "product.id < :after_id"),
    "price": ("product.min_price_fen, product.id", "(product.min_price_fen, product.id) > (:after_key, :after_id)"),
    "price_desc": (
        "product.min_price_fen DESC, product.id DESC",
        "(product.min_price_fen, product.id) < (:after_key, :after_id)",
    ),
    "rank": ("rank, product.id", "(rank, product.id) > (:after_key, :after_id)"),
}
"""ORDER BY, and what stands behind the cursor: the last product's sort key and id."""

_FILTERS = {
    "category_id": """product.category_id IN (
        WITH RECURSIVE below AS (
            SELECT id FROM category WHERE id = :category_id
            UNION ALL SELECT c.id FROM category c JOIN below b ON c.parent_id = b.id
        ) SELECT id FROM below)""",
    "brand_id": "product.brand_id = :brand_id",
    "min_price_fen": "product.min_price_fen >= :min_price_fen",
    "max_price_fen": "product.min_price_fen <= :max_price_fen",
    "codes": f"product.id IN (SELECT product_id FROM sku WHERE active AND id IN ({searchsql.CODE_LOOKUP}))",
    "match": searchsql.WHERE,
}

_CARDS = """
    SELECT product.*, s.skus, s.sku_id, s.member_price_fen, s.spec, s.unit, s.weighed, pic.digest, pic.widths
    FROM (
        SELECT product.id, product.title, product.category_id, product.brand_id, product.min_price_fen,
               product.updated_at{rank}
        FROM {source} AS product
        WHERE product.on_shelf{conditions}
        ORDER BY {order} LIMIT :limit
    ) AS product
    JOIN LATERAL (
        SELECT count(*) AS skus, min(member_price_fen) AS member_price_fen,
               (array_agg(id ORDER BY list_price_fen, id))[1] AS sku_id,
               (array_agg(spec ORDER BY list_price_fen, id))[1] AS spec,
               (array_agg(unit ORDER BY list_price_fen, id))[1] AS unit,
               (array_agg(weighed ORDER BY list_price_fen, id))[1] AS weighed
        FROM sku WHERE sku.product_id = product.id AND sku.active HAVING count(*) > 0
    ) AS s ON true
    LEFT JOIN product_picture pic ON pic.product_id = product.id AND pic.position = 0
    ORDER BY {order}
"""
"""The page is cut before its SKUs and pictures are looked up; every product has a SKU that is for sale (`editing`)."""


@lru_cache(maxsize=256)
def _cards(filters: tuple[str, ...], order: str, paged: bool) -> TextClause:
    by, behind = ORDERS[order]
    conditions = "".join(f" AND {_FILTERS[name]}" for name in filters if name != "match")
    source = "product"
    if "match" in filters:
        source = f"(SELECT product.*, {searchsql.RANK} AS rank FROM product WHERE {searchsql.WHERE})"
    if paged:
        conditions += f" AND {behind}"
    rank = ", product.rank" if "match" in filters else ""
    return text(_CARDS.format(source=source, conditions=conditions, order=by, rank=rank))


def list_products(args: Mapping[str, Any]) -> dict[str, Any]:
    """A page of cards: `category_id` (with everything below it), `brand_id`, `min_price_fen`, `max_price_fen`, `sort`.

    Raises Invalid for a bad cursor.
    """
    return _page(_filters(args), args["sort"], args, {})


def search_products(query: SearchQuery, args: Mapping[str, Any]) -> dict[str, Any]:
    """A page of hits, best first; a SKU code or barcode that is found stands alone. The query must not be empty.

    Filters as in `list_products`. Raises Invalid for a bad cursor.
    """
    if query.codes and not args.get("cursor"):
        found = _page((*_filters(args), "codes"), "id", args, {"codes": list(query.codes)})
        if found["items"]:
            return {**found, "next_cursor": None}
    return _page((*_filters(args), "match"), "rank", args, searchsql.params(query))


def _filters(args: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in _FILTERS if args.get(name) is not None)


def _page(filters: tuple[str, ...], order: str, args: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    after = integers(args.get("cursor"), 2)
    values = {name: args[name] for name in filters if name in args} | dict(more)
    if after is not None:
        values |= {"after_key": after[0], "after_id": after[1]}
    statement = _cards(filters, order, after is not None)
    rows = db.session.execute(statement, {**values, "limit": args["limit"] + 1}).mappings().all()
    shown = rows[: args["limit"]]
    last = _cursor_of(shown[-1], order) if len(rows) > len(shown) else None
    return {"items": [card(row) for row in shown], "next_cursor": last}


def _cursor_of(row: RowMapping, order: str) -> str:
    key = row["rank"] if order == "rank" else row["min_price_fen"]
    return encode_cursor(key, row["id"])


def card(row: Mapping[str, Any]) -> dict[str, Any]:
    """A product in a list: prices are those of its cheapest SKU, `sku_id` is that SKU."""
    return {
        "id": str(row["id"]),
        "title": row["title"],
        "category_id": _id(row["category_id"]),
        "brand_id": _id(row["brand_id"]),
        "price_fen": row["min_price_fen"],
        "member_price_fen": row["member_price_fen"],
        "sku_id": str(row["sku_id"]),
        "sku_count": row["skus"],
        "spec": row["spec"],
        "unit": row["unit"],
        "weighed": row["weighed"],
        "picture": picture_urls(row["digest"], row["widths"]) if row["digest"] else None,
        "placeholder": placeholder_url(row["id"], row["updated_at"]),
    }


_SKUS = """
    SELECT json_agg(json_build_object(
        'id', s.id::text, 'code', s.code, 'spec', s.spec, 'unit', s.unit, 'weighed', s.weighed,
        'list_price_fen', s.list_price_fen, 'member_price_fen', s.member_price_fen,
        'barcodes', ARRAY(SELECT barcode FROM sku_barcode b WHERE b.sku_id = s.id ORDER BY barcode)
    ) ORDER BY s.list_price_fen, s.id)::text
    FROM sku s WHERE s.product_id = p.id AND s.active
"""
_DETAIL = f"""
    SELECT p.title, p.category_id, p.brand_id, (SELECT name FROM brand WHERE id = p.brand_id), p.origin, p.description,
           p.video_url, p.min_price_fen, p.updated_at, ({_SKUS}),
           ARRAY(SELECT digest || ' ' || widths FROM product_picture WHERE product_id = p.id ORDER BY position)
    FROM product p WHERE p.id = %(id)s AND p.on_shelf
"""


def product_detail(product_id: int, paths: Mapping[int, Path]) -> dict[str, Any]:
    """Everything about a product that is for sale; raises ProductNotFound. SKUs come cheapest first.

    `paths` are the categories as `category_paths` gives them.
    """
    row = one_row(_DETAIL, {"id": product_id})
    if row is None or row[9] is None:
        raise ProductNotFound
    title, category_id, brand_id, brand, origin, description, video_url, price_fen, updated_at, skus, pictures = row
    return {
        "id": str(product_id),
        "title": title,
        "brand": None if brand_id is None else {"id": str(brand_id), "name": brand},
        "category_path": [{"id": str(id_), "name": name} for id_, name in paths.get(category_id, ())],
        "origin": origin,
        "description": description,
        "video_url": video_url,
        "price_fen": price_fen,
        "skus": Fragment(skus),
        "pictures": [picture_urls(*picture.split(" ")) for picture in pictures],
        "placeholder": placeholder_url(product_id, updated_at),
    }


_NODES = text("SELECT id, parent_id, name FROM category")


def category_paths() -> dict[int, Path]:
    """Id and name of every step from the root, by category."""
    nodes = {row.id: row for row in db.session.execute(_NODES)}
    return {id_: _path(id_, nodes) for id_ in nodes}


def _path(category_id: int | None, nodes: Mapping[int, Any]) -> Path:
    if category_id is None:
        return ()
    node = nodes[category_id]
    return (*_path(node.parent_id, nodes), (category_id, node.name))


_TREE = text("SELECT id, parent_id, name FROM category WHERE active ORDER BY position, id")


def category_tree() -> list[dict[str, Any]]:
    """Active categories as a tree; what hangs below an inactive one is not shown."""
    nodes: dict[int | None, dict[str, Any]] = {None: {"children": []}}
    rows: Sequence[RowMapping] = db.session.execute(_TREE).mappings().all()
    for row in rows:
        nodes[row["id"]] = {"id": str(row["id"]), "name": row["name"], "children": []}
    for row in rows:
        parent = nodes.get(row["parent_id"])
        if parent is not None:
            parent["children"].append(nodes[row["id"]])
    return nodes[None]["children"]


_DRAWN = text(
    """
    SELECT p.title, ARRAY[c3.name, c2.name, c.name] AS path,
           (SELECT spec FROM sku WHERE product_id = p.id AND active ORDER BY list_price_fen, id LIMIT 1) AS spec
    FROM product p
    LEFT JOIN category c ON c.id = p.category_id
    LEFT JOIN category c2 ON c2.id = c.parent_id
    LEFT JOIN category c3 ON c3.id = c2.parent_id
    WHERE p.id = :id
    """
)


def drawing_facts(product_id: int) -> tuple[str, list[str], str]:
    """Title, category names and spec of a product, for its placeholder; raises ProductNotFound."""
    row = db.session.execute(_DRAWN, {"id": product_id}).first()
    if row is None:
        raise ProductNotFound
    return row.title, [name for name in row.path if name], row.spec or ""


def _id(value: int | None) -> str | None:
    return None if value is None else str(value)
