"""Keeps `product.search` true to what it is made of: title, keywords, brand, category names and specs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from core.catalog import cache
from core.catalog.bulk import as_json
from core.catalog.searchtext import search_document
from core.db import db

CHUNK = 500

_FACTS = text(
    """
    SELECT p.id, p.title, p.keywords, coalesce(b.name, '') AS brand,
           concat_ws(' ', c3.name, c2.name, c.name) AS category,
           coalesce((SELECT string_agg(spec, ' ' ORDER BY id) FROM sku WHERE product_id = p.id), '') AS spec
    FROM product p
    LEFT JOIN brand b ON b.id = p.brand_id
    LEFT JOIN category c ON c.id = p.category_id
    LEFT JOIN category c2 ON c2.id = c.parent_id
    LEFT JOIN category c3 ON c3.id = c2.parent_id
    WHERE p.id = ANY(:ids)
    """
)
_STORE = text(
    """
    UPDATE product p SET search = CAST(i.search AS tsvector)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS i(id bigint, search text) WHERE p.id = i.id
    """
)
_BELOW = """
    WITH RECURSIVE below AS (
        SELECT id FROM category WHERE id = :category
        UNION ALL SELECT c.id FROM category c JOIN below b ON c.parent_id = b.id
    )
    SELECT id FROM product WHERE category_id IN (SELECT id FROM below) AND id > :after ORDER BY id LIMIT :limit
"""
_OF_CATEGORY = text(_BELOW)
_OF_BRAND = text("SELECT id FROM product WHERE brand_id = :brand AND id > :after ORDER BY id LIMIT :limit")


def index_products(ids: Sequence[int]) -> None:
    """Make the search documents of these products anew, in the current transaction."""
    rows = db.session.execute(_FACTS, {"ids": list(ids)}).all()
    documents = [
        {"id": r.id, "search": search_document(r.title, r.keywords, r.brand, r.category, r.spec).vector} for r in rows
    ]
    if documents:
        db.session.execute(_STORE, {"rows": as_json(documents)})


def index_category(category_id: int) -> None:
    """A job: after a category was renamed or moved, everything below it. Commits chunk by chunk."""
    _index_all(_OF_CATEGORY, {"category": category_id})


def index_brand(brand_id: int) -> None:
    """A job: after a brand was renamed. Commits chunk by chunk."""
    _index_all(_OF_BRAND, {"brand": brand_id})


def _index_all(statement: object, values: dict[str, int]) -> None:
    after = 0
    while ids := db.session.execute(statement, {**values, "after": after, "limit": CHUNK}).scalars().all():
        index_products(ids)
        cache.touch()
        db.session.commit()
        after = ids[-1]
