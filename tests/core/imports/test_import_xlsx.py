from __future__ import annotations

import io
import struct
import zipfile
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from core.imports.errors import ImportFileError
from core.imports.readers import LIMITS, Limits, Row, open_rows

MORNING = datetime(2026, 1, 31, 8, 30)  # noqa: DTZ001 - cells of a workbook have no zone
SHEET = "xl/worksheets/sheet1.xml"
SHEET_START = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1" t="inlineStr"><is><t>sku</t></is></c></row>'
)
SHEET_END = "</sheetData></worksheet>"


def rebuilt(book: bytes, parts: dict[str, bytes]) -> bytes:
    """The workbook with some parts replaced or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return stream.getvalue()


def refusal(data: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(ImportFileError) as caught, open_rows(io.BytesIO(data), "a.xlsx", limits) as rows:
        list(rows)
    return caught.value.code


def test_xlsx_values_are_exact(read, workbook):
    data = workbook(
        ["条码", "售价", "日期", "上架", "空"],
        [6901028075831, 12.8, MORNING, True, None],
        [],
        ["096385074", 0.1 + 0.2, " 文字 ", False, 1e20],
    )
    assert read(data, "a.xlsx") == [
        Row(2, {"条码": 6901028075831, "售价": Decimal("12.8"), "日期": MORNING, "上架": True, "空": None}),
        Row(
            4,
            {
                "条码": "096385074",
                "售价": Decimal("0.3"),
                "日期": "文字",
                "上架": False,
                "空": Decimal("1.00000000000000e+20"),
            },
        ),
    ]


def test_xlsx_formula_gives_its_stored_value(read, workbook):
    sheet = SHEET_START + '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c></row>' + SHEET_END
    assert read(rebuilt(workbook(["sku"]), {SHEET: sheet.encode()}), "a.xlsx") == [Row(2, {"sku": 2})]


def test_xlsx_first_visible_sheet_is_read(read):
    book = Workbook()
    book.active.sheet_state = "hidden"
    book.create_sheet("商品").append(["sku"])
    book["商品"].append(["A1"])
    stream = io.BytesIO()
    book.save(stream)
    assert read(stream.getvalue(), "a.xlsx") == [Row(2, {"sku": "A1"})]


def test_xlsx_named_as_csv_is_still_read(read, workbook):
    assert read(workbook(["sku"], ["A1"]), "a.csv") == [Row(2, {"sku": "A1"})]


def test_xlsx_progress_reaches_the_end(workbook):
    with open_rows(io.BytesIO(workbook(["sku"], *([f"A{i}"] for i in range(2000)))), "a.xlsx") as rows:
        assert len(list(rows)) == 2000
        assert rows.done_share() == 1.0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), max_size=20), max_size=10))
def test_xlsx_round_trip(texts):
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["sku", "name"])
    for text in texts:
        sheet.append(["x", text.replace("=", "")])
    stream = io.BytesIO()
    book.save(stream)
    with open_rows(io.BytesIO(stream.getvalue()), "a.xlsx") as rows:
        found = [row.values["name"] or "" for row in rows]
    assert [text.split() for text in found] == [text.replace("=", "").split() for text in texts]


def test_xlsx_bomb_by_ratio_is_refused(workbook):
    assert refusal(rebuilt(workbook(["sku"]), {SHEET: b" " * 60_000_000})) == "import_archive_bomb"


def test_xlsx_bomb_by_size_is_refused(workbook):
    assert refusal(workbook(["sku"]), Limits(unpacked=1000)) == "import_archive_bomb"


def test_xlsx_bomb_by_number_of_entries_is_refused(workbook):
    extra = {f"x/{i}": b"" for i in range(2001)}
    assert refusal(rebuilt(workbook(["sku"]), extra)) == "import_archive_bomb"


def test_xlsx_part_that_must_be_held_is_bounded(workbook):
    assert (
        refusal(rebuilt(workbook(["sku"]), {"xl/styles.xml": b"x" * 5000}), Limits(part=4000)) == "import_archive_bomb"
    )


def test_xlsx_row_that_never_ends_is_refused(workbook):
    sheet = SHEET_START + '<row r="2">' + "<c><v>1</v></c>" * 300_000 + "</row>" + SHEET_END
    assert refusal(rebuilt(workbook(["sku"]), {SHEET: sheet.encode()}), Limits(part=200_000)) == "import_archive_bomb"


def test_xlsx_directory_that_lies_about_sizes_is_refused(workbook):
    data = bytearray(rebuilt(workbook(["sku"]), {SHEET: SHEET_START.encode() + b" " * 3_000_000 + SHEET_END.encode()}))
    at = data.rindex(SHEET.encode()) - 46 + 24
    data[at : at + 4] = struct.pack("<I", 1000)
    assert refusal(bytes(data)) == "import_file_broken"


def test_xlsx_row_number_far_away_stops_at_the_limit(workbook):
    sheet = SHEET_START + '<row r="2000000000"><c r="A2000000000"><v>1</v></c></row>' + SHEET_END
    assert refusal(rebuilt(workbook(["sku"]), {SHEET: sheet.encode()}), Limits(rows=5000)) == "import_too_many_rows"


def test_xlsx_entities_are_refused(workbook):
    sheet = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + SHEET_START.split("?>")[1] + SHEET_END
    assert refusal(rebuilt(workbook(["sku"]), {SHEET: sheet.encode()})) == "import_file_broken"


@cache
def _small_workbook() -> bytes:
    book = Workbook()
    book.active.append(["sku", "name"])
    book.active.append(["A1", "x"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_xlsx_damaged_anywhere_is_refused_or_read(data):
    raw = bytearray(_small_workbook())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(4, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with suppress(ImportFileError), open_rows(io.BytesIO(bytes(raw)), "a.xlsx") as rows:
        list(rows)
