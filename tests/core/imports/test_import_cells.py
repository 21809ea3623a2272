from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from core.imports import cells, specialcells
from core.imports.cells import Fen
from core.money import yuan

MORNING = datetime(2026, 1, 31, 8, 30)  # noqa: DTZ001 - cells of a workbook have no zone


def code_of(field: cells.Cell, value: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        field.deserialize(value)
    return caught.value.messages[0].code


@pytest.mark.parametrize(
    ("value", "fen"),
    [
        ("12.80", 1280),
        ("12.8", 1280),
        ("12", 1200),
        (12, 1200),
        (Decimal("12.8"), 1280),
        ("¥1,280.00", 128_000),
        ("￥３.５", 350),
        ("12.80元", 1280),
        ("0", 0),
        (Fen("1280"), 1280),
        (Fen(429), 429),
        (Fen(Decimal("1280")), 1280),
        ("12.800", 1280),
        ("+5", 500),
    ],
)
def test_money_in_yuan_and_in_fen(value, fen):
    assert cells.MoneyCell().deserialize(value) == fen


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("12.805", "price_places"),
        ("-1", "price_negative"),
        ("abc", "price_invalid"),
        (True, "price_invalid"),
        ("1,28", "price_invalid"),
        ("NaN", "price_invalid"),
        ("1e999999999", "price_invalid"),
        ("1e20", "price_too_large"),
        ("10000000.01", "price_too_large"),
        ("1_000", "price_invalid"),
        ([1], "price_invalid"),
        (Fen("12.80"), "fen_invalid"),
        (Fen("x"), "fen_invalid"),
        (Fen(-5), "price_negative"),
        (Fen(10**15), "price_too_large"),
    ],
)
def test_money_that_is_refused(value, code):
    assert code_of(cells.MoneyCell(), value) == code


def test_price_of_zero_is_refused():
    assert code_of(cells.PriceCell(), "0.00") == "price_zero"


@given(st.integers(0, cells.MAX_FEN))
def test_money_round_trip(fen):
    assert cells.MoneyCell().deserialize(yuan(fen)) == fen == cells.MoneyCell().deserialize(Fen(str(fen)))


@pytest.mark.parametrize(
    ("value", "quantity"), [("12", "12.000"), ("1.250", "1.250"), (7, "7.000"), ("1,234.5", "1234.500")]
)
def test_quantity(value, quantity):
    assert str(cells.QuantityCell().deserialize(value)) == quantity


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("-1", "quantity_negative"),
        ("1.2345", "quantity_places"),
        ("x", "quantity_invalid"),
        ("1e12", "quantity_too_large"),
    ],
)
def test_quantity_that_is_refused(value, code):
    assert code_of(cells.QuantityCell(), value) == code


@pytest.mark.parametrize(
    ("value", "answer"), [("是", True), ("否", False), (True, True), (0, False), ("ＹＥＳ", True), ("下架", False)]
)
def test_yes_no(value, answer):
    assert cells.YesNoCell().deserialize(value) is answer


def test_yes_no_of_something_else_is_refused():
    assert code_of(cells.YesNoCell(), "也许") == "yes_no_invalid"


def test_text_is_tidied():
    assert cells.TextCell().deserialize(" 东北\u3000大米\u200b \n5kg ") == "东北 大米 5kg"
    assert cells.LongTextCell().deserialize(" 一 \r\n\n二  三 ") == "一\n\n二 三"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("x\0y", "control_character"),
        ("x\ud800", "control_character"),
        ("x" * 201, "too_long"),
        ({}, "not_text"),
        (True, "not_text"),
    ],
)
def test_text_that_is_refused(value, code):
    assert code_of(cells.TextCell(), value) == code


@pytest.mark.parametrize(
    ("value", "code"), [("A 1", "code_invalid"), ("6.9E+12", "number_scientific"), ("x" * 65, "code_invalid")]
)
def test_code_that_is_refused(value, code):
    assert code_of(cells.CodeCell(), value) == code


@pytest.mark.parametrize(
    ("value", "barcodes"),
    [
        ("6901028075831|96385074", ["6901028075831", "96385074"]),
        ("6901028075831，96385074", ["6901028075831", "96385074"]),
        (6901028075831, ["6901028075831"]),
        (["6901028075831", "6901028075831"], ["6901028075831"]),
        ("690-1028-075831", ["6901028075831"]),
    ],
)
def test_barcodes(value, barcodes):
    assert specialcells.BarcodesCell().deserialize(value) == barcodes


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("6901028075832", "barcode_check_digit"),
        ("6.9E+12", "barcode_scientific"),
        (Decimal("6.9E+12"), "barcode_scientific"),
        (36000291452, "barcode_lost_zero"),
        ("12345", "barcode_invalid"),
        ([None], "not_text"),
        ("|".join(str(i) for i in range(21)), "barcodes_too_many"),
    ],
)
def test_barcodes_that_are_refused(value, code):
    assert code_of(specialcells.BarcodesCell(), value) == code


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("饮料 > 碳酸饮料", ["饮料", "碳酸饮料"]),
        ("饮料/碳酸饮料/可乐", ["饮料", "碳酸饮料", "可乐"]),
        (["A/B", "C"], ["A/B", "C"]),
        ("饮料", ["饮料"]),
    ],
)
def test_category_path(value, path):
    assert specialcells.CategoryPathCell().deserialize(value) == path


def test_category_path_too_deep_is_refused():
    assert code_of(specialcells.CategoryPathCell(), "a>b>c>d") == "category_too_deep"


@pytest.mark.parametrize("value", ["19900000001", 19900000001, "+86 199-0000-0001", "８６19900000001"])
def test_phone(value):
    assert specialcells.PhoneCell().deserialize(value) == "19900000001"


@pytest.mark.parametrize(
    ("value", "code"), [("1990000000", "phone_invalid"), ("1.99E+10", "number_scientific"), ("固话", "phone_invalid")]
)
def test_phone_that_is_refused(value, code):
    assert code_of(specialcells.PhoneCell(), value) == code


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-31 08:30",
        "2026/1/31 8:30",
        "2026年1月31日 08:30:00",
        "2026-01-31T08:30:00+08:00",
        "2026-01-31T00:30:00Z",
        MORNING,
    ],
)
def test_moment_without_zone_is_the_shops(value):
    assert specialcells.MomentCell().deserialize(value) == datetime(2026, 1, 31, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize("value", ["昨天", "2026-02-30", "0001-01-01", "2026-13-01", 20260131, "99999-01-01"])
def test_moment_that_is_refused(value):
    assert code_of(specialcells.MomentCell(), value) == "moment_invalid"


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ("年龄=35;口味：辣", {"年龄": "35", "口味": "辣"}),
        ('{"age": "65+", "kids": 2, "x": null}', {"age": "65+", "kids": "2"}),
        ("老客户|团购", {"老客户": "是", "团购": "是"}),
        ({"vip": True}, {"vip": "是"}),
        ({}, {}),
    ],
)
def test_tags(value, tags):
    assert specialcells.TagsCell().deserialize(value) == tags


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("{", "tags_invalid"),
        ([1], "tags_invalid"),
        ({"a": [1]}, "not_text"),
        ({str(i): "x" for i in range(51)}, "tags_too_many"),
    ],
)
def test_tags_that_are_refused(value, code):
    assert code_of(specialcells.TagsCell(), value) == code


@pytest.mark.parametrize("value", ["javascript:alert(1)", "ftp://x/y", "https://", "x"])
def test_url_that_is_refused(value):
    assert code_of(specialcells.UrlCell(), value) == "url_invalid"
