"""The catalog as staff and other systems read it: everything that is stored, costs and what left the shelf too."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import RowMapping, TextClause, text

from core.catalog import searchsql
from core.catalog.editing import version_of
from core.catalog.errors import ProductNotFound
from core.catalog.pictures import picture_urls, placeholder_url
from core.catalog.searchtext import parse_query
from core.db import db
from core.web.paging import encode_cursor, integer

_SKUS = """
    SELECT json_agg(json_build_object(
        'id', s.id::text, 'code', s.code, 'spec', s.spec, 'unit', s.unit, 'weighed', s.weighed, 'plu', s.plu,
        'list_price_fen', s.list_price_fen, 'member_price_fen', s.member_price_fen, 'cost_fen', s.cost_fen,
        'active', s.active, 'barcodes', ARRAY(SELECT barcode FROM sku_barcode b WHERE b.sku_id = s.id ORDER BY barcode)
    ) ORDER BY s.id) FROM sku s WHERE s.product_id = product.id
"""
_ROWS = f"""
    SELECT product.id, product.title, product.category_id, product.brand_id, brand.name AS brand, product.origin,
           product.description, product.video_url, product.keywords, product.on_shelf, product.min_price_fen,
           product.created_at, product.updated_at, ARRAY[c3.name, c2.name, c.name] AS category_path,
           coalesce(({_SKUS}), '[]') AS skus,
           coalesce((SELECT json_agg(json_build_array(id, digest, widths) ORDER BY position) FROM product_picture
                     WHERE product_id = product.id), '[]') AS pictures
    FROM product
    LEFT JOIN brand ON brand.id = product.brand_id
    LEFT JOIN category c ON c.id = product.category_id
    LEFT JOIN category c2 ON c2.id = c.parent_id
    LEFT JOIN category c3 ON c3.id = c2.parent_id
"""
_ONE = text(f"{_ROWS} WHERE product.id = :id")
_BELOW = """
    WITH RECURSIVE below AS (
        SELECT id FROM category WHERE id = :category_id
        UNION ALL SELECT c.id FROM category c JOIN below b ON c.parent_id = b.id
    ) SELECT id FROM below
"""
_FILTERS = {
    "after": "product.id > :after",
    "category_id": f"product.category_id IN ({_BELOW})",
    "brand_id": "product.brand_id = :brand_id",
    "on_shelf": "product.on_shelf = :on_shelf",
    "changed_since": "product.updated_at >= :changed_since",
    "codes": f"product.id IN (SELECT product_id FROM sku WHERE id IN ({searchsql.CODE_LOOKUP}))",
    "search_match": searchsql.WHERE,
    "nothing": "false",
}


@lru_cache(maxsize=128)
def _list(filters: tuple[str, ...]) -> TextClause:
    conditions = " AND ".join(_FILTERS[name] for name in filters) or "true"
    return text(f"{_ROWS} WHERE {conditions} ORDER BY product.id LIMIT :limit")


def find_product(product_id: int) -> dict[str, Any]:
    """Raises ProductNotFound."""
    row = db.session.execute(_ONE, {"id": product_id}).mappings().first()
    if row is None:
        raise ProductNotFound
    return plain(row)


def list_products(args: Mapping[str, Any]) -> dict[str, Any]:
    """A page by id: `q`, `category_id`, `brand_id`, `on_shelf`, `changed_since`; raises Invalid for a bad cursor."""
    values = {name: args[name] for name in _FILTERS if args.get(name) is not None}
    after = integer(args["cursor"])
    if after is not None:
        values["after"] = after
    query = args.get("q") or ""
    found = _page({**values, **_code(query)}, args["limit"]) if _code(query) else None
    if found is None or not found["items"]:
        found = _page({**values, **_words(query)}, args["limit"])
    return found


def _page(values: Mapping[str, Any], limit: int) -> dict[str, Any]:
    statement = _list(tuple(name for name in _FILTERS if name in values))
    rows = db.session.execute(statement, {**values, "limit": limit + 1}).mappings().all()
    shown = rows[:limit]
    more = encode_cursor(shown[-1]["id"]) if len(rows) > limit else None
    return {"items": [plain(row) for row in shown], "next_cursor": more}


def _code(q: str) -> dict[str, Any]:
    codes = parse_query(q).codes
    return {"codes": list(codes)} if codes else {}


def _words(q: str) -> dict[str, Any]:
    if not q:
        return {}
    query = parse_query(q)
    return {"nothing": True} if query.is_empty else {"search_match": query.match}


def plain(row: RowMapping) -> dict[str, Any]:
    """A product with its SKUs and pictures, ready for JSON; `version` goes back with an edit."""
    return {
        **row,
        "id": str(row["id"]),
        "category_id": None if row["category_id"] is None else str(row["category_id"]),
        "brand_id": None if row["brand_id"] is None else str(row["brand_id"]),
        "category_path": [name for name in row["category_path"] if name],
        "pictures": [{"id": str(id_), "urls": picture_urls(digest, widths)} for id_, digest, widths in row["pictures"]],
        "placeholder": placeholder_url(row["id"], row["updated_at"]),
        "version": version_of(row["updated_at"]),
    }
