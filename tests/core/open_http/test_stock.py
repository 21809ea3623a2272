"""Stock over the open API: reading, counting, receiving."""

from __future__ import annotations

from decimal import Decimal

import pytest

RECEIPTS = "/open/api/v1/stock/receipts"
BATCH = "/open/api/v1/stock:batch"


def count(sku: str = "MILK", on_hand: object = 5, **more: object) -> dict:
    return {"store_code": "XT01", "sku": sku, "on_hand": on_hand, **more}


def receipt(number: str = "R1", *lines: tuple[str, object]) -> dict:
    wanted = lines or (("MILK", 3),)
    return {"number": number, "store_code": "XT01", "lines": [{"sku": sku, "qty": qty} for sku, qty in wanted]}


def test_list_is_paged_by_keyset(shop, key):
    first = shop.get("/open/api/v1/stock?limit=2", token=key).json
    second = shop.get(f"/open/api/v1/stock?limit=2&cursor={first['next_cursor']}", token=key).json
    assert [row["sku"] for row in first["items"] + second["items"]] == ["MILK", "RICE", "PORK"]
    assert second["next_cursor"] is None
    assert {k: first["items"][0][k] for k in ("store_code", "on_hand", "reserved", "safety", "sellable")} == {
        "store_code": "XT01", "on_hand": "100", "reserved": "0", "safety": "0", "sellable": "100",
    }  # fmt: skip


def test_count_sets_stock_and_tells_what_changed(shop, key):
    body = {"reference": "盘点 7", "counts": [count(on_hand="4.5", safety=2, shelf_location="A-3"), count("RICE", 100)]}
    answer = shop.put(BATCH, token=key, json=body)
    assert (answer.status_code, answer.json) == (200, {"created": 0, "changed": 1})
    assert shop.stock("MILK") == (Decimal("4.500"), Decimal(0))


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        (count(on_hand=-1), "stock_below_zero", "counts.1.on_hand"),
        (count(safety="-0.001"), "stock_below_zero", "counts.1.safety"),
        (count("GHOST"), "unknown_sku", "counts.1.sku"),
        ({**count("PORK"), "store_code": "XT99"}, "store_not_found", "counts.1.store_code"),
        (count("RICE"), "duplicate_row", "counts.1.sku"),
        (count(on_hand=1.5), "invalid", "counts.1.on_hand"),
        (count(on_hand=10**8), "invalid", "counts.1.on_hand"),
        (count(sku="a\x00"), "invalid", "counts.1.sku"),
        ({**count(), "color": "red"}, "invalid", "counts.1.color"),
    ],
)
def test_bad_count_changes_nothing(shop, key, row, code, field):
    answer = shop.put(BATCH, token=key, json={"counts": [count("RICE", 1), row]})
    assert (answer.status_code, answer.json["code"], answer.json["field"]) == (422, code, field)
    assert shop.stock("RICE") == (Decimal("100.000"), Decimal(0))


def test_receipt_is_booked_once(shop, key):
    first = shop.post(RECEIPTS, token=key, json=receipt("R1", ("MILK", 3), ("PORK", "1.25"), ("MILK", 2)))
    again = shop.post(RECEIPTS, token=key, json=receipt("R1", ("PORK", "1.250"), ("MILK", 5)))
    assert (first.status_code, first.json) == (201, {"number": "R1", "created": True, "lines": 3})
    assert (again.status_code, again.json["created"]) == (200, False)
    assert shop.stock("MILK") == (Decimal("105.000"), Decimal(0))
    assert shop.stock("PORK") == (Decimal("101.250"), Decimal(0))


def test_receipt_number_with_other_goods_is_refused(shop, key):
    shop.post(RECEIPTS, token=key, json=receipt("R1"))
    answer = shop.post(RECEIPTS, token=key, json=receipt("R1", ("MILK", 4)))
    assert (answer.status_code, answer.json["code"]) == (409, "receipt_number_reused")
    assert shop.stock("MILK") == (Decimal("103.000"), Decimal(0))


@pytest.mark.parametrize(
    "body",
    [
        receipt("R1", *[("MILK", 1)] * 5001),
        {**receipt(), "lines": []},
        receipt("R1", ("MILK", 0)),
        receipt("R1", ("MILK", -3)),
        receipt("R1", ("MILK", "1e9")),
        receipt("R1", ("GHOST", 1)),
        {**receipt(), "store_code": "XT99"},
        {**receipt(), "number": ""},
    ],
)
def test_bad_receipt_is_refused(shop, key, body):
    assert shop.post(RECEIPTS, token=key, json=body).status_code == 422
    assert shop.stock("MILK") == (Decimal("100.000"), Decimal(0))


def test_forged_cursor_is_refused(shop, key):
    answer = shop.get("/open/api/v1/stock?cursor=WyJhIiwxXQ", token=key)
    assert (answer.status_code, answer.json["code"]) == (422, "bad_cursor")
