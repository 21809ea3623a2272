"""Rows of a CSV file: comma, semicolon or tab, quoted as Excel quotes, any line ends."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import BinaryIO

from core.imports.errors import ImportFileError, RowError, row_error
from core.imports.headers import Row, header_of, row_of
from core.imports.sources import Limits, detect_encoding

DELIMITERS = ",;\t"

_QUOTED = re.compile(r'"[^"]*"')
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?", re.IGNORECASE)


class CsvRows:
    """Header and rows of a CSV stream; made by `readers.open_rows`."""

    kind = "csv"

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self.encoding = detect_encoding(stream)
        self._limits = limits
        self._text = io.TextIOWrapper(stream, encoding=self.encoding, newline="")
        self._skipped = 0
        try:
            self._reader = csv.reader(self._text, delimiter=self._delimiter(), strict=True)
            self.columns = self._header()
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[Row | RowError]:
        for line, cells in self._records():
            if isinstance(cells, RowError):
                yield cells
            elif any(cell.strip() for cell in cells):
                yield row_of(line, self.columns, cells)

    def close(self) -> None:
        """Lets go of the stream without closing it."""
        self._text.detach()

    def _delimiter(self) -> str:
        first = self._text.readline(self._limits.line_bytes)
        told = _SEPARATOR_LINE.fullmatch(first)
        if told:
            self._skipped = 1
            return told[1]
        self._text.seek(0)
        bare = _QUOTED.sub("", first)
        return max(DELIMITERS, key=bare.count)

    def _header(self) -> tuple[str, ...]:
        for line, cells in self._records():
            if isinstance(cells, RowError):
                raise ImportFileError("import_unclosed_quote", line=line)
            if any(cell.strip() for cell in cells):
                return header_of(cells, self._limits)
        raise ImportFileError("import_file_empty")

    def _records(self) -> Iterator[tuple[int, list[str] | RowError]]:
        """Every record with the line it begins on; a quote that is never closed ends the file with an error."""
        while True:
            line = self._reader.line_num + self._skipped + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                if self._reader.line_num + self._skipped > line or "end of data" in str(error):
                    raise ImportFileError("import_unclosed_quote", line=line) from error
                yield line, row_error(line, "line_unreadable", reason=error)
                continue
            if line > self._limits.rows + 1:
                raise ImportFileError("import_too_many_rows", limit=self._limits.rows, line=line)
            yield line, cells
