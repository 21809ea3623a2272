from __future__ import annotations

import csv
import gzip
import io
import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.imports.errors import ImportFileError, RowError
from core.imports.readers import LIMITS, Limits, Row, open_rows

TEXT = "货号,名称\nA1,大白菜\nA2,豆腐\n"
ROWS = [Row(2, {"货号": "A1", "名称": "大白菜"}), Row(3, {"货号": "A2", "名称": "豆腐"})]
cells = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)


def refused(code: str, data: bytes, filename: str = "a.csv", limits: Limits = LIMITS) -> ImportFileError:
    with pytest.raises(ImportFileError) as caught, open_rows(io.BytesIO(data), filename, limits) as rows:
        list(rows)
    assert caught.value.code == code
    return caught.value


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("gb18030"), "gb18030"),
        (TEXT.encode("utf-16"), "utf-16"),
        (gzip.compress(TEXT.encode(), mtime=0), "utf-8"),
        (TEXT.replace("\n", "\r\n").encode(), "utf-8"),
        (TEXT.replace(",", ";").encode(), "utf-8"),
        (TEXT.replace(",", "\t").encode("gb18030"), "gb18030"),
    ],
)
def test_csv_in_every_encoding_and_separator(data, encoding):
    with open_rows(io.BytesIO(data), "a.csv") as rows:
        assert (rows.kind, rows.encoding, rows.columns) == ("csv", encoding, ("货号", "名称"))
        assert list(rows) == ROWS
        assert rows.done_share() == 1.0


def test_csv_with_ascii_start_and_gb18030_further_down(read):
    lines = ["sku,name", *(f"A{i},x" for i in range(100_000)), "B1,豆腐"]
    assert read("\n".join(lines).encode("gb18030"))[-1] == Row(100_002, {"sku": "B1", "name": "豆腐"})


def test_csv_separator_line_of_excel_is_skipped(read):
    assert read(b"sep=;\nsku;name\nA1;x, y\n") == [Row(3, {"sku": "A1", "name": "x, y"})]


def test_csv_line_numbers_with_quotes_blank_lines_and_line_breaks(read):
    data = 'sku,name\n\nA1,"two\nlines, ""quoted"""\n ,\nA2,x\n'
    assert read(data.encode()) == [
        Row(3, {"sku": "A1", "name": 'two\nlines, "quoted"'}),
        Row(6, {"sku": "A2", "name": "x"}),
    ]


def test_csv_row_with_cells_beyond_the_header_is_an_error(read):
    found = read(b"sku,name\nA1,x,y\nA2,z,,\n")
    assert (found[0].line, found[0].code, found[0].value) == (2, "cells_beyond_header", "y")
    assert found[1] == Row(3, {"sku": "A2", "name": "z"})


def test_csv_bad_quote_spoils_its_line_only(read):
    found = read(b'sku,name\nA1,"x"y\nA2,z\n')
    assert (found[0].line, found[0].code) == (2, "line_unreadable")
    assert found[1] == Row(3, {"sku": "A2", "name": "z"})


def test_csv_unclosed_quote_stops_with_the_line_it_began_on():
    assert refused("import_unclosed_quote", b'sku,name\nA1,x\nA2,"y\nA3,z\n').extra["line"] == 3


@given(
    st.lists(st.lists(cells, min_size=2, max_size=2), max_size=20), st.sampled_from(["utf-8", "utf-8-sig", "gb18030"])
)
def test_csv_round_trip(table, encoding):
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    writer.writerows([["sku", "name"], *table])
    with open_rows(io.BytesIO(stream.getvalue().encode(encoding)), "a.csv") as rows:
        found = [[row.values["sku"], row.values["name"]] for row in rows]
    assert found == [row for row in table if any(cell.strip() for cell in row)]


@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.one_of(cells, st.integers(), st.booleans()))), st.booleans())
def test_jsonl_round_trip(table, packed):
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table).encode() or b"{}\n"
    with open_rows(io.BytesIO(gzip.compress(data) if packed else data), "a.jsonl") as rows:
        assert [row.values for row in rows] == (table or [{}])


def test_jsonl_numbers_are_exact(read):
    assert read(b'{"price": 12.80, "n": 7}\n', "a.jsonl") == [Row(1, {"price": Decimal("12.80"), "n": 7})]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"7",
        b'{"a": NaN}',
        b'{"a": 1}}',
        b"\xff\xfe{}",
        b'{"a": ' + b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_jsonl_bad_line_spoils_itself_only(read, line):
    found = read(line + b'\n\n{"a": 1}\n', "a.jsonl")
    assert isinstance(found[0], RowError)
    assert (found[0].line, found[0].code, found[1]) == (1, "json_invalid", Row(3, {"a": 1}))


def test_jsonl_line_that_is_too_long_spoils_itself_only(read):
    found = read(b'{"a": "' + b"x" * 2_000_000 + b'"}\n{"a": 1}\n', "a.jsonl")
    assert [(item.line, getattr(item, "code", "")) for item in found] == [(1, "line_too_long"), (2, "")]


@pytest.mark.parametrize(
    ("data", "filename", "code", "status"),
    [
        (b"", "a.csv", "import_file_empty", 422),
        (b" \n\n", "a.csv", "import_file_empty", 422),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a.xls", "import_old_excel", 415),
        (b"sku,name\n", "a.xlsx", "import_type_unsupported", 415),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "a.csv", "import_type_unsupported", 415),
        (b'[{"sku": 1}]', "a.json", "import_json_array", 415),
        (b"sku,\xff\xff\n\x80\x80", "a.csv", "import_encoding_unknown", 422),
        (b"sku,name,sku\n", "a.csv", "import_duplicate_column", 422),
        (b",,,\n,,\n", "a.csv", "import_file_empty", 422),
        (",".join(f"c{i}" for i in range(201)).encode(), "a.csv", "import_too_many_columns", 422),
        (gzip.compress(TEXT.encode(), mtime=0)[:-12], "a.csv.gz", "import_file_broken", 422),
        (b"\x1f\x8b nonsense", "a.jsonl.gz", "import_file_broken", 422),
        (b"PK\x03\x04 nonsense", "a.xlsx", "import_file_broken", 422),
    ],
)
def test_file_that_is_refused(data, filename, code, status):
    assert refused(code, data, filename).status == status


def test_file_too_large_is_refused_before_reading():
    assert refused("import_file_too_large", b"x" * 2000, limits=Limits(bytes=1000)).status == 413


def test_file_with_too_many_rows_stops_at_the_limit():
    data = b"sku\n" + b"x\n" * 20
    assert refused("import_too_many_rows", data, limits=Limits(rows=10)).extra["line"] == 12


def test_gzip_bomb_is_refused_while_it_is_read():
    bomb = gzip.compress(b'{"a": "' + b"0" * 60_000_000 + b'"}')
    assert refused("import_archive_bomb", bomb, "a.jsonl.gz").status == 413


def test_stream_that_cannot_seek_is_read():
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with open_rows(Pipe(TEXT.encode()), "a.csv") as rows:
        assert list(rows) == ROWS


@pytest.mark.parametrize("data", [TEXT.encode(), b"", b"sku,sku\n"])
def test_given_stream_stays_open(data):
    stream = io.BytesIO(data)
    with suppress(ImportFileError), open_rows(stream, "a.csv") as rows:
        list(rows)
    assert not stream.closed
