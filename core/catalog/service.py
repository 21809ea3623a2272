"""Products and prices in sets: whatever their number, a batch costs the same few statements. The caller commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from core.catalog import cache, statements
from core.catalog.barcode import lookup_forms
from core.catalog.bulk import ProductBatch, as_json
from core.catalog.faults import UPDATED, Counts, Fault, counts, fault, repeated
from core.clock import now
from core.db import db

__all__ = ["Counts", "Fault", "change_prices", "find_skus", "lock_catalog", "upsert_products"]

PRICE_FIELDS = ("list_price_fen", "member_price_fen", "cost_fen")


def lock_catalog() -> None:
    """Wait until nobody else writes the shop's catalog; held to the end of the transaction."""
    db.session.execute(statements.LOCK)


def upsert_products(rows: Sequence[Mapping[str, Any]]) -> Counts:
    """Create or change products with one SKU each, found by `sku_code`.

    Fields: sku_code, title, category_path (names from the root), brand, origin, description, video_url, keywords,
    on_shelf, spec, unit, weighed, plu, barcodes, list_price_fen, member_price_fen, cost_fen, store_code and
    shelf_location. A field that is missing or None keeps what is stored (of a new SKU: its default); barcodes that
    are given replace the stored ones. A row that can't be taken is a fault and leaves everything as it is.
    """
    if not rows:
        return Counts()
    lock_catalog()
    done = ProductBatch(rows).run()
    if done.new or done.updated:
        cache.touch()
    return done


def change_prices(rows: Sequence[Mapping[str, Any]]) -> Counts:
    """New prices for SKUs named by `sku_code`, or without it by `barcode`; None keeps the price that is stored.

    Fields: list_price_fen, member_price_fen, cost_fen. Four statements.
    """
    if not rows:
        return Counts()
    lock_catalog()
    skus, faults = find_skus(rows)
    results: list[str | None] = [None] * len(rows)
    changed = []
    for index, sku in skus.items():
        prices = {name: _kept(rows[index].get(name), sku, name) for name in PRICE_FIELDS}
        if any(prices[name] != getattr(sku, name) for name in PRICE_FIELDS):
            changed.append({**prices, "id": sku.sku_id})
            results[index] = UPDATED
    if changed:
        db.session.execute(statements.CHANGE_PRICES, {"rows": as_json(changed)})
        products = sorted({skus[index].product_id for index in skus if results[index]})
        db.session.execute(statements.TOUCH, {"products": products, "now": now()})
        cache.touch()
    return counts(results, faults)


def _kept(given: Any, sku: Row[Any], name: str) -> Any:
    return getattr(sku, name) if given is None else given


def find_skus(rows: Sequence[Mapping[str, Any]], key: str | None = None) -> tuple[dict[int, Row[Any]], list[Fault]]:
    """The SKU of each row by its `sku_code`, or without one by its `barcode`: (SKU by row, faults). One statement.

    A SKU that is named twice is a fault of the later row; where the field `key` tells rows of one SKU apart
    (`store_code`), only twice with the same key.
    """
    forms = ["|".join(lookup_forms(row.get("barcode") or "")) for row in rows]
    values = {"codes": [row.get("sku_code") for row in rows], "barcodes": forms}
    found = {row.position - 1: row for row in db.session.execute(statements.BY_CODE_OR_BARCODE, values)}
    faults = [fault(i, *_named(row), "unknown_sku") for i, row in enumerate(rows) if i not in found]
    names = [f"{found[i].sku_id} {row.get(key) if key else ''}" if i in found else None for i, row in enumerate(rows)]
    for index in sorted(repeated(names)):
        faults.append(fault(index, *_named(rows[index]), "duplicate_row"))
        del found[index]
    return found, faults


def _named(row: Mapping[str, Any]) -> tuple[str, str]:
    name = "sku_code" if row.get("sku_code") else "barcode"
    return name, row[name]
