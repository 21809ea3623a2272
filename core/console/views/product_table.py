"""Products as a table that can be changed elsewhere and imported again: one row per SKU under the importer's headings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.catalog.listing import Wanted, list_skus
from core.catalog.tree import MAX_DEPTH, Tree
from core.imports.columns import header_in
from core.imports.schemas import ProductRow
from core.ui.i18n import gettext as _
from core.ui.i18n import language
from core.web.exports import Yuan

MAX_PRODUCTS = 20_000

_LEVELS = tuple(f"category_l{level}" for level in range(1, MAX_DEPTH + 1))
_FIELDS = (
    "sku_code", "barcodes", "title", "spec", "unit", "weighed", *_LEVELS, "brand", "list_price_fen", "member_price_fen",
    "cost_fen", "on_shelf", "keywords", "origin", "video_url", "description",
)  # fmt: skip
_ONLY_EDITORS = {"cost_fen"}


def header(editor: bool) -> list[str]:
    """The headings; those at the end are for reading only, the importer leaves them alone."""
    known = [header_in(ProductRow, field, language()) for field in _fields(editor)]
    return [*known, _("已停售"), _("现存"), _("可售")]


def rows(wanted: Wanted, editor: bool) -> Iterator[list[Any]]:
    """A row for every SKU of the products that the list shows; what the goods cost is for editors."""
    tree, fields = Tree(), _fields(editor)
    for sku in list_skus(wanted, MAX_PRODUCTS):
        cells = _cells(sku, tree.names(sku["category_id"]))
        yield [*(cells[field] for field in fields), not sku["active"], sku["on_hand"], sku["sellable"]]


def _fields(editor: bool) -> list[str]:
    return [field for field in _FIELDS if editor or field not in _ONLY_EDITORS]


def _cells(sku: Mapping[str, Any], category: Sequence[str]) -> dict[str, Any]:
    names = [*category, *[""] * MAX_DEPTH]
    prices = ("list_price_fen", "member_price_fen", "cost_fen")
    return {
        **sku,
        "sku_code": sku["code"],
        "barcodes": " ".join(sku["barcodes"]),
        **dict(zip(_LEVELS, names, strict=False)),
        **{name: None if sku[name] is None else Yuan(sku[name]) for name in prices},
    }
