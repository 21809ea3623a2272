from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook

from core.imports.batches import Batch, read_batches
from core.imports.readers import LIMITS, Limits, open_rows


@pytest.fixture
def read() -> Callable[..., list[Any]]:
    """All rows and row errors of a file's bytes."""

    def read_all(data: bytes, filename: str = "a.csv", limits: Limits = LIMITS) -> list[Any]:
        with open_rows(io.BytesIO(data), filename, limits) as rows:
            return list(rows)

    return read_all


@pytest.fixture
def load() -> Callable[..., list[Batch]]:
    """All batches of a file's bytes (a text is UTF-8)."""

    def load_all(data: bytes | str, kind: str, filename: str = "a.csv", **options: Any) -> list[Batch]:
        raw = data.encode() if isinstance(data, str) else data
        with open_rows(io.BytesIO(raw), filename) as rows:
            return list(read_batches(rows, kind, **options))

    return load_all


@pytest.fixture
def workbook() -> Callable[..., bytes]:
    """An XLSX file of one sheet with these rows."""

    def build(*rows: list[Any]) -> bytes:
        book = Workbook()
        for row in rows:
            book.active.append(row)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    return build
