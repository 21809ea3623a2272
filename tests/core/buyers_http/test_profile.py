"""Name, addresses in real districts, message grants, export, erasure."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from core.db import db
from tests.core.shops import make_buyer

ADDRESSES = "/store/api/v1/addresses"


def place(**more) -> dict:
    return {
        "contact": "王小明", "phone": "19900000001", "district_code": "130503001", "detail": "中兴大街 1 号 2 单元",
        "longitude": "114.49", "latitude": 37.07,
    } | more  # fmt: skip


def someone_else(shop) -> str:
    with shop.bound():
        _, token = make_buyer(shop, name="else")
        db.session.commit()
    return token


def test_name_is_changed_and_removed(shop):
    def rename(name):
        return shop.request("PATCH", "/store/api/v1/profile", token=shop.buyer_token, json={"name": name})

    assert rename("  小明 ").json["name"] == "小明"
    assert rename(None).json["name"] is None
    assert rename("a\x00").status_code == 422


def test_address_is_kept_with_its_district_in_words(shop):
    answer = shop.post(ADDRESSES, token=shop.buyer_token, json=place())
    assert answer.status_code == 201, answer.text
    kept = answer.json
    assert (kept["longitude"], kept["latitude"], kept["is_default"]) == ("114.490000", "37.070000", True)
    assert kept["district"].startswith("邢台市")
    assert shop.get(ADDRESSES, token=shop.buyer_token).json["items"] == [kept]


def test_one_address_is_the_default(shop):
    first = shop.post(ADDRESSES, token=shop.buyer_token, json=place()).json["id"]
    second = shop.post(ADDRESSES, token=shop.buyer_token, json=place(is_default=True)).json["id"]
    listed = shop.get(ADDRESSES, token=shop.buyer_token).json["items"]
    assert [(a["id"], a["is_default"]) for a in listed] == [(second, True), (first, False)]


def test_twenty_addresses_are_the_most(shop):
    codes = [shop.post(ADDRESSES, token=shop.buyer_token, json=place()).status_code for _ in range(21)]
    assert codes == [201] * 20 + [409]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"district_code": "999999999"}, "district_code"),
        ({"district_code": "130503"}, "district_code"),
        ({"phone": "123"}, "phone"),
        ({"longitude": 181}, "longitude"),
        ({"latitude": "91"}, "latitude"),
        ({"latitude": "NaN"}, "latitude"),
        ({"longitude": 1e300}, "longitude"),
        ({"longitude": True}, "longitude"),
        ({"contact": ""}, "contact"),
        ({"detail": "x" * 121}, "detail"),
        ({"detail": "a\x00b"}, "detail"),
        ({"floor": 3}, "floor"),
    ],
)
def test_bad_address_is_refused(shop, change, field):
    answer = shop.post(ADDRESSES, token=shop.buyer_token, json=place(**change))
    assert (answer.status_code, answer.json["field"]) == (422, field)


def test_half_a_surrogate_pair_is_refused(shop):
    data = json.dumps(place(detail="\ud800")).encode()
    answer = shop.post(ADDRESSES, token=shop.buyer_token, data=data, content_type="application/json")
    assert (answer.status_code, answer.json["field"]) == (422, "detail")


def test_address_of_somebody_else_is_unknown(shop):
    address_id = shop.post(ADDRESSES, token=shop.buyer_token, json=place()).json["id"]
    token = someone_else(shop)
    assert shop.put(f"{ADDRESSES}/{address_id}", token=token, json=place()).status_code == 404
    assert shop.delete(f"{ADDRESSES}/{address_id}", token=token).status_code == 404
    assert shop.delete(f"{ADDRESSES}/{address_id}", token=shop.buyer_token).status_code == 204
    assert shop.delete(f"{ADDRESSES}/{address_id}", token=shop.buyer_token).status_code == 404


@pytest.mark.parametrize("address_id", ["0", "999999999999999999", "9" * 30, "-1", "abc", "1.5", "%00"])
def test_odd_ids_are_unknown(shop, address_id):
    assert shop.delete(f"{ADDRESSES}/{address_id}", token=shop.buyer_token).status_code == 404


def test_accepted_messages_add_up_and_unknown_templates_do_not(shop):
    shop.request("PATCH", "/console/api/v1/settings", token=shop.staff_token, json={"message_ready": "tpl1"})
    body = {"grants": [{"template": t, "result": r} for t, r in (("tpl1", "accept"), ("tpl1", "reject"), ("x", "accept"))]}
    for _ in range(2):
        answer = shop.post("/store/api/v1/grants", token=shop.buyer_token, json=body)
    assert answer.json["items"] == [{"template": "tpl1", "remaining": 2}]


def test_export_holds_everything_about_the_buyer(shop):
    shop.post(ADDRESSES, token=shop.buyer_token, json=place())
    shop.put(f"/store/api/v1/cart/lines/{shop.skus['MILK']}", token=shop.buyer_token, json={"quantity": "2"})
    answer = shop.get("/store/api/v1/export", token=shop.buyer_token)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    data = answer.json
    assert data["addresses"][0]["contact"] == "王小明"
    assert [line["sku"] for line in data["cart"]] == ["MILK"]
    assert [c["version"] for c in data["consents"]] == ["2026-01"]
    assert len(data["identities"]) == len(data["sessions"]) == 1
    assert shop.staff_token not in json.dumps(data)


def test_erasure_leaves_orders_without_a_person(shop):
    shop.post(ADDRESSES, token=shop.buyer_token, json=place())
    order = {
        "store_id": str(shop.store_id), "fulfilment": "pickup", "phone": "19900000001", "remark": "王小明 收",
        "lines": [{"sku_id": str(shop.skus["MILK"]), "quantity": 1}],
    }  # fmt: skip
    placed = shop.post(
        "/store/api/v1/orders", token=shop.buyer_token, json=order, headers={"Idempotency-Key": "erase-me-1"}
    ).json
    refused = shop.delete("/store/api/v1/profile", token=shop.buyer_token)
    assert (refused.status_code, refused.json["code"], refused.json["orders"]) == (409, "orders_open", [placed["number"]])
    assert shop.post(f"/store/api/v1/orders/{placed['number']}/cancel", token=shop.buyer_token).status_code == 200
    assert shop.delete("/store/api/v1/profile", token=shop.buyer_token).status_code == 204
    assert shop.get("/store/api/v1/profile", token=shop.buyer_token).status_code == 401
    with shop.bound():
        for table in ("address", "buyer_session", "buyer_identity", "cart_line", "favourite", "browsed", "message_grant"):
            assert db.session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, table
        kept = db.session.execute(text("SELECT buyer_id, contact_phone, delivery_to, remark, payable_fen FROM orders"))
        assert [tuple(row) for row in kept] == [(None, None, None, "", 1280)]
        erased = db.session.execute(text("SELECT phone, name, member_no, erased_at IS NOT NULL FROM buyer"))
        assert [tuple(row) for row in erased] == [(None, None, None, True)]
