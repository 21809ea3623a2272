"""A form from a marshmallow schema: drawn, read, and drawn again with what was typed and what is wrong with it.

The names of inputs are paths (`zones.0.fee_fen`). Money is typed in yuan, moments on the shop's clock; what the schema
gets are the JSON values that an API would get, so one schema serves both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import marshmallow as ma
from flask import request
from werkzeug.datastructures import MultiDict

from core.clock import SHOP_ZONE, shop_time
from core.money import yuan
from core.ui.describing import SchemaLike, describe, instance
from core.ui.i18n import told
from core.web.problems import flatten
from tenants.errors import Refusal

Choices = Sequence[tuple[Any, str]]
_MONEY = re.compile(r"(-?)[¥￥]?\s*([0-9]{1,9})(?:\.([0-9]{1,2}))?")
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Control:
    """One input as the template draws it; `value` is what stands in it, a list of values for a choice of several."""

    name: str
    kind: str
    label: str
    help: str = ""
    required: bool = False
    value: Any = ""
    error: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    least: Any = None
    most: Any = None
    longest: int | None = None
    autocomplete: str = "off"
    controls: tuple[Control, ...] = ()
    rows: tuple[tuple[Control, ...], ...] = ()

    @property
    def id(self) -> str:
        return "f-" + self.name.replace(".", "-")


@dataclass
class Form:
    """`schema` filled with `values` (JSON values, money in fen).

    `choices` gives fields (by path without numbers: `zones.kind`) their options; `only` and `hidden` choose fields.
    In a view: `if (data := form.submitted()) is not None: …save…; return redirect(…)`, then render the form.
    """

    schema: SchemaLike
    values: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Choices] = field(default_factory=dict)
    only: Sequence[str] | None = None
    prefix: str = ""
    problem: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    typed: MultiDict[str, str] | None = None

    def submitted(self) -> dict[str, Any] | None:
        """What the schema makes of the posted fields; None when nothing was posted or something is wrong with it."""
        return self.read(request.form) if request.method == "POST" else None

    def read(self, posted: MultiDict[str, str]) -> dict[str, Any] | None:
        self.typed = posted
        wire: dict[str, Any] = {}
        for about in self._fields():
            self._take(wire, about, f"{self.prefix}{about['name']}")
        if self.errors:
            self.problem = "请改正标出的内容"
            return None
        try:
            return instance(self.schema).load(wire, partial=self._others())
        except ma.ValidationError as error:
            self.refuse_all(error.normalized_messages())
            return None

    def refuse_all(self, messages: Mapping[str, Any]) -> None:
        """Show marshmallow's messages beside their fields."""
        for fault in flatten({"messages": {"form": messages}}):
            self._note(fault["field"], fault["message"])
        self.problem = self.problem or "请改正标出的内容"

    def refuse(self, error: Refusal) -> None:
        """Show a refusal beside the field that it names, or above the form."""
        if error.field and any(f"{self.prefix}{about['name']}" == error.field.split(".")[0] for about in self._fields()):
            self._note(error.field, error.message)
            self.problem = "请改正标出的内容"
        else:
            self.problem = error.message

    @property
    def controls(self) -> list[Control]:
        return [self._control(about, f"{self.prefix}{about['name']}", self.values) for about in self._fields()]

    def control(self, name: str) -> Control:
        """The input of one field."""
        about = next(about for about in self._fields() if about["name"] == name)
        return self._control(about, f"{self.prefix}{name}", self.values)

    def _fields(self) -> Iterator[dict[str, Any]]:
        return (about for about in describe(self.schema) if self.only is None or about["name"] in self.only)

    def _others(self) -> tuple[str, ...] | bool:
        """Fields that this form doesn't show are not missing."""
        if self.only is None:
            return False
        return tuple(name for name, kind in instance(self.schema).fields.items()
                     if (kind.data_key or name) not in self.only)

    def _note(self, path: str, message: str) -> None:
        name = path.removesuffix("._schema").removesuffix("_schema")
        if name:
            self.errors.setdefault(name if name.startswith(self.prefix) else f"{self.prefix}{name}", message)
        else:
            self.problem = message

    # Reading

    def _take(self, wire: dict[str, Any], about: Mapping[str, Any], path: str) -> None:
        """Put what was typed for one field into `wire`; leave it out where nothing was."""
        name = about["name"]
        if about["type"] == "group":
            wire[name] = self._group(about["fields"], path)
        elif about["type"] == "list":
            wire[name] = self._list(about, path)
        elif about["type"] == "boolean":
            wire[name] = "1" in self.typed.getlist(path)
        else:
            value = self._scalar(about, path)
            if value is not None:
                wire[name] = value
            elif not about["required"] and self._nullable(path):
                wire[name] = None

    def _group(self, fields: Sequence[Mapping[str, Any]], path: str) -> dict[str, Any]:
        inner: dict[str, Any] = {}
        for about in fields:
            self._take(inner, about, f"{path}.{about['name']}")
        return inner

    def _list(self, about: Mapping[str, Any], path: str) -> list[Any]:
        item = about["item"]
        if item["type"] == "group":
            return [self._group(item["fields"], f"{path}.{row}") for row in self._rows(path, item["fields"])]
        if self._options(about, path) or item.get("choices"):
            return [value for value in self.typed.getlist(path) if value]
        lines = self.typed.get(path, "").replace("，", "\n").splitlines()
        return [value for line in lines if (value := self._converted(item, line.strip(), path)) is not None]

    def _rows(self, path: str, fields: Sequence[Mapping[str, Any]]) -> list[int]:
        """The numbers of the rows in which something was typed: what a spare row says by itself is nothing."""
        pattern = re.compile(re.escape(path) + r"\.([0-9]{1,4})\.([^.]+)")
        spare = {about["name"]: ("", _spare(about)) for about in fields}
        filled = {int(found[1]) for key in self.typed for found in [pattern.match(key)]
                  if found and any(value.strip() not in spare.get(found[2], ("",)) for value in self.typed.getlist(key))}
        return sorted(filled)[:_MOST_ROWS]

    def _scalar(self, about: Mapping[str, Any], path: str) -> Any:
        return self._converted(about, self.typed.get(path, "").strip(), path)

    def _converted(self, about: Mapping[str, Any], text: str, path: str) -> Any:
        if not text:
            return "" if about["type"] == "text" and not about["required"] and not about.get("min_length") and \
                not about.get("choices") and not about.get("secret") and not self._nullable(path) else None
        if about["type"] == "money":
            return self._fen(text, path)
        if about["type"] == "moment":
            return self._instant(text, path)
        if about["type"] == "integer" and _INTEGER.fullmatch(text):
            return int(text)
        return text

    def _nullable(self, path: str) -> bool:
        schema: Any = instance(self.schema)
        found = None
        for part in path.removeprefix(self.prefix).split("."):
            if part.isdigit():
                continue
            fields = schema.fields
            found = next((kind for name, kind in fields.items() if (kind.data_key or name) == part), None)
            inner = found.inner if isinstance(found, ma.fields.List) else found
            schema = inner.schema if isinstance(inner, ma.fields.Nested) else None
        return bool(found is not None and found.allow_none)

    def _fen(self, text: str, path: str) -> int | None:
        found = _MONEY.fullmatch(text.replace(",", ""))
        if found is None:
            self._note(path, "请填写金额，例如 12.80")
            return None
        fen = int(found[2]) * 100 + int((found[3] or "").ljust(2, "0"))
        return -fen if found[1] else fen

    def _instant(self, text: str, path: str) -> str | None:
        try:
            return datetime.fromisoformat(text).replace(tzinfo=SHOP_ZONE).isoformat()
        except ValueError:
            self._note(path, "应为日期和时间")
            return None

    # Drawing

    def _control(self, about: Mapping[str, Any], path: str, values: Mapping[str, Any]) -> Control:
        value = values.get(about["name"], about.get("default"))
        common = {
            "name": path,
            "label": told(about.get("label", "")),
            "help": told(about.get("help", "")),
            "required": bool(about.get("required")),
            "error": told(self._fault(about, path)),
            "unit": told(about.get("unit", "")),
        }
        if about["type"] == "group":
            inner = tuple(self._control(part, f"{path}.{part['name']}", value or {}) for part in about["fields"])
            return Control(kind="group", controls=inner, **common)
        if about["type"] == "list":
            return self._list_control(about, path, value or [], common)
        known = self._options(about, path)
        options = tuple((str(key), told(label)) for key, label in known or ())
        return Control(
            kind=_kind(about, known is not None), value=self._shown(about, path, value), choices=options,
            least=_bound(about, "min"), most=_bound(about, "max"), longest=about.get("max_length"),
            autocomplete=about.get("autocomplete", "new-password" if about.get("secret") else "off"), **common
        )

    def _fault(self, about: Mapping[str, Any], path: str) -> str:
        """What is wrong with the field; a list in one input says what is wrong with the first of its values."""
        if path in self.errors or about["type"] != "list" or about["item"]["type"] == "group":
            return self.errors.get(path, "")
        return next((message for name, message in self.errors.items() if name.startswith(f"{path}.")), "")

    def _list_control(
        self, about: Mapping[str, Any], path: str, value: Sequence[Any], common: dict[str, Any]
    ) -> Control:
        item, options = about["item"], self._options(about, path)
        if item["type"] == "group":
            numbers = self._rows(path, item["fields"]) if self.typed is not None else range(len(value))
            filled = [(n, value[n] if n < len(value) else {}) for n in numbers]
            spare = max((n for n, _ in filled), default=-1) + 1
            rows = [self._row(item, f"{path}.{n}", row) for n, row in filled]
            rows.append(replace(self, typed=None)._row(item, f"{path}.{spare}", {}))
            return Control(kind="rows", rows=tuple(rows), **common)
        if options:
            chosen = self.typed.getlist(path) if self.typed is not None else [str(v) for v in value]
            shown = tuple((str(key), told(label)) for key, label in options)
            return Control(kind="several", value=chosen, choices=shown, **common)
        text = self.typed.get(path, "") if self.typed is not None else "\n".join(_written(item, v) for v in value)
        return Control(kind="lines", value=text, **common)

    def _row(self, item: Mapping[str, Any], path: str, values: Mapping[str, Any]) -> tuple[Control, ...]:
        return tuple(self._control(part, f"{path}.{part['name']}", values) for part in item["fields"])

    def _options(self, about: Mapping[str, Any], path: str) -> Choices | None:
        """What can be chosen; None where anything can be written, nothing while there is nothing to choose from."""
        plain = ".".join(part for part in path.removeprefix(self.prefix).split(".") if not part.isdigit())
        if plain in self.choices:
            return self.choices[plain]
        found = about.get("choices") or about.get("item", {}).get("choices")
        return found and [(choice["value"], choice["label"]) for choice in found]

    def _shown(self, about: Mapping[str, Any], path: str, value: Any) -> Any:
        """What stands in the input: what was typed, else the value as people write it. Secrets are never shown."""
        if about["type"] == "boolean":
            return "1" in self.typed.getlist(path) if self.typed is not None else bool(value)
        if about.get("secret"):
            return ""
        return self.typed.get(path, "") if self.typed is not None else _written(about, value)


def _kind(about: Mapping[str, Any], options: bool) -> str:
    if options:
        return "choice"
    if about.get("secret"):
        return "secret"
    return next((kind for kind in ("multiline", "picture") if about.get(kind)), about["type"])


def _spare(about: Mapping[str, Any]) -> str:
    """What a field of an empty row sends."""
    if about["type"] == "boolean":
        return "1" if about.get("default") else ""
    return "" if about["type"] in {"list", "group"} else _written(about, about.get("default"))


def _bound(about: Mapping[str, Any], key: str) -> Any:
    if about["type"] in {"integer", "decimal", "quantity"}:
        return about.get(key)
    return yuan(about[key]) if about["type"] == "money" and key in about else None


def _written(about: Mapping[str, Any], value: Any) -> str:
    if value is None:
        return ""
    if about["type"] == "money":
        return yuan(value)
    if about["type"] == "moment":
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
        return shop_time(instant).strftime("%Y-%m-%dT%H:%M")
    if about["type"] == "time":
        return str(value)[:5]
    return str(value)
