"""Opens whatever file a merchant sends and gives its rows one by one, with line numbers and without floats."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from core.imports.csvrows import CsvRows
from core.imports.errors import ImportFileError, RowError, UnsupportedFile
from core.imports.headers import Row
from core.imports.jsonlrows import JsonlRows
from core.imports.sources import LIMITS, GuardedGzip, Limits, Source
from core.imports.xlsxrows import XlsxRows

__all__ = ["LIMITS", "Limits", "Row", "Rows", "open_rows"]

_ZIP = b"PK\x03\x04"
_GZIP = b"\x1f\x8b"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Rows:
    """The rows of an open file: iterate once, close it (or use `with`).

    Gives `Row`, or `RowError` for a line that can't be read alone. Raises ImportFileError where reading can't go on;
    the rows given before that are good.
    """

    def __init__(self, source: Source, reader: CsvRows | XlsxRows | JsonlRows) -> None:
        self._source = source
        self._reader = reader
        self.kind = reader.kind
        self.encoding = reader.encoding
        self.columns = reader.columns

    def __iter__(self) -> Iterator[Row | RowError]:
        return iter(self._reader)

    def __enter__(self) -> Rows:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def done_share(self) -> float:
        """How much of the file was read, 0 … 1, for a progress bar."""
        reader = self._reader
        return reader.done_share() if isinstance(reader, XlsxRows) else self._source.done_share()

    def close(self) -> None:
        self._reader.close()
        self._source.close()


def open_rows(given: str | Path | BinaryIO, filename: str, limits: Limits = LIMITS) -> Rows:
    """Opens CSV (UTF-8, UTF-8 with BOM, UTF-16, GB18030), XLSX and JSONL, the text formats also gzipped.

    What the bytes are decides, not the name; `filename` serves messages and tells JSONL from CSV. A stream that is
    given stays open. Raises ImportFileError: 413 too large or a bomb, 415 another kind of file, 422 damaged or empty.
    """
    source = Source(given, limits)
    try:
        return Rows(source, _reader(source, filename, limits))
    except BaseException:
        source.close()
        raise


def _reader(source: Source, filename: str, limits: Limits) -> CsvRows | XlsxRows | JsonlRows:
    head = source.head()
    if not head.strip():
        raise ImportFileError("import_file_empty")
    if head.startswith(_ZIP):
        return XlsxRows(source.stream, limits)
    if head.startswith(_OLD_EXCEL):
        raise UnsupportedFile("import_old_excel")
    if head.startswith(_GZIP):
        return _text_reader(io.BufferedReader(GuardedGzip(source.stream, limits)), filename, limits)
    return _text_reader(source.stream, filename, limits)


def _text_reader(stream: BinaryIO, filename: str, limits: Limits) -> CsvRows | JsonlRows:
    head = stream.read(4096)
    stream.seek(0)
    name = filename.lower().removesuffix(".gz")
    is_json = name.endswith((".jsonl", ".ndjson", ".json"))
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if name.endswith((".xlsx", ".xls")) or (b"\0" in head and not head.startswith(_UTF16)):
        raise UnsupportedFile("import_type_unsupported", name=Path(filename).name[:60])
    if is_json and first == b"[":
        raise UnsupportedFile("import_json_array")
    return JsonlRows(stream, limits) if is_json or first == b"{" else CsvRows(stream, limits)
