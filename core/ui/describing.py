"""A marshmallow schema as a form: what the console draws, and whether a schema can be drawn at all.

Nothing of a schema leaves this module but JSON values, so the console, the home page's editor and a product's form
need no code of a plugin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import zip_longest
from typing import Any

import marshmallow as ma
import orjson
from marshmallow.validate import ContainsOnly, Length, OneOf, Range

from core.web.fields import Fen, IdField, Moment, Quantity

DEEPEST = 2
"""Groups in groups in groups are nobody's settings."""

SchemaLike = type[ma.Schema] | ma.Schema

_TYPES: tuple[tuple[type[ma.fields.Field], str], ...] = (
    (Fen, "money"),
    (Quantity, "quantity"),
    (IdField, "id"),
    (Moment, "moment"),
    (ma.fields.Boolean, "boolean"),
    (ma.fields.Integer, "integer"),
    (ma.fields.Decimal, "decimal"),
    (ma.fields.Date, "date"),
    (ma.fields.Time, "time"),
    (ma.fields.String, "text"),
    (ma.fields.List, "list"),
    (ma.fields.Nested, "group"),
)
"""The first that fits counts. Floats, naive date-times and free dictionaries are no input of a form."""


def describe(schema: SchemaLike) -> list[dict[str, Any]]:
    """The fields of `schema` in order, as JSON values.

    Each has `name`, `type`, `label`, `help`, `required`, `default` (None without one), `secret`; where they apply also
    `min`, `max`, `min_length`, `max_length`, `choices` (`[{"value", "label"}]`), `unit`, `multiline`, `picture` (the
    text is the address of one), for a `list` its `item`, for a `group` its `fields`. Amounts are in fen, decimals and
    quantities travel as strings.
    """
    return [_described(key, field) for key, field in _fields(schema)]


def faults(schema: SchemaLike) -> list[str]:
    """Every reason why the schema can't be a form; none means it can."""
    try:
        made = instance(schema)
    except Exception as error:
        return [f"the schema can't be made: {type(error).__name__}: {error}"]
    if not isinstance(made, ma.Schema):
        return [f"{made!r} is no marshmallow schema"]
    return [*_schema_faults(made), *_default_faults(made)]


def instance(schema: SchemaLike) -> ma.Schema:
    """The schema as an object; unknown keys are refused."""
    return schema() if isinstance(schema, type) else schema


def plain(value: Any) -> Any:
    """`value` as JSON values: decimals, dates and enums become strings."""
    return orjson.loads(orjson.dumps(value, default=_plain_object))


def secrets(schema: SchemaLike) -> tuple[str, ...]:
    """Names of the fields that are written and never shown."""
    return tuple(key for key, field in _fields(schema) if field.metadata.get("secret"))


def _plain_object(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, set | frozenset) else str(value)


def _fields(schema: SchemaLike) -> Iterator[tuple[str, ma.fields.Field]]:
    for name, field in instance(schema).fields.items():
        yield field.data_key or name, field


def _described(name: str, field: ma.fields.Field) -> dict[str, Any]:
    told = field.metadata
    about = {
        "name": name,
        "type": _type_of(field),
        "label": told.get("label", name),
        "help": told.get("help", ""),
        "required": field.required,
        "default": None if told.get("secret") else _default(field),
        "secret": bool(told.get("secret")),
    }
    extra = {key: told[key] for key in ("unit", "multiline", "picture", "autocomplete") if key in told}
    return about | extra | _bounds(field) | _inner(field)


def _type_of(field: ma.fields.Field) -> str | None:
    if isinstance(field, ma.fields.Nested) and field.many:
        return "list"
    return next((name for kind, name in _TYPES if isinstance(field, kind)), None)


def _default(field: ma.fields.Field) -> Any:
    value = field.load_default
    if value is ma.missing:
        return None
    value = value() if callable(value) else value
    return plain(field.serialize("value", {"value": value}))


def _bounds(field: ma.fields.Field) -> dict[str, Any]:
    found = {key: field.metadata[where] for key, where in (("min", "minimum"), ("max", "maximum"))
             if where in field.metadata}
    for validator in field.validators:
        found |= next((tell(validator) for kind, tell in _VALIDATORS if isinstance(validator, kind)), {})
    return found


def _range(validator: Range) -> dict[str, Any]:
    return _given(min=validator.min, max=validator.max)


def _length(validator: Length) -> dict[str, Any]:
    low, high = validator.min, validator.max
    return _given(min_length=low, max_length=high) if validator.equal is None else _given(
        min_length=validator.equal, max_length=validator.equal
    )


def _choices(validator: OneOf) -> dict[str, Any]:
    pairs = zip_longest(validator.choices, validator.labels)
    return {"choices": [{"value": plain(value), "label": str(label or value)} for value, label in pairs]}


_VALIDATORS: tuple[tuple[type, Callable[[Any], dict[str, Any]]], ...] = (
    (Range, _range),
    (Length, _length),
    (ContainsOnly, _choices),
    (OneOf, _choices),
)


def _given(**values: Any) -> dict[str, Any]:
    return {key: plain(value) for key, value in values.items() if value is not None}


def _inner(field: ma.fields.Field) -> dict[str, Any]:
    if isinstance(field, ma.fields.List):
        return {"item": _described("", field.inner)}
    if not isinstance(field, ma.fields.Nested):
        return {}
    fields = describe(field.schema)
    return {"item": {"name": "", "type": "group", "fields": fields}} if field.many else {"fields": fields}


def _schema_faults(schema: ma.Schema, within: str = "") -> Iterator[str]:
    for key, field in _fields(schema):
        name = f"{within}{key}"
        yield from (f"{name}: {fault}" for fault in _field_faults(field, nested=bool(within)))
        inner = field.inner if isinstance(field, ma.fields.List) else field
        if not isinstance(inner, ma.fields.Nested):
            continue
        if name.count(".") >= DEEPEST:
            yield f"{name}: lies too deep for a form"
        else:
            yield from _schema_faults(inner.schema, f"{name}.")


def _field_faults(field: ma.fields.Field, *, nested: bool) -> Iterator[str]:
    if not str(field.metadata.get("label", "")).strip():
        yield "has no label"
    inner = field.inner if isinstance(field, ma.fields.List) else field
    for part in {id(field): field, id(inner): inner}.values():
        if _type_of(part) is None:
            yield f"{type(part).__name__} is no type that a form can show"
    if isinstance(inner, ma.fields.List):
        yield "is a list of lists"
    if field.dump_only or field.load_only:
        yield "is dump_only or load_only"
    if field.metadata.get("secret"):
        yield from _secret_faults(field, nested)


def _secret_faults(field: ma.fields.Field, nested: bool) -> Iterator[str]:
    if nested:
        yield "is a secret inside a group; only fields at the top can be"
    if _type_of(field) != "text":
        yield "is a secret but no text"
    if field.load_default not in (ma.missing, None, ""):
        yield "is a secret with a default"


def _default_faults(schema: ma.Schema) -> Iterator[str]:
    for key, field in _fields(schema):
        yield from (f"{key}: {fault}" for fault in _own_default_faults(field))
    if any(field.required for _, field in _fields(schema)):
        return
    try:
        loaded = schema.load({})
    except Exception as error:
        yield f"the defaults don't load: {error}"
        return
    if not isinstance(loaded, dict):
        yield "loads to something that is no dictionary"


def _own_default_faults(field: ma.fields.Field) -> Iterator[str]:
    value = field.load_default
    if value is ma.missing or value is None:
        return
    try:
        loaded = field.deserialize(_default(field))
    except Exception as error:
        yield f"its default is refused: {error}"
        return
    # marshmallow hands a default on as it is, so a default of another type would be typed wrong.
    if loaded != (value() if callable(value) else value):
        yield "its default is not what the field loads"
