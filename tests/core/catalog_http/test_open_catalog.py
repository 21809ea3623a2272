"""The open API's catalog: batches with a result per row."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from core.clock import travel
from core.db import db
from core.openkeys.service import create_key

OPEN = "/open/api/v1"


@pytest.fixture
def key(shop):
    return make_key(shop, "catalog:read", "catalog:write")


def make_key(shop: Any, *scopes: str) -> str:
    with shop.bound():
        _, key = create_key("收银", scopes)
        db.session.commit()
    return key


def put(shop: Any, key: str, what: str, rows: Any) -> Any:
    return shop.put(f"{OPEN}/{what}:batch", token=key, json={what: rows})


def product(code: str, **more: Any) -> dict[str, Any]:
    return {"sku_code": code, "title": f"商品 {code}", "list_price_fen": 1000, **more}


def test_batch_answers_every_row(shop, key):
    done = put(shop, key, "products", [product("A1", barcodes=["6954767413877"]), product("A2")]).json
    assert [row["result"] for row in done["results"]] == ["new", "new"]
    rows = [product("A1", list_price_fen=900), product("A2", barcodes=["6954767413877"]), product("A2"), {"sku_code": "A3"}]
    done = put(shop, key, "products", rows).json
    assert [row["result"] for row in done["results"]] == ["updated", "failed", "failed", "failed"]
    assert [[error["code"] for error in row["errors"]] for row in done["results"]] == [
        [], ["barcode_taken"], ["duplicate_row"], ["required", "required"],
    ]
    assert (done["new"], done["updated"], done["unchanged"], done["failed"]) == (0, 1, 0, 3)


def test_prices_by_code_and_by_barcode(shop, key):
    put(shop, key, "products", [product("A1", barcodes=["6954767413877"])])
    rows = [{"barcode": "6954767413877", "list_price_fen": 880}, {"sku_code": "NOPE", "list_price_fen": 1}]
    done = put(shop, key, "prices", rows).json
    assert [row["result"] for row in done["results"]] == ["updated", "failed"]
    assert done["results"][1]["errors"][0]["code"] == "unknown_sku"


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([product("A1"), product("A2", list_price_fen=-1)], "products.1.list_price_fen"),
        ([product("A1", barcodes=["6954767413878"])], "products.0.barcodes.0"),
        ([product("A1", colour="red")], "products.0.colour"),
        ([product("A b")], "products.0.sku_code"),
        ([product("A1", weighed="yes")], "products.0.weighed"),
        ([product("A1", category_path=["a", "b", "c", "d"])], "products.0.category_path"),
        ([product(f"A{i}") for i in range(501)], "products"),
        ([], "products"),
    ],
)
def test_bad_batch_is_422_and_nothing_is_stored(shop, key, rows, field):
    refused = put(shop, key, "products", rows)
    assert (refused.status_code, refused.json["field"]) == (422, field)
    with shop.bound():
        assert db.session.execute(text("SELECT count(*) FROM sku")).scalar_one() == 3


def test_changes_since_a_moment(shop, key):
    with travel(60):
        put(shop, key, "products", [product("A1")])
    everything = shop.get(f"{OPEN}/products", token=key).json["items"]
    since = everything[-1]["updated_at"]
    found = shop.get(f"{OPEN}/products", token=key, query_string={"changed_since": since}).json["items"]
    assert (len(everything), [p["skus"][0]["code"] for p in found]) == (4, ["A1"])


def test_key_without_the_scope_is_403(shop):
    reader = make_key(shop, "catalog:read")
    refused = put(shop, reader, "products", [product("A1")])
    assert (refused.status_code, refused.json["code"]) == (403, "scope_missing")
    assert put(shop, shop.staff_token, "products", [product("A1")]).status_code == 401


def test_malformed_json_and_a_body_too_large(shop, key):
    url = f"{OPEN}/products:batch"
    broken = shop.put(url, token=key, data=b"{", headers={"Content-Type": "application/json"})
    assert (broken.status_code, broken.json["code"]) == (400, "bad_request")
    large = shop.put(url, token=key, data=b" " * (13 * 1024 * 1024), headers={"Content-Type": "application/json"})
    assert (large.status_code, large.json["code"]) == (413, "too_large")
