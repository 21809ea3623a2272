"""What becomes of the rows of a batch: each kind of file has one set operation of the feature that owns the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from core.buyers.members import upsert_members
from core.catalog.bulk import store_ids
from core.catalog.faults import FAILED, NEW, UPDATED, Counts, Fault, counts, fault
from core.catalog.service import change_prices, find_skus, upsert_products
from core.db import db
from core.imports.batches import Batch
from core.imports.columns import preferred_header
from core.imports.errors import RowError, shown
from core.imports.schemas import SCHEMAS
from core.stock import service as stock

_FILLED = ("title", "spec", "unit", "weighed", "keywords", "on_shelf", "brand", "origin", "description", "video_url")
"""Fields whose default must not overwrite what is stored when the file has no column for them."""

_WEIGHED_BY = {"weighed", "spec"}

_HELD = text(
    """
    SELECT s.store_id, s.sku_id, s.on_hand, s.safety, s.shelf_location
    FROM unnest(CAST(:stores AS bigint[]), CAST(:skus AS bigint[])) AS w(store_id, sku_id)
    JOIN stock s USING (store_id, sku_id)
    """
)


@dataclass(frozen=True, slots=True)
class Terms:
    """On whose behalf a file is imported: `stores` are the codes this person may touch (None: all), `ref` the paper
    that stock moves are booked on.
    """

    kind: str
    ref: str
    stores: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of each row of the batch, and the lines that could not be taken."""

    counts: Counts
    errors: list[RowError]


def apply(batch: Batch, terms: Terms) -> Applied:
    """Store the good rows of a batch in the current transaction. The caller commits."""
    allowed = {i for i, row in enumerate(batch.rows) if _may(row, terms)}
    refused = [fault(i, "store_code", row["store_code"], "other_store") for i, row in _others(batch.rows, allowed)]
    kept = sorted(allowed)
    done = _store(batch, [batch.rows[i] for i in kept], terms)
    faults = [*refused, *(found._replace(index=kept[found.index]) for found in done.faults)]
    results = dict(zip(kept, done.results, strict=True))
    counts = Counts(tuple(results.get(i, FAILED) for i in range(len(batch.rows))), tuple(faults))
    return Applied(counts, [_row_error(found, batch, terms.kind) for found in faults])


def left_out(batch: Batch, kind: str) -> frozenset[str]:
    """Columns of the file that nothing is done with."""
    if kind == "members" and "growth" in batch.present:
        return batch.ignored | {preferred_header(SCHEMAS[kind], "growth")}
    if kind == "products" and "shelf_location" in batch.present and "store_code" not in batch.present:
        return batch.ignored | {preferred_header(SCHEMAS[kind], "shelf_location")}
    return batch.ignored


def _may(row: Mapping[str, Any], terms: Terms) -> bool:
    return terms.stores is None or not row.get("store_code") or row["store_code"] in terms.stores


def _others(rows: Sequence[Any], allowed: set[int]) -> list[tuple[int, Any]]:
    return [(i, row) for i, row in enumerate(rows) if i not in allowed]


def _store(batch: Batch, rows: Sequence[dict[str, Any]], terms: Terms) -> Counts:
    if terms.kind == "products":
        return upsert_products([_as_given(row, batch.present) for row in rows])
    if terms.kind == "prices":
        return change_prices(rows)
    if terms.kind == "members":
        return upsert_members(rows)
    return count_stock(rows, terms.ref)


def _as_given(row: Mapping[str, Any], present: frozenset[str]) -> dict[str, Any]:
    """The row with None for what the file has no column for."""
    given = set(present) | ({"weighed"} if _WEIGHED_BY & present else set())
    return {name: None if name in _FILLED and name not in given else value for name, value in row.items()}


def count_stock(rows: Sequence[Mapping[str, Any]], ref: str) -> Counts:
    """Set `on_hand` to what was counted (盘点): store_code, sku_code or barcode, on_hand, safety, shelf_location.

    Goods that are sold by the piece are counted in whole units. Six statements however many rows.
    """
    if not rows:
        return Counts()
    skus, faults = find_skus(rows, key="store_code")
    stores = store_ids({row["store_code"] for row in rows})
    faults += _objections(rows, skus, stores)
    refused = {found.index for found in faults}
    wanted = {
        index: stock.Count(
            stores[rows[index]["store_code"]],
            sku.sku_id,
            rows[index]["on_hand"],
            rows[index].get("safety"),
            rows[index].get("shelf_location"),
        )
        for index, sku in skus.items()
        if index not in refused
    }
    results = _foreseen(len(rows), wanted)
    if wanted:
        stock.count(list(wanted.values()), ref)
    return counts(results, faults)


def _objections(rows: Sequence[Mapping[str, Any]], skus: Mapping[int, Any], stores: Mapping[str, int]) -> list[Fault]:
    found = []
    for index, sku in skus.items():
        row = rows[index]
        if row["store_code"] not in stores:
            found.append(fault(index, "store_code", row["store_code"], "unknown_store"))
        if not sku.weighed and row["on_hand"] != row["on_hand"].to_integral_value():
            found.append(fault(index, "on_hand", f"{row['on_hand']:f}", "whole_units_only", unit=sku.unit))
    return found


def _foreseen(size: int, wanted: Mapping[int, stock.Count]) -> list[str | None]:
    """What counting will change, for the report; the statements decide for themselves."""
    values = {"stores": [c.store_id for c in wanted.values()], "skus": [c.sku_id for c in wanted.values()]}
    held = {(row.store_id, row.sku_id): row for row in db.session.execute(_HELD, values)} if wanted else {}
    results: list[str | None] = [None] * size
    for index, count in wanted.items():
        row = held.get((count.store_id, count.sku_id))
        if row is None:
            results[index] = NEW
        elif _other(count.on_hand, row.on_hand) or _other(count.safety, row.safety) or (
            count.shelf_location not in (None, row.shelf_location)
        ):
            results[index] = UPDATED
    return results


def _other(counted: Decimal | None, held: Decimal) -> bool:
    return counted is not None and counted != held


def _row_error(found: Fault, batch: Batch, kind: str) -> RowError:
    column = preferred_header(SCHEMAS[kind], found.field)
    return RowError(batch.lines[found.index], column, shown(found.value), found.code, found.message)
