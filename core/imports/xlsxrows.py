"""Rows of the first visible sheet of an XLSX workbook, streamed; formulas give the value Excel last stored.

An XLSX file is a ZIP archive of XML. What its directory promises is checked before anything is unpacked, and what
really comes out is counted while it is read: in all, per part that must be held in memory, and between two rows.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from core.imports.errors import FileTooLarge, ImportFileError, RowError
from core.imports.headers import Row, header_of, row_of
from core.imports.sources import Limits

# Everything that a forged or damaged workbook was seen to raise inside zipfile, the XML parser and openpyxl.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, ParseError, EOFError, OSError, KeyError, ValueError, TypeError, AttributeError,
    IndexError, NotImplementedError, RuntimeError, OverflowError, AssertionError,
)  # fmt: skip
_SHEETS = "xl/worksheets/"
_STRINGS = "xl/sharedstrings.xml"


class XlsxRows:
    """Header and rows of a workbook; made by `readers.open_rows`."""

    kind = "xlsx"
    encoding = "utf-8"

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._limits = limits
        self._line = 0
        try:
            self._archive = GuardedArchive(stream, limits)
            sheet = _Workbook(self._archive).first_sheet()
            self._archive.expect_rows()
        except _DAMAGE as error:
            raise ImportFileError("import_file_broken", line=1) from error
        self._cells = self._records(sheet)
        self.columns = self._header()

    def __iter__(self) -> Iterator[Row | RowError]:
        for line, cells in self._cells:
            if any(cell not in (None, "") for cell in cells):
                yield row_of(line, self.columns, cells)

    def done_share(self) -> float:
        return self._archive.done_share()

    def close(self) -> None:
        self._archive.close()

    def _header(self) -> tuple[str, ...]:
        for _, cells in self._cells:
            if any(cell not in (None, "") for cell in cells):
                return header_of(cells, self._limits)
        raise ImportFileError("import_file_empty")

    def _records(self, sheet: ReadOnlyWorksheet) -> Iterator[tuple[int, list[Any]]]:
        rows = sheet.iter_rows(max_col=self._limits.columns + 1, values_only=True)
        try:
            for cells in rows:
                self._line += 1
                self._archive.row_was_read()
                if self._line > self._limits.rows + 1:
                    raise ImportFileError("import_too_many_rows", limit=self._limits.rows, line=self._line)
                yield self._line, [_cell(cell) for cell in cells]
        except _DAMAGE as error:
            raise ImportFileError("import_file_broken", line=self._line + 1) from error


class GuardedArchive(zipfile.ZipFile):
    """A ZIP archive that refuses to unpack more than `limits` allow."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        super().__init__(stream)
        self._limits = limits
        self._unpacked = 0
        self._since_row = 0
        self._row_limit = limits.unpacked
        self._expected = self._promised()

    def open(self, name, mode="r", pwd=None, *, force_zip64=False):
        part = super().open(name, mode, pwd, force_zip64=force_zip64)
        return io.BufferedReader(_Counted(part, self._count), buffer_size=65536)

    def expect_rows(self) -> None:
        """From here on only what lies between two rows has to fit in memory."""
        self._since_row = 0
        self._row_limit = self._limits.part

    def row_was_read(self) -> None:
        self._since_row = 0

    def done_share(self) -> float:
        return min(1.0, self._unpacked / self._expected) if self._expected else 1.0

    def _promised(self) -> int:
        entries = self.infolist()
        if len(entries) > self._limits.entries:
            raise FileTooLarge("import_archive_bomb")
        total = sum(entry.file_size for entry in entries)
        packed = sum(entry.compress_size for entry in entries)
        out_of_proportion = total > self._limits.ratio_from and total > self._limits.ratio * max(packed, 1)
        sizes = {entry.filename.lower(): entry.file_size for entry in entries}
        sheets = sum(size for name, size in sizes.items() if name.startswith(_SHEETS))
        held = max((size for name, size in sizes.items() if not name.startswith((_SHEETS, _STRINGS))), default=0)
        too_much_held = held > self._limits.part or sizes.get(_STRINGS, 0) > self._limits.strings
        if total > self._limits.unpacked or out_of_proportion or too_much_held:
            raise FileTooLarge("import_archive_bomb")
        return sheets + sizes.get(_STRINGS, 0)

    def _count(self, size: int) -> None:
        self._unpacked += size
        self._since_row += size
        if self._unpacked > self._limits.unpacked or self._since_row > self._row_limit:
            raise FileTooLarge("import_archive_bomb")


class _Counted(io.RawIOBase):
    def __init__(self, part, count) -> None:
        self._part = part
        self._count = count

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        data = self._part.read(len(buffer))
        self._count(len(data))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._part.close()
        super().close()


class _Workbook(ExcelReader):
    """openpyxl's reader over an archive of ours, reduced to what the cells of one sheet need."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.valid_files = archive.namelist()
        self.read_only = self.data_only = True
        self.keep_vba = self.keep_links = self.rich_text = False
        self.shared_strings: list[str] = []

    def first_sheet(self) -> ReadOnlyWorksheet:
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)
        for sheet, rel in self.parser.find_sheets():
            if sheet.state == "visible" and "chartsheet" not in rel.Type and rel.target in self.valid_files:
                return _Sheet(self.wb, sheet.name, rel.target, self.shared_strings)
        raise ImportFileError("import_file_empty")


class _Sheet(ReadOnlyWorksheet):
    def _get_size(self) -> None:
        """The size that a sheet claims is not believed (and asking for it may read the whole sheet)."""


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return _exact(value)
    if isinstance(value, str):
        return value.strip()
    if value is None or isinstance(value, bool | int | datetime):
        return value
    return str(value)


def _exact(value: float) -> int | Decimal | str:
    """The number as Excel shows it: fifteen significant digits."""
    number = Decimal(format(value, ".15g"))
    if not number.is_finite():
        return str(value)
    return int(number) if number == number.to_integral_value() and number.adjusted() < 18 else number
