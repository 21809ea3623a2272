"""Finds rows of a file that speak of the same thing: the first one counts, later ones are errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.imports.errors import RowError, row_error

_KEYS: dict[str, tuple[str, ...]] = {
    "products": ("sku_code",),
    "prices": ("sku_code", "barcode"),
    "stock": ("sku_code", "barcode"),
    "members": ("member_no",),
}
_ALSO_UNIQUE = {"products": ("barcodes", "duplicate_barcode"), "members": ("phone", "duplicate_phone")}


class Repeats:
    """Remembers the keys of a file and the lines they stood on."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._lines: dict[tuple[str, ...], int] = {}

    def errors(self, line: int, row: dict[str, Any], header: Callable[[str], str]) -> list[RowError]:
        """What `row` repeats; a row without repetitions is remembered. `header` names a field's column."""
        name = next(key for key in _KEYS[self._kind] if row[key] is not None)
        key = (row[name], row.get("store_code") or "") if self._kind == "stock" else (row[name],)
        if (first := self._lines.get((name, *key))) is not None:
            shown = " ".join(filter(None, key))
            return [row_error(line, "duplicate_row", column=header(name), value=row[name], first=first, key=shown)]
        found = self._taken(line, row, header)
        if not found:
            self._remember(line, row, (name, *key))
        return found

    def _taken(self, line: int, row: dict[str, Any], header: Callable[[str], str]) -> list[RowError]:
        name, code = _ALSO_UNIQUE.get(self._kind, ("", ""))
        return [
            row_error(line, code, column=header(name), value=value, first=first, key=value)
            for value in _values(row, name)
            if (first := self._lines.get((name, value))) is not None
        ]

    def _remember(self, line: int, row: dict[str, Any], key: tuple[str, ...]) -> None:
        self._lines[key] = line
        name, _ = _ALSO_UNIQUE.get(self._kind, ("", ""))
        for value in _values(row, name):
            self._lines[(name, value)] = line


def _values(row: dict[str, Any], name: str) -> list[str]:
    value = row.get(name)
    return value if isinstance(value, list) else [value] if value else []
