"""What the story needs to know of the shop as it stands."""

from __future__ import annotations

import csv
from decimal import Decimal

from sqlalchemy import text

from core.db import db
from core.demo.files import PRODUCTS, open_text
from core.demo.past.shelves import PAPER, Shelf
from core.demo.past.things import Article, Place
from core.stores.service import all_stores, facts

_WRITTEN = text("SELECT EXISTS (SELECT 1 FROM stock_receipt WHERE number LIKE :paper)")
_SKUS = text(
    """
    SELECT s.id, s.product_id, s.code, p.title, s.spec, s.unit, s.weighed, s.list_price_fen, s.member_price_fen
    FROM sku s JOIN product p ON p.id = s.product_id
    WHERE s.code = ANY(CAST(:codes AS text[])) AND s.active AND p.on_shelf ORDER BY s.code
    """
)
_STAFF = text(
    """
    SELECT s.id AS store_id, m.id, m.name FROM store s JOIN LATERAL (
        SELECT f.id, f.name FROM staff f LEFT JOIN staff_store x ON x.staff_id = f.id
        WHERE f.active AND (x.store_id = s.id OR f.role = 'owner')
        ORDER BY x.store_id = s.id DESC NULLS LAST, f.id LIMIT 1
    ) m ON true
    """
)
_SELLABLE = text("SELECT store_id, sku_id, on_hand - reserved - safety FROM stock WHERE store_id = ANY(:stores)")
_TILL = text("SELECT min(id) FROM api_key")


def is_written() -> bool:
    """Whether the shop has its past."""
    return db.session.execute(_WRITTEN, {"paper": f"{PAPER}-%"}).scalar_one()


def articles() -> list[Article]:
    """What the demo's files and the catalog both know, by code."""
    with open_text(PRODUCTS) as file:
        rows = {row["sku"]: row for row in csv.DictReader(file)}
    return [
        Article(*sku, rows[sku.code]["category_l1"], Decimal(rows[sku.code]["stock"]))
        for sku in db.session.execute(_SKUS, {"codes": list(rows)})
    ]


def places() -> list[Place]:
    """The demo's stores by code, with somebody of each."""
    staff = {row.store_id: (row.id, row.name) for row in db.session.execute(_STAFF)}
    rows = [row for row in all_stores() if row["code"].startswith("XT0")]
    return [Place(facts(row), row["district_code"], *staff[row["id"]]) for row in rows]


def sellable(store_ids: list[int]) -> dict[Shelf, Decimal]:
    """What may be sold, by (store, SKU)."""
    rows = db.session.execute(_SELLABLE, {"stores": store_ids})
    return {(store_id, sku_id): quantity for store_id, sku_id, quantity in rows}


def till_id() -> int:
    """The key under which the tills upload their sales."""
    return db.session.execute(_TILL).scalar() or 0
