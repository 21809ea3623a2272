"""Which column of a file fills which field: headers in Chinese or English, with or without unit and asterisk."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from core.imports.cells import Cell, Fen
from core.imports.errors import ImportFileError, shown
from core.imports.schemas import ImportRow

_REMARK = re.compile(r"\((元|元/.*|yuan|cny|必填|选填|可选|required|optional)\)|[*:]")
_CATEGORY_LEVELS = {"category_l1": "category_path", "category_l2": "category_path", "category_l3": "category_path"}


@dataclass(frozen=True, slots=True)
class Target:
    """A field, and whether this column of it counts fen."""

    field: str
    counts_fen: bool


class ColumnsClash(Exception):
    """Two columns of a row fill the same field."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first, second)
        self.first = first
        self.second = second


@dataclass(frozen=True, slots=True)
class Columns:
    """`targets` by column name as the file has it, `headers` the other way round, `ignored` what no field knows."""

    targets: Mapping[str, Target]
    headers: Mapping[str, str]
    ignored: tuple[str, ...]

    @property
    def present(self) -> frozenset[str]:
        """The fields of a loaded row that the file can fill."""
        return frozenset(_CATEGORY_LEVELS.get(field, field) for field in self.headers)

    def pick(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The cells by field, empty ones left out, amounts in fen marked."""
        picked = {}
        for name, target in self.targets.items():
            value = values.get(name)
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            picked[target.field] = Fen(value) if target.counts_fen else value
        return picked

    def header(self, field: str, schema: type[ImportRow]) -> str:
        """The name of a field's column in this file or, when the file lacks it, the name it should have."""
        return self.headers.get(field) or preferred_header(schema, field)


def columns_of(schema: type[ImportRow], names: Iterable[str], mapping: Mapping[str, str] | None = None) -> Columns:
    """Maps a file's column names to the fields of a schema; raises ColumnsClash.

    `mapping` says which target (a key of `targets`, "" for none) a column of the file fills; columns that it does not
    name are told by their names.
    """
    known, chosen = _known(schema), mapping or {}
    by_name = targets_of(schema)
    targets: dict[str, Target] = {}
    headers: dict[str, str] = {}
    ignored = []
    for name in names:
        target = by_name.get(chosen[name]) if name in chosen else known.get(normal_header(name))
        if target is None:
            ignored.append(name)
            continue
        if target.field in headers:
            raise ColumnsClash(headers[target.field], name)
        targets[name] = target
        headers[target.field] = name
    return Columns(targets, headers, tuple(shown(name) for name in ignored if name))


FEN = ":fen"
"""What a target's name ends with when the column counts fen."""


@cache
def targets_of(schema: type[ImportRow]) -> dict[str, Target]:
    """Everything a column can be mapped to: field names and, for prices, the same counted in fen."""
    found: dict[str, Target] = {}
    for name, field in _fields(schema).items():
        found[name] = Target(name, counts_fen=False)
        if field.fen_headers:
            found[f"{name}{FEN}"] = Target(name, counts_fen=True)
    return found


def target_name(target: Target) -> str:
    """The key of `targets_of`."""
    return f"{target.field}{FEN}" if target.counts_fen else target.field


def required_fields(schema: type[ImportRow]) -> tuple[str, ...]:
    """Fields without a column of which no row can be taken."""
    return tuple(name for name, field in _fields(schema).items() if field.required)


def require_columns(schema: type[ImportRow], columns: Columns, defaults: Mapping[str, Any]) -> None:
    """Raises ImportFileError when a column is missing without which no row can be taken."""
    missing = [name for name in required_fields(schema) if name not in columns.headers and name not in defaults]
    if not missing:
        return
    names = "、".join(preferred_header(schema, name) for name in missing)
    found = "、".join([*columns.headers.values(), *columns.ignored])[:200]
    raise ImportFileError("import_missing_columns", missing=names, found=found)


def preferred_header(schema: type[ImportRow], field: str) -> str:
    """The name by which messages call a field's column."""
    cell = _fields(schema).get(field)
    return cell.headers[0] if cell else field


def header_in(schema: type[ImportRow], field: str, language: str) -> str:
    """The name of a field's column for a reader of this language (`zh`, else the plain English name)."""
    headers = _fields(schema)[field].headers
    return headers[0] if language == "zh" else next(header for header in headers if header.isascii())


def normal_header(name: str) -> str:
    """`售价（元）*` → `售价`, `SKU Code` → `sku_code`; `售价(分)` keeps its unit."""
    text = unicodedata.normalize("NFKC", name).strip().casefold()
    return re.sub(r"[\s-]+", "_", _REMARK.sub("", text).strip())


@cache
def _fields(schema: type[ImportRow]) -> dict[str, Cell]:
    return {name: field for name, field in schema().fields.items() if isinstance(field, Cell)}


@cache
def _known(schema: type[ImportRow]) -> dict[str, Target]:
    known: dict[str, Target] = {}
    for name, field in _fields(schema).items():
        known.update((normal_header(header), Target(name, counts_fen=False)) for header in field.headers)
        known.update((normal_header(header), Target(name, counts_fen=True)) for header in field.fen_headers)
    return known
