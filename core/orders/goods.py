"""Orders found by what was bought: the goods that a search can mean, and their orders in two bounded ways."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from core.catalog import searchsql
from core.catalog.searchtext import parse_query
from core.db import db

MOST_SKUS = 300
"""A search means so many SKUs at most; who types a single letter means none in particular."""
LINES = 10_000
"""So many order lines are looked at, shared among the SKUs, the latest of each."""
WINDOW = 5_000
"""So many orders are looked through from where the page begins, one after the other."""

_BY_WORDS = f"""SELECT sku.id FROM sku WHERE sku.product_id IN (
        SELECT id FROM product WHERE {searchsql.WHERE} LIMIT :limit)"""
_CODES = text(f"SELECT id FROM ({searchsql.CODE_LOOKUP}) found LIMIT :limit")
_WORDS = text(f"SELECT id FROM ({searchsql.CODE_LOOKUP} UNION {_BY_WORDS}) found LIMIT :limit")

_OF_SKUS = """SELECT o.id, o.placed_at FROM (
        SELECT DISTINCT each.order_id FROM unnest(CAST(:q_skus AS bigint[])) AS k(id) CROSS JOIN LATERAL (
            SELECT order_id FROM order_line WHERE sku_id = k.id ORDER BY order_id DESC LIMIT :q_each) each
    ) bought JOIN orders o ON o.id = bought.order_id WHERE {where} {ordered}"""
_LATEST = """SELECT o.id, o.placed_at FROM ({walk}) o CROSS JOIN LATERAL (
        SELECT 1 FROM order_line l
        WHERE l.order_id = o.id AND l.sku_id = ANY(CAST(:q_skus AS bigint[])) LIMIT 1) l
    WHERE EXISTS (SELECT 1 FROM unnest(CAST(:q_skus AS bigint[])) AS k(id) WHERE :q_each < (
        SELECT count(*) FROM (SELECT 1 FROM order_line WHERE sku_id = k.id LIMIT :q_each + 1) many)) {ordered}"""


def skus_meant(q: str) -> list[int]:
    """SKUs with this code or barcode, and those of products that a shopper would find with these words. One statement.

    Digits are a code and nothing else.
    """
    query = parse_query(q)
    found = {"codes": list(query.codes), "limit": MOST_SKUS}
    if not query.is_empty and not q.strip().isdigit():
        return list(db.session.execute(_WORDS, {**found, "search_match": query.match}).scalars())
    return list(db.session.execute(_CODES, found).scalars()) if query.codes else []


def ways(walk: str) -> list[str]:
    """SQL for orders with one of `:q_skus`, with places like a Search; `walk` are the WINDOW orders at which the page
    begins.

    Together they hold the latest orders of any goods and every order of goods that are sold rarely; where all of them
    are, nothing is looked through. What is left out are orders of much-sold goods, far behind a page that hardly shows
    any.
    """
    return [_OF_SKUS, _LATEST.replace("{walk}", walk)]


def values(skus: Sequence[int]) -> dict[str, Any]:
    """What `ways` needs to know."""
    return {"q_skus": list(skus), "q_each": LINES // len(skus), "q_window": WINDOW}
