"""The hand-written reader and the documented schema take and refuse the same sales."""

from __future__ import annotations

from datetime import UTC, datetime

import marshmallow as ma
import pytest

from core.tills.domain import read_sale
from core.tills.errors import SaleFault
from core.tills.schemas import SaleSchema
from tests.core.open_http.conftest import line, sale

LATEST = datetime(2030, 1, 1, tzinfo=UTC)
LINE_VALUES = {
    "sku": ["MILK", "牛奶 1L", "", "x" * 64, "x" * 65, "a\x00b", "a\nb", 7, None],
    "barcode": ["690", None],
    "qty": [1, "1", "1.236", "1.2365", 0, "0", "0.000", -1, 99999, 100000, 1.5, "1e3", True, None, "", "００１", "1\n"],
    "list_fen": [0, 1, -1, 10**10, 10**10 + 1, 1.0, "1", True, None],
    "paid_fen": [-5, 1280, 1.0, "1280", None, -(10**11)],
    "member_disc_fen": [0, -1, 1, False, None],
    "coupon_fen": [0, -1, "0", None],
    "coupon_store_funded_fen": [0, -1, 1, None],
    "surprise": [1],
}
SALE_VALUES = {
    "order_no": ["A", "a.b:c_d-1", "", "a b", "单号", "x" * 65, 7, None, "A\n"],
    "store_code": ["XT01", "", None, 1],
    "member_no": ["M1", None, "", 1],
    "placed_at": [
        "2026-01-02T10:00:00+08:00", "2026-01-02T02:00:00Z", "2026-01-02T10:00:00", "2026-01-02", "soon", "", 1, None,
    ],
    "channel": ["pos", "past", "online", None, 1, ["pos"]],
    "lines": [[], None, {}, [1], [None], "lines"],
    "paid_fen": [1280, 1279, -1, 1280.0, "1280", None, True],
    "surprise": [1],
}  # fmt: skip


def with_line(one: object) -> dict:
    return {**sale("A"), "lines": [one]}


def without(thing: dict, name: str) -> dict:
    return {key: value for key, value in thing.items() if key != name}


def cases() -> list:
    lines = [with_line({**line(), name: value}) for name, values in LINE_VALUES.items() for value in values]
    sales = [{**sale("A"), name: value} for name, values in SALE_VALUES.items() for value in values]
    short_sales = [without(sale("A"), name) for name in sale("A")]
    short_lines = [with_line(without(line(), name)) for name in line()]
    return [*lines, *sales, *short_sales, *short_lines, sale("A"), None, [], "sale"]


def taken_by_hand(raw) -> bool:
    try:
        read_sale(raw, LATEST)
    except SaleFault:
        return False
    return True


def taken_by_schema(raw) -> bool:
    try:
        SaleSchema().load(raw)
    except ma.ValidationError:
        return False
    return True


@pytest.mark.parametrize("raw", cases(), ids=lambda raw: str(raw)[-90:])
def test_reader_and_schema_agree(raw):
    assert taken_by_hand(raw) == taken_by_schema(raw)


def test_reader_and_schema_read_the_same_values():
    raw = sale("A", line(qty="1.50", list_fen=300, member_disc_fen=20, coupon_fen=30, coupon_store_funded_fen=10))
    by_hand, by_schema = read_sale(raw, LATEST), SaleSchema().load(raw)
    assert by_hand.placed_at == by_schema["placed_at"]
    assert by_hand.channel == by_schema["channel"] == "pos"
    assert by_hand.lines[0].quantity == "1.5"
    assert by_hand.lines[0][3:] == tuple(
        by_schema["lines"][0][name]
        for name in ("list_fen", "member_disc_fen", "coupon_fen", "coupon_store_funded_fen", "paid_fen")
    )
