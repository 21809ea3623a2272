"""Sections that plugins add to the product's form (`product_form_sections`, `save_product_form`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from sqlalchemy import text

from core.catalog.errors import ProductNotFound
from core.db import db
from core.errors import Conflict, Invalid, NotFound
from core.host import showing, writes
from core.host.registry import host
from core.plugin import Context, FormSection, Refused
from core.ui import describing as forms
from core.web.problems import flatten

MAX_SECTIONS = 5
_EXISTS = text("SELECT 1 FROM product WHERE id = :id")


class SectionNotFound(NotFound):
    """No plugin that is on has a section under this name."""

    code = "section_not_found"
    message = "没有找到这个插件的表单，插件可能已停用"


class SectionInvalid(Invalid):
    code = "section_invalid"
    message = "填写的内容有误"


class SectionNotSaved(Conflict):
    """The plugin refused, or failed (`plugin_failed`)."""

    code = "plugin_failed"
    message = "插件出错，内容没有保存"


def sections(context: Context, product_id: int) -> list[dict[str, Any]]:
    """The sections for one product as the console draws them, with present values; raises ProductNotFound."""
    _check_product(product_id)
    return [
        {"plugin": name, **_drawn(section, product_id)} for name, found in _found(context, product_id) for section in found
    ]


def save(context: Context, product_id: int, given: Mapping[str, Mapping[str, Any]]) -> None:
    """Check what was entered, by plugin, and hand it to the plugins; the caller commits.

    Raises ProductNotFound, SectionNotFound, SectionInvalid, SectionNotSaved; then nothing may be kept.
    """
    _check_product(product_id)
    known = dict(_found(context, product_id))
    for name, values in sorted(given.items()):
        if name not in known:
            raise SectionNotFound(field=f"sections.{name}")
        _hand_over(context, name, product_id, _checked(name, known[name], values))


def forms_of(context: Context, product_id: int | None) -> list[tuple[str, list[FormSection]]]:
    """The sections of each plugin as it gave them, for a page that draws their schemas itself.

    Without a product those of a new one: plugins are asked about none, and have no values.
    """
    return _found(context, product_id)


def keep(context: Context, product_id: int, loaded: Mapping[str, Mapping[str, Any]]) -> None:
    """Hand the plugins what their schemas loaded, by plugin; the caller commits. Raises SectionNotSaved."""
    for name, values in sorted(loaded.items()):
        _hand_over(context, name, product_id, dict(values))


def _check_product(product_id: int) -> None:
    if db.session.execute(_EXISTS, {"id": product_id}).first() is None:
        raise ProductNotFound


def _found(context: Context, product_id: int | None) -> list[tuple[str, list[FormSection]]]:
    def shape(answer: Any) -> list[FormSection]:
        found = list(showing.items(answer, FormSection, MAX_SECTIONS))
        for section in found:
            _drawn(section, product_id)
        return found

    shown = showing.ask("product_form_sections", shape, ctx=context, product_ids=_asked(product_id))
    return [(plugin, found) for plugin, found, _ in shown if found]


def _asked(product_id: int | None) -> tuple[int, ...]:
    return () if product_id is None else (product_id,)


def _drawn(section: FormSection, product_id: int | None) -> dict[str, Any]:
    values = section.values.get(product_id, {})
    dumped = forms.plain(forms.instance(section.schema).dump(values))
    return {"title": showing.line(section.title, 60), "fields": forms.describe(section.schema), "values": dumped}


def _checked(name: str, found: list[FormSection], values: Mapping[str, Any]) -> dict[str, Any]:
    """What all sections of the plugin load from `values`; unknown names are refused."""
    schemas = [forms.instance(section.schema) for section in found]
    names = {field["name"] for schema in schemas for field in forms.describe(schema)}
    errors: dict[str, Any] = {key: ["未知字段"] for key in values if key not in names}
    loaded: dict[str, Any] = {}
    for schema in schemas:
        try:
            loaded |= schema.load(values, unknown=ma.EXCLUDE)
        except ma.ValidationError as error:
            errors |= error.normalized_messages()
    if errors:
        told = flatten({"messages": {"json": {"sections": {name: errors}}}})
        raise SectionInvalid(field=told[0]["field"], errors=told)
    return loaded


def _hand_over(context: Context, name: str, product_id: int, values: dict[str, Any]) -> None:
    said = writes.write(
        host().bus, name, "save_product_form", ctx=context, session=db.session, product_id=product_id, values=values
    )
    if said is None or said.error is None:
        return
    if isinstance(said.error, Refused):
        raise SectionNotSaved(said.error.message, code=said.error.code, plugin=name)
    raise SectionNotSaved(plugin=name)
