"""Stock as other systems name it: by store code and SKU code. The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, text

from core.db import db
from core.errors import Invalid
from core.stock.errors import BelowZero, UnknownGoods
from core.stock.receipts import receive as book_receipt
from core.stock.service import Count
from core.stock.service import count as book_count
from core.stores.errors import StoreNotFound
from core.web.fields import quantity_text

_IDS = text(
    """
    SELECT 'store' AS kind, code, id FROM store WHERE code = ANY(CAST(:stores AS text[]))
    UNION ALL SELECT 'sku', code, id FROM sku WHERE code = ANY(CAST(:skus AS text[]))
    """
)
_PAGE = text(
    """
    SELECT s.store_id, s.sku_id, st.code AS store_code, k.code AS sku, s.on_hand, s.reserved, s.safety,
           s.on_hand - s.reserved - s.safety AS sellable, s.shelf_location, s.updated_at
    FROM stock s JOIN store st ON st.id = s.store_id JOIN sku k ON k.id = s.sku_id
    WHERE (CAST(:store_code AS text) IS NULL OR st.code = :store_code) AND (CAST(:sku AS text) IS NULL OR k.code = :sku)
      AND (CAST(:after_store AS bigint) IS NULL OR (s.store_id, s.sku_id) > (:after_store, :after_sku))
    ORDER BY s.store_id, s.sku_id LIMIT :limit
    """
)
_AMOUNTS = ("on_hand", "reserved", "safety", "sellable")


def page(store_code: str | None, sku: str | None, after: Sequence[int] | None, limit: int) -> Sequence[RowMapping]:
    """Stock rows by store and SKU, behind the pair of ids `after`."""
    store_id, sku_id = after or (None, None)
    values = {"store_code": store_code, "sku": sku, "after_store": store_id, "after_sku": sku_id, "limit": limit}
    return db.session.execute(_PAGE, values).mappings().all()


def stock_body(row: RowMapping) -> dict[str, Any]:
    """A row as it leaves, amounts as text."""
    amounts = {name: quantity_text(row[name]) for name in _AMOUNTS}
    return {**row, **amounts, "store_id": str(row["store_id"]), "sku_id": str(row["sku_id"])}


def put_counts(counts: Sequence[dict[str, Any]], reference: str) -> tuple[int, int]:
    """Set what was counted: (rows that are new, rows that changed).

    Raises StoreNotFound, UnknownGoods, BelowZero, and Invalid for a pair that stands twice; then nothing is changed.
    """
    stores, skus = _ids([c["store_code"] for c in counts], [c["sku"] for c in counts])
    seen: set[tuple[int, int]] = set()
    booked = []
    for index, counted in enumerate(counts):
        pair = _store(stores, counted["store_code"], f"counts.{index}.store_code"), _sku(
            skus, counted["sku"], f"counts.{index}.sku"
        )
        if pair in seen:
            raise Invalid(f"商品 {counted['sku']} 在同一门店出现了两次", code="duplicate_row", field=f"counts.{index}.sku")
        seen.add(pair)
        _check_amounts(counted, index)
        booked.append(Count(*pair, counted["on_hand"], counted["safety"], counted["shelf_location"]))
    return book_count(booked, reference)


def _check_amounts(counted: dict[str, Any], index: int) -> None:
    for name in ("on_hand", "safety"):
        if counted[name] is not None and counted[name] < 0:
            raise BelowZero(f"商品 {counted['sku']} 的库存 {counted[name]} 小于 0", field=f"counts.{index}.{name}")


def receive(number: str, store_code: str, lines: Sequence[dict[str, Any]]) -> bool:
    """Book received goods once per number; False when they were booked before.

    Raises StoreNotFound, UnknownGoods, ReceiptReused.
    """
    stores, skus = _ids([store_code], [line["sku"] for line in lines])
    store_id = _store(stores, store_code, "store_code")
    totals: dict[int, Decimal] = {}
    for index, line in enumerate(lines):
        sku_id = _sku(skus, line["sku"], f"lines.{index}.sku")
        totals[sku_id] = totals.get(sku_id, Decimal(0)) + line["qty"]
    return book_receipt(store_id, number, list(totals.items()))


def _ids(store_codes: Sequence[str], sku_codes: Sequence[str]) -> tuple[dict[str, int], dict[str, int]]:
    found: dict[str, dict[str, int]] = {"store": {}, "sku": {}}
    values = {"stores": list(set(store_codes)), "skus": list(set(sku_codes))}
    for kind, code, id_ in db.session.execute(_IDS, values):
        found[kind][code] = id_
    return found["store"], found["sku"]


def _store(stores: dict[str, int], code: str, field: str) -> int:
    if code not in stores:
        raise StoreNotFound(f"没有编码为 {code} 的门店", status=422, field=field)
    return stores[code]


def _sku(skus: dict[str, int], code: str, field: str) -> int:
    if code not in skus:
        raise UnknownGoods(f"没有编码为 {code} 的商品", field=field)
    return skus[code]
