"""Rows of a JSONL file: one JSON object a line, UTF-8."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

from core.imports.errors import ImportFileError, RowError, row_error
from core.imports.headers import Row
from core.imports.sources import Limits


class JsonlRows:
    """Rows of a JSONL stream; made by `readers.open_rows`. Keys may differ from row to row, `columns` is empty."""

    kind = "jsonl"
    encoding = "utf-8"
    columns: tuple[str, ...] = ()

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._stream = stream
        self._limits = limits

    def __iter__(self) -> Iterator[Row | RowError]:
        line = 0
        while raw := self._stream.readline(self._limits.line_bytes + 1):
            line += 1
            if line > self._limits.rows:
                raise ImportFileError("import_too_many_rows", limit=self._limits.rows, line=line)
            if len(raw) > self._limits.line_bytes:
                self._skip_line(raw)
                yield row_error(line, "line_too_long", value=raw[:200].decode(errors="replace"))
            elif raw.strip(b" \t\r\n\xef\xbb\xbf"):
                yield _parsed(line, raw)

    def close(self) -> None:
        """Nothing of its own to close."""

    def _skip_line(self, raw: bytes) -> None:
        while raw and not raw.endswith(b"\n"):
            raw = self._stream.readline(self._limits.line_bytes)


def _parsed(line: int, raw: bytes) -> Row | RowError:
    try:
        values = json.loads(raw.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError, RecursionError):
        values = None
    if not isinstance(values, dict):
        return row_error(line, "json_invalid", value=raw.decode(errors="replace").strip())
    return Row(line, values)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")
