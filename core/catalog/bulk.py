"""A set of product rows on its way to the few statements that store it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Row

from core.catalog import statements
from core.catalog.barcode import lookup_forms
from core.catalog.faults import NEW, UPDATED, Counts, Fault, counts, fault, repeated
from core.catalog.folding import in_table
from core.catalog.searchtext import search_document
from core.catalog.tree import Tree, brand_ids
from core.clock import now
from core.db import db

PRODUCT_FIELDS = ("title", "category_id", "brand_id", "origin", "description", "video_url", "keywords", "on_shelf")
SKU_FIELDS = ("spec", "unit", "weighed", "plu", "list_price_fen", "member_price_fen", "cost_fen")

_SEARCHED = ("title", "category_id", "brand_id", "keywords", "spec")
_NEEDED = ("title", "list_price_fen")
_PLAIN = {"keywords": "", "on_shelf": True, "spec": "", "unit": None, "weighed": False}


class ProductBatch:
    """Rows as `core.catalog.service.upsert_products` describes them; `run` stores them and says what became of each."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._rows = rows
        self._results: list[str | None] = [None] * len(rows)
        self._faults: list[Fault] = []
        self._refused: set[int] = set()
        codes = [row["sku_code"] for row in rows]
        self._known = {row.code: row for row in db.session.execute(statements.KNOWN, {"codes": codes})}

    def run(self) -> Counts:
        """Needs the lock of the catalog. Nothing of a refused row is written."""
        self._refuse()
        wanted = self._plan()
        new = {i: row for i, row in wanted.items() if self._stored(i) is None}
        ids = self._add(new)
        self._change({i: row for i, row in wanted.items() if i not in new})
        self._set_barcodes(ids)
        self._set_shelves()
        return counts(self._results, self._faults)

    def _refuse(self) -> None:
        codes = [row["sku_code"] for row in self._rows]
        for index in sorted(repeated(codes)):
            self._fail(fault(index, "sku_code", codes[index], "duplicate_row"))
        self._stores = store_ids({row["store_code"] for row in self._rows if row.get("store_code")})
        barcodes, plus = self._owners()
        for index, row in self._open():
            self._refuse_incomplete(index, row)
            self._claim(index, row, barcodes, plus)

    def _refuse_incomplete(self, index: int, row: Mapping[str, Any]) -> None:
        for name in _NEEDED if self._stored(index) is None else ():
            if row.get(name) is None:
                self._fail(fault(index, name, "", "required"))
        store = row.get("store_code")
        if store and store not in self._stores:
            self._fail(fault(index, "store_code", store, "unknown_store"))

    def _owners(self) -> tuple[dict[str, str], dict[str, str]]:
        plus = [row["plu"] for _, row in self._open() if row.get("plu")]
        found = db.session.execute(statements.PLU_OWNERS, {"plus": plus}).all() if plus else ()
        return barcode_owners([code for _, row in self._open() for code in row.get("barcodes") or ()]), dict(found)

    def _claim(self, index: int, row: Mapping[str, Any], barcodes: dict[str, str], plus: dict[str, str]) -> None:
        """Barcodes and PLU belong to the first SKU that names them, stored ones first."""
        code, given, plu = row["sku_code"], row.get("barcodes") or (), row.get("plu")
        for barcode in given:
            if (owner := barcodes.get(barcode, code)) != code:
                self._fail(fault(index, "barcodes", barcode, "barcode_taken", owner=owner))
        if plu and (owner := plus.get(plu, code)) != code:
            self._fail(fault(index, "plu", plu, "plu_taken", owner=owner))
        if index in self._refused:
            return
        barcodes.update((form, code) for barcode in given for form in lookup_forms(barcode))
        if plu:
            plus[plu] = code

    def _plan(self) -> dict[int, dict[str, Any]]:
        """What shall be stored of every row that is left: the old values where it says nothing."""
        tree = Tree()
        tree.grow(tuple(row["category_path"]) for _, row in self._open() if row.get("category_path"))
        brands = brand_ids({row["brand"] for _, row in self._open() if row.get("brand")})
        return {index: self._merge(index, row, tree, brands) for index, row in self._open()}

    def _merge(self, index: int, row: Mapping[str, Any], tree: Tree, brands: Mapping[str, int]) -> dict[str, Any]:
        stored = self._stored(index)
        given = dict(row)
        given["category_id"] = tree.find(row["category_path"]) if row.get("category_path") else None
        given["brand_id"] = brands[row["brand"]] if row.get("brand") else None
        wanted = {name: _first(given.get(name), stored, name) for name in (*PRODUCT_FIELDS, *SKU_FIELDS)}
        wanted["unit"] = wanted["unit"] or ("kg" if wanted["weighed"] else "件")
        wanted["search"] = None
        if differs(stored, wanted, _SEARCHED):
            brand = row.get("brand") or (stored.brand if stored else "") or ""
            spec = " ".join(filter(None, (wanted["spec"], stored.other_specs if stored else "")))
            category = " ".join(tree.names(wanted["category_id"]))
            wanted["search"] = search_document(wanted["title"], wanted["keywords"], brand, category, spec).vector
        return wanted

    def _add(self, wanted: Mapping[int, dict[str, Any]]) -> dict[str, int]:
        if not wanted:
            return {}
        rows = [{**row, "code": self._rows[index]["sku_code"]} for index, row in wanted.items()]
        self._mark(wanted, NEW)
        made = db.session.execute(statements.ADD_PRODUCTS, {"rows": as_json(rows), "now": now()})
        return dict(made.all())

    def _change(self, wanted: Mapping[int, dict[str, Any]]) -> None:
        products, skus, touched = {}, [], set()
        for index, row in wanted.items():
            stored = self._known[self._rows[index]["sku_code"]]
            if differs(stored, row, PRODUCT_FIELDS) or row["search"] is not None:
                products[stored.product_id] = {**row, "id": stored.product_id}
            if differs(stored, row, SKU_FIELDS):
                skus.append({**row, "id": stored.sku_id})
            if differs(stored, row, (*PRODUCT_FIELDS, *SKU_FIELDS)) or self._other_barcodes(index):
                self._mark((index,), UPDATED)
                touched.add(stored.product_id)
        change(list(products.values()), skus, touched)

    def _other_barcodes(self, index: int) -> bool:
        given, stored = self._rows[index].get("barcodes"), self._stored(index)
        return bool(given) and (stored is None or sorted(given) != sorted(stored.barcodes))

    def _set_barcodes(self, ids: Mapping[str, int]) -> None:
        given = {
            stored.sku_id if (stored := self._stored(index)) else ids[row["sku_code"]]: row["barcodes"]
            for index, row in self._open()
            if self._other_barcodes(index)
        }
        set_barcodes(given)

    def _set_shelves(self) -> None:
        """The place of an article in a store (货位) stands with the stock of that store."""
        placed = ((i, row) for i, row in self._open() if row.get("store_code") and row.get("shelf_location"))
        rows = {row["sku_code"]: (i, row) for i, row in placed}
        if not rows:
            return
        values = {
            "stores": [self._stores[row["store_code"]] for _, row in rows.values()],
            "codes": list(rows),
            "shelves": [row["shelf_location"] for _, row in rows.values()],
            "now": now(),
        }
        changed = db.session.execute(statements.SHELVE, values).scalars().all()
        self._mark([rows[code][0] for code in changed if self._results[rows[code][0]] is None], UPDATED)

    def _stored(self, index: int) -> Row[Any] | None:
        return self._known.get(self._rows[index]["sku_code"])

    def _mark(self, indexes: Sequence[int] | Mapping[int, Any], result: str) -> None:
        for index in indexes:
            self._results[index] = result

    def _open(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        return ((i, row) for i, row in enumerate(self._rows) if i not in self._refused)

    def _fail(self, found: Fault) -> None:
        self._faults.append(found)
        self._refused.add(found.index)


def _first(given: Any, stored: Row[Any] | None, name: str) -> Any:
    """What is given, else what is stored; a text that says what is stored already leaves its blanks as they are."""
    if stored is None:
        return _PLAIN.get(name) if given is None else given
    kept = getattr(stored, name)
    if given is None or (isinstance(given, str) and isinstance(kept, str) and in_table(given) == in_table(kept)):
        return kept
    return given


def differs(stored: Row[Any] | None, wanted: Mapping[str, Any], names: Sequence[str]) -> bool:
    return stored is None or any(getattr(stored, name) != wanted[name] for name in names)


def as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(rows).decode()


def store_ids(codes: set[str]) -> dict[str, int]:
    """Ids of stores by code; unknown codes are left out."""
    if not codes:
        return {}
    return dict(db.session.execute(statements.STORES, {"codes": sorted(codes)}).all())


def barcode_owners(barcodes: Sequence[str], besides: Sequence[int] = ()) -> dict[str, str]:
    """SKU codes by barcode, for every form under which these barcodes may be stored, SKUs `besides` left out."""
    forms = sorted({form for barcode in barcodes for form in lookup_forms(barcode)})
    if not forms:
        return {}
    rows = db.session.execute(statements.BARCODE_OWNERS, {"barcodes": forms, "besides": list(besides)})
    return {form: row.code for row in rows for form in lookup_forms(row.barcode)}


def change(products: Sequence[Mapping[str, Any]], skus: Sequence[Mapping[str, Any]], touched: set[int]) -> None:
    """Write changed products and SKUs, then what depends on them. Three statements at most."""
    if products:
        db.session.execute(statements.CHANGE_PRODUCTS, {"rows": as_json(products), "now": now()})
    if skus:
        db.session.execute(statements.CHANGE_SKUS, {"rows": as_json(skus)})
    if touched:
        db.session.execute(statements.TOUCH, {"products": sorted(touched), "now": now()})


def set_barcodes(given: Mapping[int, Sequence[str]]) -> None:
    """Let each SKU have exactly these barcodes, which may belong to another one of them. Two statements."""
    if not given:
        return
    pairs = [(sku_id, barcode) for sku_id, barcodes in given.items() for barcode in barcodes]
    values = {"owners": list(given), "skus": [sku for sku, _ in pairs], "barcodes": [code for _, code in pairs]}
    db.session.execute(statements.DROP_BARCODES, values)
    if pairs:
        db.session.execute(statements.ADD_BARCODES, values)
