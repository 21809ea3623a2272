"""A row of any file, and the header that names its cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from core.imports.errors import ImportFileError, RowError, row_error
from core.imports.sources import Limits
from core.web.formulas import as_written


@dataclass(frozen=True, slots=True)
class Row:
    """One record: the line it begins on, and its cells by the file's own column names.

    Cells are texts; from XLSX and JSONL also int, Decimal, bool, datetime, and from JSONL lists and dicts. Never float.
    """

    line: int
    values: dict[str, Any]


def header_of(cells: Iterable[Any], limits: Limits) -> tuple[str, ...]:
    """Column names of a header row, trailing empty ones dropped; raises when two are alike or there are too many."""
    names = ["" if cell is None else str(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    if len(names) > limits.columns:
        raise ImportFileError("import_too_many_columns", limit=limits.columns)
    seen: set[str] = set()
    for name in filter(None, names):
        if name in seen:
            raise ImportFileError("import_duplicate_column", name=name)
        seen.add(name)
    return tuple(names)


def row_of(line: int, columns: Sequence[str], cells: Sequence[Any]) -> Row | RowError:
    """The cells under their names; cells below an empty header are dropped, cells beyond the header are an error.

    Texts that an export of ours disarmed stand as they were written.
    """
    beyond = [cell for cell in cells[len(columns) :] if cell not in (None, "")]
    if beyond:
        return row_error(line, "cells_beyond_header", value=beyond[0])
    written = (as_written(cell) if isinstance(cell, str) else cell for cell in cells)
    return Row(line, {name: cell for name, cell in zip(columns, written, strict=False) if name})
