"""From a scanned code to a SKU: barcodes of articles, and the labels of the shop's own scales (称重码)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import RowMapping, text

from core.catalog.barcode import WeighedLabel, lookup_forms, parse_barcode, parse_weighed
from core.catalog.errors import ProductNotFound, SkuNotFound
from core.clock import now
from core.db import db
from core.stores.service import find_store
from core.web.fields import quantity_text

_GRAM = Decimal("0.001")
_COLUMNS = """
    SELECT s.id, s.product_id, p.title, s.code, s.spec, s.unit, s.weighed, s.list_price_fen, s.member_price_fen
    FROM sku s JOIN product p ON p.id = s.product_id WHERE s.active AND p.on_shelf
"""
_BY_BARCODE = text(
    _COLUMNS + " AND s.id IN (SELECT sku_id FROM sku_barcode WHERE barcode = ANY(:forms)) ORDER BY s.id LIMIT 1"
)
_BY_PLU = text(_COLUMNS + " AND s.plu = :plu")


def scan(code: str) -> dict[str, Any]:
    """The SKU behind a scanned code; of a scale's label also its `amount_fen` and the quantity this amount pays for.

    Raises BarcodeError for what is no barcode or has a wrong check digit, SkuNotFound for one that nothing carries.
    """
    label = parse_weighed(code)
    if label is not None:
        row = db.session.execute(_BY_PLU, {"plu": label.plu}).mappings().first()
    else:
        forms = lookup_forms(parse_barcode(code, field="code").value)
        row = db.session.execute(_BY_BARCODE, {"forms": list(forms)}).mappings().first()
    if row is None:
        raise SkuNotFound(f"没有条码为 {code[:40]} 的商品", field="code")
    return {**_sku(row), "label": _label(label, row["list_price_fen"]) if label else None}


def _sku(row: RowMapping) -> dict[str, Any]:
    return {**row, "id": str(row["id"]), "product_id": str(row["product_id"])}


def _label(label: WeighedLabel, unit_fen: int) -> dict[str, Any]:
    """What the label says; the quantity is the amount divided by today's price, to the gram."""
    quantity = (Decimal(label.amount_fen) / unit_fen).quantize(_GRAM, ROUND_HALF_UP) if unit_fen else None
    return {
        "plu": label.plu,
        "amount_fen": label.amount_fen,
        "quantity": None if quantity is None else quantity_text(quantity),
    }


_AVAILABILITY = text(
    """
    SELECT s.id AS sku_id, s.unit, greatest(coalesce(st.on_hand - st.reserved - st.safety, 0), 0) AS sellable,
           st.shelf_location
    FROM product p JOIN sku s ON s.product_id = p.id AND s.active
    LEFT JOIN stock st ON st.sku_id = s.id AND st.store_id = :store
    WHERE p.id = :product AND p.on_shelf ORDER BY s.list_price_fen, s.id
    """
)


def availability(product_id: int, store_id: int) -> dict[str, Any]:
    """What the store can sell of each SKU right now; raises ProductNotFound, StoreNotFound. Two statements."""
    find_store(store_id)
    rows: Sequence[RowMapping] = (
        db.session.execute(_AVAILABILITY, {"product": product_id, "store": store_id}).mappings().all()
    )
    if not rows:
        raise ProductNotFound
    items = [
        {
            "sku_id": str(row["sku_id"]),
            "sellable": quantity_text(row["sellable"]),
            "unit": row["unit"],
            "shelf_location": row["shelf_location"],
        }
        for row in rows
    ]
    return {"store_id": str(store_id), "items": items, "at": now()}
