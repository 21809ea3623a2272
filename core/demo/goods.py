"""The demo shop's articles and its opening stock."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import text

from core.catalog import service as catalog
from core.clock import now, travel
from core.db import db
from core.demo.files import PRODUCTS, open_text, path_of
from core.demo.past.story import begin_of
from core.imports.batches import read_batches
from core.imports.readers import open_rows
from core.services import services
from core.stock import service as stock

log = structlog.get_logger()

OPENING = "DEMO-OPENING"
MEMBER_PERCENTS = (None, None, 95, None, 92, None, None, 97, None, 90)
"""会员价: what members pay of the list price, by the article's place in the file; None is no member price."""

_DONE = text("SELECT EXISTS (SELECT 1 FROM stock_move WHERE ref = :ref)")
_PLACES = text("SELECT id FROM store WHERE code LIKE 'XT0_' ORDER BY id")
_SKUS = text("SELECT code, id FROM sku WHERE code = ANY(:codes)")


def fill_shelves() -> None:
    """Take the articles into the catalog and count the opening stock of every store, once. Commits all or nothing."""
    if db.session.execute(_DONE, {"ref": OPENING}).scalar_one():
        db.session.rollback()
        return
    for rows in _products():
        done = catalog.upsert_products(rows)
        for fault in done.faults:
            log.warning("demo_product_refused", sku=rows[fault.index]["sku_code"], reason=fault.message)
    _count_opening_stock()
    db.session.commit()


def _products() -> Iterator[list[dict[str, Any]]]:
    with open_text("xingtai_weighed_plu.csv") as file:
        plus = {row["sku"]: row["plu5"] for row in csv.DictReader(file)}
    with path_of(PRODUCTS) as path, open_rows(path, PRODUCTS) as rows:
        for batch in read_batches(rows, "products"):
            for error in batch.errors:
                log.warning("demo_product_refused", line=error.line, reason=error.message)
            yield [{**row, "plu": plus.get(row["sku_code"]), "member_price_fen": _member_price(row)} for row in batch.rows]


def _member_price(row: dict[str, Any]) -> int | None:
    percent = MEMBER_PERCENTS[int(row["sku_code"][-4:]) % len(MEMBER_PERCENTS)]
    return percent and row["list_price_fen"] * percent // 100


def _count_opening_stock() -> None:
    with open_text(PRODUCTS) as file:
        rows = list(csv.DictReader(file))
    ids = dict(db.session.execute(_SKUS, {"codes": [row["sku"] for row in rows]}).all())
    places = db.session.execute(_PLACES).scalars().all()
    counts = [
        stock.Count(store_id, ids[row["sku"]], Decimal(row["stock"]), shelf_location=row["shelf_location"])
        for store_id in places
        for row in rows
        if row["sku"] in ids
    ]
    opening = min(begin_of(now(), services().config.demo_days), now())
    with travel((opening - now()).total_seconds()):
        stock.count(counts, OPENING)
