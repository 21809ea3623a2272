"""The product's form: its schema, the rows of its SKUs, and the sections of plugins under it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma
from marshmallow.validate import Length
from werkzeug.datastructures import MultiDict

from core.catalog import naming, sections
from core.catalog.fields import Code
from core.catalog.forms import ProductForm, SkuForm
from core.catalog.schemas import MAX_SKUS
from core.console.auth import context
from core.stock.byhand import new_number
from core.ui.describing import instance, plain
from core.ui.forms import Control, Form

MAX_BRANDS = 500
NEW_SKU = {"unit": "件", "active": True}
_ROW = re.compile(r"skus\.([0-9]{1,4})\.(\w+)")
_SAYS_NOTHING = {"unit", "active", "weighed"}
"""What a new row has without anybody typing."""


class SkuFields(SkuForm):
    """A new SKU may leave its code to us."""

    code = Code(load_default=None, allow_none=True, metadata={"label": "货号", "help": "留空自动编号"})


class ProductFields(ProductForm):
    skus = ma.fields.List(
        ma.fields.Nested(SkuFields), required=True,
        validate=Length(1, MAX_SKUS, error=f"至少填写一个规格的售价，最多 {MAX_SKUS} 个规格"),
        metadata={"label": "规格与价格"},
    )


def product_form(values: Mapping[str, Any]) -> Form:
    """`values` as `core.catalog.managing.find_product` answers them."""
    choices = {
        "category_id": naming.category_choices(),
        "brand_id": [(row["id"], row["name"]) for row in naming.list_brands(0, MAX_BRANDS)],
    }
    return Form(ProductFields, values, choices)


def read(form: Form, posted: MultiDict[str, str]) -> dict[str, Any] | None:
    """What was typed, with codes for new SKUs that have none; rows in which nothing was typed don't count."""
    data = form.read(_without_empty_rows(posted))
    if data is None:
        return None
    for position, sku in enumerate(data["skus"]):
        if sku["code"] is None and sku["id"] is not None:
            form.refuse_all({"skus": {position: {"code": ["请填写货号"]}}})
            return None
        sku["code"] = sku["code"] or _code(sku["barcodes"])
    return data


def _code(barcodes: Sequence[str]) -> str:
    return barcodes[0] if barcodes else new_number("SP")


def _without_empty_rows(posted: MultiDict[str, str]) -> MultiDict[str, str]:
    """Rows of the form are numbered anew, so that a refusal's number is that of the row as it is drawn."""
    filled = {
        int(found[1]) for name, value in posted.items(multi=True)
        if (found := _ROW.fullmatch(name)) and found[2] not in _SAYS_NOTHING and value.strip()
    }  # fmt: skip
    places = {number: place for place, number in enumerate(sorted(filled))}
    kept: MultiDict[str, str] = MultiDict()
    for name, value in posted.items(multi=True):
        found = _ROW.fullmatch(name)
        if found is None:
            kept.add(name, value)
        elif int(found[1]) in places:
            kept.add(f"skus.{places[int(found[1])]}.{found[2]}", value)
    return kept


def sku_rows(form: Form, more: bool = False) -> list[dict[str, Control]]:
    """The rows of the SKUs by name of the field; one with nothing in it where there are none, or with `more`."""
    drawn = form.control("skus").rows
    filled = [{_field(control): control for control in row} for row in drawn[:-1]]
    return [*filled, blank_row(len(filled))] if more or not filled else filled


def blank_row(number: int | str) -> dict[str, Control]:
    """The inputs of one more SKU; `number` may be a placeholder for a script to fill in."""
    (row, _spare) = Form(ProductFields, {"skus": [NEW_SKU]}, only=["skus"]).control("skus").rows
    return {_field(control): _renamed(control, number) for control in row}


def _field(control: Control) -> str:
    return control.name.rpartition(".")[2]


def _renamed(control: Control, number: int | str) -> Control:
    fields = {name: getattr(control, name) for name in Control.__dataclass_fields__}
    return Control(**{**fields, "name": f"skus.{number}.{_field(control)}"})


class Sections:
    """The sections of plugins: one form each, under the plugin's name. Without a product those of a new one."""

    def __init__(self, product_id: int | None = None) -> None:
        self.forms = [
            (plugin, section.title, _section_form(plugin, section, product_id))
            for plugin, found in sections.forms_of(context(), product_id) for section in found
        ]  # fmt: skip

    def read(self, posted: MultiDict[str, str]) -> dict[str, dict[str, Any]] | None:
        """What was typed, by plugin; None when some of it is wrong."""
        loaded: dict[str, dict[str, Any]] = {}
        read = [(plugin, form.read(posted)) for plugin, _title, form in self.forms]
        for plugin, data in read:
            loaded.setdefault(plugin, {}).update(data or {})
        return None if any(data is None for _plugin, data in read) else loaded

    def keep_typed(self, posted: MultiDict[str, str]) -> None:
        """Draw what was typed, whatever it is."""
        for _plugin, _title, form in self.forms:
            form.typed = posted


def _section_form(plugin: str, section: Any, product_id: int | None) -> Form:
    values = plain(instance(section.schema).dump(section.values.get(product_id, {})))
    return Form(section.schema, values, prefix=f"section-{plugin}.")
