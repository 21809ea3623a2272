"""What the shop sells, for plugins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import text

from core.catalog.barcode import lookup_forms
from core.db import db
from core.plugin.ports import SkuFacts

_FACTS = """
    SELECT s.id, s.code, s.product_id, p.title, s.spec, s.list_price_fen, s.active AND p.on_shelf
    FROM sku s JOIN product p ON p.id = s.product_id
"""
_BY_ID = text(f"{_FACTS} WHERE s.id = ANY(CAST(:ids AS bigint[]))")
_FIND = text(
    f"""
    {_FACTS} WHERE s.code = :code OR s.id IN (SELECT sku_id FROM sku_barcode WHERE barcode = ANY(:barcodes))
    ORDER BY s.code = :code DESC, s.id LIMIT 1
    """
)


_OF_PRODUCTS = text(
    f"{_FACTS} WHERE s.id IN (SELECT min(id) FROM sku WHERE product_id = ANY(CAST(:ids AS bigint[])) GROUP BY product_id)"
)


class SkuBook:
    """The core's `Skus`: one statement a call."""

    def by_id(self, ids: Sequence[int]) -> Mapping[int, SkuFacts]:
        """Facts by id; unknown ones are missing."""
        return {row[0]: SkuFacts(*row) for row in db.session.execute(_BY_ID, {"ids": list(ids)})}

    def find(self, term: str) -> SkuFacts | None:
        """By SKU code, or by barcode in any of the spellings that scanners give."""
        code = term.replace("\x00", "").strip()
        row = db.session.execute(_FIND, {"code": code, "barcodes": list(lookup_forms(code))}).first()
        return None if row is None else SkuFacts(*row)

    def of_products(self, ids: Sequence[int]) -> Mapping[int, SkuFacts]:
        """The first SKU of each product, by the product's id; unknown ones are missing."""
        return {row[2]: SkuFacts(*row) for row in db.session.execute(_OF_PRODUCTS, {"ids": list(ids)})}
