"""Validated rows in batches, ready to be applied as a set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError

from core.imports.cells import Fen, Problem
from core.imports.columns import Columns, ColumnsClash, columns_of, require_columns
from core.imports.errors import ImportFileError, RowError, row_error, shown
from core.imports.headers import Row
from core.imports.readers import Rows
from core.imports.repeats import Repeats
from core.imports.schemas import SCHEMAS, ImportRow

BATCH_ROWS = 500
FORMULA_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})


@dataclass(slots=True)
class Batch:
    """Up to 500 good rows and the errors met on the way.

    `lines[i]` is the line of `rows[i]`. `present` are the fields that the file fills at all: a field outside it has
    its default or None in every row and must not overwrite what is stored. No key stands in two rows of a file, so a
    batch can be upserted as a set. `stopped` says that the file could not be read to its end; the last error tells why.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    present: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    stopped: bool = False
    last_line: int = 0


def read_batches(
    rows: Rows,
    kind: str,
    size: int = BATCH_ROWS,
    defaults: Mapping[str, Any] | None = None,
    mapping: Mapping[str, str] | None = None,
) -> Iterator[Batch]:
    """Reads `rows` as `products`, `prices`, `stock` or `members`; `defaults` fill fields that a row leaves empty and
    `mapping` says what columns mean whose names don't (`core.imports.columns.columns_of`).

    Raises ImportFileError before the first batch when required columns are missing or two columns mean the same. An
    error further on that stops the reading ends the last batch instead, so that what was read is applied and reported.
    """
    loader = _Loader(kind, defaults or {}, mapping)
    if rows.columns:
        loader.check(rows.columns)
    batch = Batch()
    try:
        for item in rows:
            loader.add(item, batch)
            if len(batch.rows) + len(batch.errors) >= size:
                yield batch
                batch = Batch()
    except ImportFileError as error:
        batch.errors.append(RowError(_stopped_at(error, batch), "", "", error.code, error.message))
        batch.stopped = True
    if batch.rows or batch.errors:
        yield batch


class _Loader:
    def __init__(self, kind: str, defaults: Mapping[str, Any], mapping: Mapping[str, str] | None) -> None:
        self._schema_type: type[ImportRow] = SCHEMAS[kind]
        self._schema = self._schema_type()
        self._defaults = defaults
        self._repeats = Repeats(kind)
        self._columns = lru_cache(maxsize=256)(lambda names: columns_of(self._schema_type, names, mapping))

    def check(self, names: tuple[str, ...]) -> None:
        """Refuses a file whose header can't give a single row."""
        try:
            columns = self._columns(tuple(filter(None, names)))
        except ColumnsClash as clash:
            raise ImportFileError("import_columns_clash", first=clash.first, second=clash.second) from clash
        require_columns(self._schema_type, columns, self._defaults)

    def add(self, item: Row | RowError, batch: Batch) -> None:
        """Puts one record of the file into the batch, as a row or as errors."""
        batch.last_line = item.line
        if isinstance(item, RowError):
            batch.errors.append(item)
            return
        try:
            columns = self._columns(tuple(item.values))
        except ColumnsClash as clash:
            batch.errors.append(row_error(item.line, "columns_clash", first=clash.first, second=clash.second))
            return
        batch.present |= columns.present | self._defaults.keys()
        batch.ignored |= frozenset(columns.ignored)
        self._load(item, columns, batch)

    def _load(self, item: Row, columns: Columns, batch: Batch) -> None:
        cells = {**self._defaults, **columns.pick(item.values)}
        errors = self._formula_errors(item.line, cells, columns)
        if not errors:
            try:
                row = self._schema.load(cells)
            except ValidationError as error:
                errors = self._row_errors(item.line, error, cells, columns)
            else:
                errors = self._repeats.errors(item.line, row, lambda name: columns.header(name, self._schema_type))
        if errors:
            batch.errors.extend(errors)
            return
        batch.rows.append(row)
        batch.lines.append(item.line)

    def _formula_errors(self, line: int, cells: Mapping[str, Any], columns: Columns) -> list[RowError]:
        return [
            row_error(line, "formula_error", column=columns.header(name, self._schema_type), value=value)
            for name, value in cells.items()
            if isinstance(value, str) and value in FORMULA_ERRORS
        ]

    def _row_errors(
        self, line: int, error: ValidationError, cells: Mapping[str, Any], columns: Columns
    ) -> list[RowError]:
        return [
            RowError(line, columns.header(name, self._schema_type), _shown(cells.get(name)), problem.code, str(problem))
            for name, problems in error.messages_dict.items()
            for problem in problems
            if isinstance(problem, Problem)
        ]


def _shown(value: Any) -> str:
    return shown(value.value if isinstance(value, Fen) else value)


def _stopped_at(error: ImportFileError, batch: Batch) -> int:
    line = error.extra.get("line")
    return line if isinstance(line, int) else batch.last_line + 1
