from __future__ import annotations

import csv
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.barcode import (
    Barcode,
    BarcodeCheckDigitError,
    BarcodeError,
    WeighedLabel,
    build_weighed,
    check_digit,
    lookup_forms,
    parse_barcode,
    parse_weighed,
)

LABELS = list(csv.DictReader(files("core.data.demo").joinpath("xingtai_weighed_plu.csv").open(encoding="utf-8")))
bodies = st.sampled_from([7, 11, 12, 13]).flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n))


@pytest.mark.parametrize(
    ("text", "barcode"),
    [
        ("6901028075831", Barcode("6901028075831", "EAN-13")),
        ("96385074", Barcode("96385074", "EAN-8")),
        ("036000291452", Barcode("036000291452", "UPC-A")),
        ("16901028075838", Barcode("16901028075838", "ITF-14")),
        (" 690-1028 075831 ", Barcode("6901028075831", "EAN-13")),
        ("６９０１０２８０７５８３１", Barcode("6901028075831", "EAN-13")),
    ],
)
def test_barcode_of_each_kind(text, barcode):
    assert parse_barcode(text) == barcode


def test_barcode_wrong_check_digit_names_the_expected_one():
    with pytest.raises(BarcodeCheckDigitError) as caught:
        parse_barcode("6901028075832")
    error = caught.value
    assert (error.code, error.status, error.field, error.extra) == (
        "barcode_check_digit",
        422,
        "barcode",
        {"expected": 1},
    )
    assert error.message == "条码“6901028075832”校验位不对：最后一位应为 1，请对照包装重新录入"


@pytest.mark.parametrize("text", ["", "123", "690102807583", "69010280758A1", "6.9E+12", "-6901028075831", "²2345678"])
def test_barcode_that_is_none(text):
    with pytest.raises(BarcodeError):
        parse_barcode(text)


@given(bodies)
def test_barcode_accepts_exactly_one_check_digit(body):
    accepted = []
    for digit in "0123456789":
        try:
            accepted.append(parse_barcode(body + digit).value)
        except BarcodeCheckDigitError:
            continue
    assert accepted == [f"{body}{check_digit(body)}"]


@given(bodies, st.data())
def test_barcode_with_one_digit_mistyped_is_refused(body, data):
    code = f"{body}{check_digit(body)}"
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != code[place]]))
    with pytest.raises(BarcodeCheckDigitError):
        parse_barcode(code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize(
    ("scanned", "forms"),
    [
        ("036000291452", ("036000291452", "00036000291452", "0036000291452")),
        ("0036000291452", ("0036000291452", "00036000291452", "036000291452")),
        ("6901028075831", ("6901028075831", "06901028075831")),
        ("16901028075838", ("16901028075838",)),
        ("96385074", ("96385074",)),
        ("kkkl", ()),
    ],
)
def test_lookup_forms_of_one_article(scanned, forms):
    assert lookup_forms(scanned) == forms


@pytest.mark.parametrize("row", LABELS, ids=lambda row: row["plu5"])
def test_weighed_label_of_the_demo_scales(row):
    amount = (int(row["price_fen_per_kg"]) * 1236 + 500) // 1000
    label = row["example_amount_label_1236g"]
    assert parse_weighed(label) == WeighedLabel(label, row["plu5"], amount)
    assert build_weighed(row["plu5"], amount) == label


@given(st.integers(0, 99_999), st.integers(0, 99_999))
def test_weighed_label_round_trip(plu, amount):
    code = build_weighed(f"{plu:05d}", amount)
    assert parse_weighed(code) == WeighedLabel(code, f"{plu:05d}", amount)


def test_weighed_label_of_another_prefix_is_none():
    assert parse_weighed("2000000273341") is None


def test_weighed_label_damaged_is_refused():
    with pytest.raises(BarcodeCheckDigitError):
        parse_weighed("2110001002459")


@pytest.mark.parametrize(("plu", "amount"), [("1234", 1), ("12345", -1), ("12345", 100_000), ("1234x", 1)])
def test_weighed_label_that_cannot_be_built(plu, amount):
    with pytest.raises(BarcodeError):
        build_weighed(plu, amount)
