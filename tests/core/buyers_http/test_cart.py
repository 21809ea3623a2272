"""Cart, stores, slots, delivery check."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.buyers.domain import MAX_CART_LINES
from core.db import db


def put(shop, code: str, quantity: object):
    sku = shop.skus.get(code, code)
    return shop.put(f"/store/api/v1/cart/lines/{sku}", token=shop.buyer_token, json={"quantity": quantity})


def cart(shop) -> dict:
    answer = shop.get(f"/store/api/v1/cart?store_id={shop.store_id}", token=shop.buyer_token)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_cart_shows_live_prices(shop):
    assert put(shop, "MILK", 2).status_code == 204
    assert put(shop, "PORK", "0.5").status_code == 204
    assert put(shop, "MILK", 3).status_code == 204
    before = cart(shop)
    assert sorted((line["sku"], line["quantity"], line["amount_fen"]) for line in before["lines"]) == [
        ("MILK", "3", 3840),
        ("PORK", "0.5", 990),
    ]
    assert (before["list_fen"], before["payable_fen"], before["problems"]) == (4830, 4830, [])
    with shop.bound():
        db.session.execute(text("UPDATE sku SET list_price_fen = 1000 WHERE code = 'MILK'"))
        db.session.commit()
    assert cart(shop)["payable_fen"] == 3990


def test_empty_cart_is_no_error(shop):
    empty = cart(shop)
    assert (empty["lines"], empty["payable_fen"]) == ([], 0)


def test_member_sees_the_member_price(shop):
    with shop.bound():
        db.session.execute(text("UPDATE buyer SET member_no = 'M1'"))
        db.session.commit()
    put(shop, "MILK", 2)
    quoted = cart(shop)
    assert quoted["payable_fen"] == 2432
    assert [(s["lane"], s["amount_fen"], s["reason"]) for s in quoted["steps"]] == [
        ("list", 2560, "商品原价"),
        ("unit_price", -128, "会员价"),
    ]


def test_goods_off_the_shelf_are_a_problem(shop):
    put(shop, "MILK", 1)
    with shop.bound():
        db.session.execute(text("UPDATE sku SET active = false WHERE code = 'MILK'"))
        db.session.commit()
    problems = cart(shop)["problems"]
    assert [(p["code"], p["position"]) for p in problems] == [("off_shelf", 1)]


def test_line_is_removed_and_cart_cleared(shop):
    put(shop, "MILK", 1)
    put(shop, "RICE", 1)
    path = f"/store/api/v1/cart/lines/{shop.skus['MILK']}"
    assert [shop.delete(path, token=shop.buyer_token).status_code for _ in range(2)] == [204, 204]
    assert [line["sku"] for line in cart(shop)["lines"]] == ["RICE"]
    assert shop.delete("/store/api/v1/cart", token=shop.buyer_token).status_code == 204
    assert cart(shop)["lines"] == []


@pytest.mark.parametrize(
    ("code", "quantity", "status", "problem"),
    [
        ("MILK", "1.5", 422, "whole_units_only"),
        ("MILK", 0, 422, "invalid"),
        ("MILK", -1, 422, "invalid"),
        ("MILK", 10**6, 422, "invalid"),
        ("MILK", 1.5, 422, "invalid"),
        ("MILK", "1e3", 422, "invalid"),
        ("MILK", None, 422, "invalid"),
        ("999999", 1, 404, "sku_not_found"),
    ],
)
def test_bad_line_is_refused(shop, code, quantity, status, problem):
    answer = put(shop, code, quantity)
    assert (answer.status_code, answer.json["code"]) == (status, problem)


def test_cart_holds_two_hundred_skus(shop):
    with shop.bound():
        db.session.execute(
            text(
                "INSERT INTO sku (product_id, code, list_price_fen)"
                " SELECT (SELECT min(id) FROM product), 'X' || n, 100 FROM generate_series(1, :most) n"
            ),
            {"most": MAX_CART_LINES},
        )
        db.session.execute(
            text(
                "INSERT INTO cart_line (buyer_id, sku_id, quantity, added_at)"
                " SELECT :buyer, id, 1, now() FROM sku WHERE code LIKE 'X%'"
            ),
            {"buyer": shop.buyer_id},
        )
        some = db.session.execute(text("SELECT id FROM sku WHERE code = 'X1'")).scalar_one()
        db.session.commit()
    answer = put(shop, "MILK", 1)
    assert (answer.status_code, answer.json["code"]) == (409, "cart_full")
    assert put(shop, str(some), 2).status_code == 204
    assert len(cart(shop)["lines"]) == MAX_CART_LINES


def test_stores_are_open_to_everybody(shop):
    (store,) = shop.get("/store/api/v1/stores").json["items"]
    assert (store["code"], store["opens_at"], store["longitude"]) == ("XT01", "07:30", "114.487000")
    assert store["zones"] == [
        {"max_distance_m": 4000, "min_amount_fen": 2000, "fee_fen": 400, "free_from_fen": 3900}
    ]
    slots = shop.get(f"/store/api/v1/stores/{store['id']}/slots").json["items"]
    assert slots[0]["left"] is None
    assert len(slots) > 70


def test_slot_capacity_counts_down(shop):
    with shop.bound():
        db.session.execute(text("UPDATE store SET slot_capacity = 1"))
        db.session.commit()
    path = f"/store/api/v1/stores/{shop.store_id}/slots"
    slot = shop.get(path).json["items"][3]
    assert slot["left"] == 1
    body = {
        "store_id": str(shop.store_id), "fulfilment": "pickup", "slot_starts_at": slot["starts_at"],
        "lines": [{"sku_id": str(shop.skus["MILK"]), "quantity": 1}],
    }  # fmt: skip
    for key, status in (("slot-key-1", 201), ("slot-key-2", 409)):
        answer = shop.post(
            "/store/api/v1/orders", token=shop.buyer_token, json=body, headers={"Idempotency-Key": key}
        )
        assert answer.status_code == status, answer.text
    assert shop.get(path).json["items"][3] == {**slot, "left": 0}


def test_delivery_check_tells_terms_and_distance(shop):
    path = f"/store/api/v1/stores/{shop.store_id}/delivery"
    near = shop.get(f"{path}?longitude=114.49&latitude=37.07").json
    assert (near["reachable"], near["fee_fen"], near["free_from_fen"]) == (True, 400, 3900)
    assert 250 < near["distance_m"] < 350
    far = shop.get(f"{path}?longitude=116.4&latitude=39.9").json
    assert (far["reachable"], far["fee_fen"]) == (False, None)
    assert shop.get(f"{path}?longitude=x&latitude=1").status_code == 422
    assert shop.get("/store/api/v1/stores/999/delivery?longitude=1&latitude=1").status_code == 404
