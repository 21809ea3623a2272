from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.imports.batches import Batch
from core.imports.errors import RowError
from core.imports.report import ImportReport, errors_csv, safe_cell
from core.web.formulas import as_written, disarmed


def error(line: int, value: str = "x") -> RowError:
    return RowError(line, "售价", value, "price_invalid", "请改正")


def test_report_counts_lines_and_findings():
    report = ImportReport()
    report.add_batch(Batch(errors=[error(2), error(2), error(5)], ignored=frozenset({"b", "a"})))
    report.count(new=3, updated=2, unchanged=1)
    assert report.as_dict() == {
        "total": 8,
        "new": 3,
        "updated": 2,
        "unchanged": 1,
        "failed": 2,
        "more": 0,
        "stopped": False,
        "ignored_columns": ["a", "b"],
        "errors": [
            {"line": line, "column": "售价", "value": "x", "code": "price_invalid", "message": "请改正"}
            for line in (2, 2, 5)
        ],
    }


def test_report_beyond_its_cap_counts_the_rest():
    report = ImportReport(cap=2)
    report.add_errors([error(line) for line in range(5)])
    report.add_errors([error(9)])
    assert (len(report.errors), report.more, report.failed) == (2, 4, 6)
    assert report.to_csv().decode("utf-8-sig").splitlines()[-1] == ",,,,另有 4 处错误没有列出，请先改正以上各行再导入"


def test_report_csv_opens_in_excel():
    data = errors_csv([error(3, 'a,"b"\nc')])
    assert data.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))) == [
        ["行号", "列", "内容", "错误代码", "怎么办"],
        ["3", "售价", 'a,"b"\nc', "price_invalid", "请改正"],
    ]


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "＝1", "\r=1"])
def test_report_disarms_formulas(value):
    assert safe_cell(value) == f"'{value}"


@given(st.text(max_size=20))
def test_report_cells_never_begin_with_a_formula_sign(value):
    assert not str(safe_cell(value)).lstrip(" ").startswith(("=", "+", "-", "@"))


@given(st.text("'=+-@ \t\n＝a", max_size=8))
def test_disarmed_text_comes_back_as_it_was_written(value):
    assert as_written(disarmed(value)) == value


@pytest.mark.parametrize("value", ["'引号", "''", "", "'a=1", "a'=1", "5' 长"])
def test_harmless_text_keeps_its_apostrophes(value):
    assert (disarmed(value), as_written(value)) == (value, value)
