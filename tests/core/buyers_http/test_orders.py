"""Quote, order, pay, cancel over HTTP: the shopper's real way."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import event, text

from core.clock import travel
from core.db import db
from core.orders.service import SYSTEM, mark_paid
from core.payments import profiles
from tests.core.buyers_http.test_profile import ADDRESSES, place, someone_else
from tests.core.payments.conftest import profile_data

QUOTE, ORDERS = "/store/api/v1/quote", "/store/api/v1/orders"


def body(shop, *lines: tuple[str, object], **more) -> dict:
    wanted = lines or (("MILK", 2), ("RICE", 1))
    return {
        "store_id": str(shop.store_id),
        "fulfilment": "pickup",
        "lines": [{"sku_id": str(shop.skus.get(code, code)), "quantity": q} for code, q in wanted],
    } | more


def order(shop, key: str = "order-key-1", token: str | None = None, **more):
    content = more.pop("json", None) or body(shop, **more)
    return shop.post(ORDERS, token=token or shop.buyer_token, json=content, headers={"Idempotency-Key": key})


def paid_order(shop) -> str:
    number = order(shop).json["number"]
    with shop.bound():
        order_id = db.session.execute(text("SELECT id FROM orders WHERE number = :n"), {"n": number}).scalar_one()
        assert mark_paid(order_id, SYSTEM, "测试")
        db.session.commit()
    return number


def test_quote_shows_ledger_and_total(shop):
    answer = shop.post(QUOTE, token=shop.buyer_token, json=body(shop, ("MILK", 2), ("PORK", "1.236")))
    assert answer.status_code == 200
    quoted = answer.json
    assert [(line["sku"], line["quantity"], line["amount_fen"]) for line in quoted["lines"]] == [
        ("MILK", "2", 2560),
        ("PORK", "1.236", 2447),
    ]
    assert (quoted["payable_fen"], quoted["orderable"], quoted["complete"]) == (5007, True, True)


def test_repeated_sku_in_a_basket_is_added_up(shop):
    quoted = shop.post(QUOTE, token=shop.buyer_token, json=body(shop, ("MILK", 1), ("MILK", 2))).json
    assert [(line["sku"], line["quantity"]) for line in quoted["lines"]] == [("MILK", "3")]


def test_quote_of_the_cart(shop):
    empty = shop.post(QUOTE, token=shop.buyer_token, json=body(shop) | {"lines": None})
    assert (empty.status_code, empty.json["code"]) == (422, "cart_empty")
    shop.put(f"/store/api/v1/cart/lines/{shop.skus['RICE']}", token=shop.buyer_token, json={"quantity": 1})
    assert shop.post(QUOTE, token=shop.buyer_token, json=body(shop) | {"lines": None}).json["payable_fen"] == 3300


def test_delivery_needs_an_address_in_range(shop):
    address = shop.post(ADDRESSES, token=shop.buyer_token, json=place()).json["id"]
    far = shop.post(ADDRESSES, token=shop.buyer_token, json=place(longitude=115, latitude=37)).json["id"]

    def quoted(**more) -> dict:
        return shop.post(QUOTE, token=shop.buyer_token, json=body(shop, ("RICE", 1), fulfilment="delivery", **more)).json

    assert [p["code"] for p in quoted()["problems"]] == ["address_required"]
    assert [p["code"] for p in quoted(address_id=far)["problems"]] == ["out_of_range"]
    near = quoted(address_id=address)
    assert (near["shipping_fen"], near["payable_fen"], near["problems"]) == (400, 3700, [])
    token = someone_else(shop)
    foreign = shop.post(QUOTE, token=token, json=body(shop, fulfilment="delivery", address_id=address))
    assert (foreign.status_code, foreign.json["code"]) == (404, "address_not_found")


def test_order_is_placed_once_per_key(shop):
    first, again = order(shop), order(shop)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert (first.json["state"], first.json["payable_fen"]) == ("pending", 5860)
    assert shop.stock("MILK") == (Decimal("100.000"), Decimal("2.000"))


def test_key_with_other_content_is_refused(shop):
    order(shop)
    answer = order(shop, json=body(shop, ("MILK", 1)))
    assert (answer.status_code, answer.json["code"]) == (409, "reference_reused")


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "has space!", "emoji-\u00e9-1"])
def test_order_without_a_good_key_is_refused(shop, key):
    answer = order(shop, key=key)
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_required")


def test_price_the_shopper_did_not_see_is_refused(shop):
    answer = order(shop, json=body(shop, expected_payable_fen=5000))
    assert (answer.status_code, answer.json["code"], answer.json["payable_fen"]) == (409, "price_changed", 5860)


def test_more_than_there_is_is_refused(shop):
    answer = order(shop, json=body(shop, ("MILK", 101)))
    assert (answer.status_code, answer.json["code"]) == (409, "out_of_stock")
    assert shop.stock("MILK") == (Decimal("100.000"), Decimal(0))


@pytest.mark.parametrize(
    "change",
    [
        {"lines": []},
        {"lines": [{"sku_id": "1", "quantity": 1}] * 201},
        {"lines": [{"sku_id": "1", "quantity": 1}] * 10_000},
        {"lines": [{"sku_id": 1, "quantity": 1}]},
        {"lines": [{"sku_id": "1", "quantity": -1}]},
        {"lines": [{"sku_id": "1", "quantity": "99999999999"}]},
        {"lines": [{"sku_id": "1" * 19, "quantity": 1}]},
        {"lines": [{"sku_id": "1", "quantity": 1, "price_fen": 1}]},
        {"lines": "all"},
        {"store_id": "x"},
        {"store_id": None},
        {"fulfilment": "drone"},
        {"slot_starts_at": "2026-01-01"},
        {"slot_starts_at": "2026-01-01T10:00:00"},
        {"expected_payable_fen": 1.5},
        {"expected_payable_fen": -1},
        {"phone": "12345"},
        {"remark": "x" * 201},
        {"remark": "\x00"},
        {"payable_fen": 1},
    ],
)
def test_bad_order_is_refused_and_changes_nothing(shop, change):
    answer = order(shop, json=body(shop) | change)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    assert shop.stock("MILK") == (Decimal("100.000"), Decimal(0))


def test_unknown_and_foreign_things_are_refused(shop, other_shop):
    ghost = order(shop, json=body(shop, ("999999", 1)))
    assert (ghost.status_code, ghost.json["problems"][0]["code"]) == (409, "unknown_sku")
    nowhere = order(shop, json=body(shop, store_id="999999"))
    assert (nowhere.status_code, nowhere.json["code"]) == (404, "store_not_found")
    assert order(shop, token=other_shop.buyer_token).status_code in {401, 403}


def test_statements_of_an_order_do_not_grow_with_lines(shop):
    seen: list[str] = []
    with shop.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    order(shop, key="warm-up-key")
    counts = []
    for lines in ((("MILK", 1),), (("MILK", 1), ("RICE", 1), ("PORK", "0.5"))):
        seen.clear()
        assert order(shop, key=f"lines-{len(lines)}-key", json=body(shop, *lines)).status_code == 201
        counts.append(len(seen))
    assert counts == [8, 8]


def test_list_is_paged_and_filtered(shop):
    numbers = [order(shop, key=f"page-key-{n}", json=body(shop, ("MILK", 1))).json["number"] for n in range(3)]
    shop.post(f"{ORDERS}/{numbers[0]}/cancel", token=shop.buyer_token)
    first = shop.get(f"{ORDERS}?limit=2", token=shop.buyer_token).json
    second = shop.get(f"{ORDERS}?limit=2&cursor={first['next_cursor']}", token=shop.buyer_token).json
    assert [o["number"] for o in first["items"] + second["items"]] == numbers[::-1]
    assert second["next_cursor"] is None
    closed = shop.get(f"{ORDERS}?state=closed", token=shop.buyer_token).json["items"]
    assert [(o["number"], o["titles"], o["line_count"]) for o in closed] == [(numbers[0], ["纯牛奶"], 1)]
    for bad in ("limit=0", "limit=101", "limit=x", "state=lost"):
        assert shop.get(f"{ORDERS}?{bad}", token=shop.buyer_token).status_code == 422
    assert shop.get(f"{ORDERS}?cursor=zzz", token=shop.buyer_token).json["code"] == "bad_cursor"


def test_detail_has_ledger_moves_and_deadline(shop):
    number = order(shop).json["number"]
    shown = shop.get(f"{ORDERS}/{number}", token=shop.buyer_token).json
    assert [(line["sku"], line["quantity"], line["payable_fen"]) for line in shown["lines"]] == [
        ("MILK", "2", 2560),
        ("RICE", "1", 3300),
    ]
    assert [(s["lane"], s["amount_fen"], s["allocation"]) for s in shown["steps"]] == [("list", 5860, [2560, 3300])]
    assert [(m["from_state"], m["to_state"], m["actor"]) for m in shown["moves"]] == [(None, "pending", "buyer")]
    assert (shown["pickup_code"], shown["pay_by"] is not None, shown["store"]["code"]) == (None, True, "XT01")
    assert "reference" not in shown


def test_paid_order_has_a_pickup_code(shop):
    shown = shop.get(f"{ORDERS}/{paid_order(shop)}", token=shop.buyer_token).json
    assert (shown["state"], len(shown["pickup_code"]), shown["pay_by"]) == ("paid", 8, None)


@pytest.mark.parametrize("act", ["", "/cancel", "/pay", "/confirm-received"])
def test_order_of_somebody_else_is_unknown(shop, act):
    number, token = order(shop).json["number"], someone_else(shop)
    answer = shop.request("POST" if act else "GET", f"{ORDERS}/{number}{act}", token=token)
    assert (answer.status_code, answer.json["code"]) == (404, "order_not_found")
    assert shop.get(f"{ORDERS}/0000000000000000{act}", token=token).status_code in {404, 405}


def test_unpaid_order_is_closed_and_gives_back(shop):
    number = order(shop).json["number"]
    answer = shop.post(f"{ORDERS}/{number}/cancel", token=shop.buyer_token)
    assert answer.json == {"number": number, "state": "closed"}
    assert shop.stock("MILK") == (Decimal("100.000"), Decimal(0))
    again = shop.post(f"{ORDERS}/{number}/cancel", token=shop.buyer_token)
    assert (again.status_code, again.json["code"], again.json["state"]) == (409, "illegal_move", "closed")


def test_order_of_zero_is_paid_without_wechat(shop):
    with shop.bound():
        db.session.execute(text("UPDATE sku SET list_price_fen = 0, member_price_fen = NULL"))
        db.session.commit()
    number = order(shop).json["number"]
    assert shop.post(f"{ORDERS}/{number}/pay", token=shop.buyer_token).json == {"paid": True}
    assert shop.get(f"{ORDERS}/{number}", token=shop.buyer_token).json["state"] == "paid"
    answer = shop.post(f"{ORDERS}/{number}/cancel", token=shop.buyer_token)
    assert answer.json == {"number": number, "state": "cancelled"}


def test_order_under_preparation_is_not_cancelled_by_the_buyer(shop):
    number = paid_order(shop)
    assert shop.post(f"/console/api/v1/orders/{number}/prepare", token=shop.staff_token).status_code == 200
    answer = shop.post(f"{ORDERS}/{number}/cancel", token=shop.buyer_token)
    assert (answer.status_code, answer.json["code"], answer.json["state"]) == (409, "illegal_move", "preparing")


def test_shop_without_payment_profile_says_so(shop):
    answer = shop.post(f"{ORDERS}/{order(shop).json['number']}/pay", token=shop.buyer_token)
    assert (answer.status_code, answer.json["code"]) == (409, "payment_not_configured")


def test_order_is_paid_through_wechat_and_cancelled_with_refund(shop, sim, account, login, served):
    with shop.bound():
        profiles.save_profile(profile_data(account))
        db.session.commit()
    token = login("付款人").json["token"]
    openid = sim.login(account["appid"], "付款人")["openid"]
    number = order(shop, token=token).json["number"]
    paying = shop.post(f"{ORDERS}/{number}/pay", token=token)
    assert paying.status_code == 200, paying.text
    params = paying.json["params"]
    assert sorted(params) == ["appId", "nonceStr", "package", "paySign", "signType", "timeStamp"]
    assert shop.post(f"{ORDERS}/{number}/pay", token=token).json["params"]["package"] == params["package"]
    assert sim.pay(params, openid)["errMsg"] == "requestPayment:ok"
    assert sim.wait()
    assert shop.get(f"{ORDERS}/{number}", token=token).json["state"] == "paid"
    cancelled = shop.post(f"{ORDERS}/{number}/cancel", token=token)
    assert cancelled.json == {"number": number, "state": "cancelled"}
    shown = shop.get(f"{ORDERS}/{number}", token=token).json
    assert [(r["amount_fen"], r["state"]) for r in shown["refunds"]] == [(5860, "pending")]
    assert shop.stock("MILK") == (Decimal("100.000"), Decimal(0))


def test_deadline_is_shown_and_passes(shop):
    number = order(shop).json["number"]
    with travel(3600):
        answer = shop.post(f"{ORDERS}/{number}/pay", token=shop.buyer_token)
        assert answer.status_code == 409


def test_delivered_order_is_confirmed_by_the_buyer(shop):
    address = shop.post(ADDRESSES, token=shop.buyer_token, json=place()).json["id"]
    number = order(shop, json=body(shop, fulfilment="delivery", address_id=address)).json["number"]
    early = shop.post(f"{ORDERS}/{number}/confirm-received", token=shop.buyer_token)
    assert (early.status_code, early.json["code"]) == (409, "illegal_move")
    with shop.bound():
        order_id = db.session.execute(text("SELECT id FROM orders WHERE number = :n"), {"n": number}).scalar_one()
        mark_paid(order_id, SYSTEM, "测试")
        db.session.commit()
    for act in ("ready", "ship", "deliver"):
        moved = shop.post(f"/console/api/v1/orders/{number}/{act}", token=shop.staff_token)
        assert moved.status_code == 200, moved.text
    done = shop.post(f"{ORDERS}/{number}/confirm-received", token=shop.buyer_token)
    assert done.json == {"number": number, "state": "completed"}
    shown = shop.get(f"{ORDERS}/{number}", token=shop.buyer_token).json
    assert shown["handover"]["method"] == "courier"
    assert [m["to_state"] for m in shown["moves"]] == ["pending", "paid", "ready", "shipped", "delivered", "completed"]
    assert {m["by"] for m in shown["moves"]} == {None}
