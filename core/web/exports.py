"""Tables as files for spreadsheets: CSV and XLSX, of any length up to a limit, safe to open.

Rows are taken one by one while the request lasts and lie in a temporary file until they are sent, so that a reading that
fails still answers with its error and memory stays small.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote

from flask import Response
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from core.clock import shop_time
from core.web.fields import quantity_text
from core.web.formulas import disarmed

MAX_ROWS = 100_000
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_IN_MEMORY = 1024 * 1024
_PIECE = 64 * 1024
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_MONEY_FORMAT = "0.00"


class Yuan(int):
    """An amount in fen that people read in yuan: `Yuan(1280)` → 12.80."""

    def __str__(self) -> str:
        sign, whole = ("-", -self) if self < 0 else ("", int(self))
        return f"{sign}{whole // 100}.{whole % 100:02d}"


def plain(value: Any) -> str:
    """A cell as text. What people typed and a spreadsheet would take for a formula gets a leading apostrophe.

    Amounts (`Yuan`) have two decimals, instants are shop time, quantities have no superfluous zeros.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return disarmed(_UNPRINTABLE.sub("", value))
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return quantity_text(value)
    if isinstance(value, datetime):
        return f"{shop_time(value):%Y-%m-%d %H:%M:%S}"
    return value.isoformat() if isinstance(value, date) else str(value)


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]], limit: int = MAX_ROWS) -> Response:
    """`name`.csv for download: UTF-8 with a mark that Excel understands, at most `limit` rows under the header."""
    file = _temporary()
    wrapped = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(wrapped)
    writer.writerow([plain(cell) for cell in header])
    writer.writerows([plain(cell) for cell in row] for row in islice(rows, limit))
    wrapped.detach()
    return _download(file, f"{name}.csv", CSV_TYPE)


def xlsx_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]], limit: int = MAX_ROWS) -> Response:
    """`name`.xlsx for download: one sheet, numbers as numbers, at most `limit` rows under the header."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.freeze_panes = "A2"
    sheet.append([plain(cell) for cell in header])
    for row in islice(rows, limit):
        sheet.append([_cell(sheet, value) for value in row])
    file = _temporary()
    book.save(file)
    return _download(file, f"{name}.xlsx", XLSX_TYPE)


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, Yuan):
        cell = WriteOnlyCell(sheet, Decimal(int(value)).scaleb(-2))
        cell.number_format = _MONEY_FORMAT
        return cell
    numeric = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return value if numeric else plain(value)


def _temporary() -> IO[bytes]:
    return SpooledTemporaryFile(_IN_MEMORY)  # type: ignore[return-value]  # noqa: SIM115 (closed by the response)


def _download(file: IO[bytes], name: str, content_type: str) -> Response:
    size = file.tell()
    file.seek(0)
    answer = Response(_pieces(file), content_type=content_type)
    answer.call_on_close(file.close)
    answer.content_length = size
    fallback = name.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_")
    answer.headers["Content-Disposition"] = f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name)}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece
