"""核销: once and only once, by code and by phone."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from core.db import db
from core.fulfilment.holds import Holds
from tests.core.console_http.acting import API, actions, another_store, one, order, pickup_code, staff_token


def make_ready(shop, number):
    assert shop.post(f"{API}/orders/{number}/ready", token=shop.staff_token).status_code == 200


def verify(shop, token=None, **body):
    body = {"store_id": str(shop.store_id)} | body
    return shop.post(f"{API}/pickup/verify", token=token or shop.staff_token, json=body)


def hold(shop, number, release=False):
    with shop.bound():
        order_id = db.session.execute(text("SELECT id FROM orders WHERE number = :n"), {"n": number}).scalar_one()
        if release:
            Holds().release(order_id, "groups", "incomplete")
        else:
            Holds().hold(order_id, "groups", "incomplete", "拼团还差 1 人")
        db.session.commit()


def test_verify_hands_out_completes_and_takes_the_goods_off_the_shelf(shop):
    number = order(shop, ("MILK", "2"), ("PORK", "1.236"))
    make_ready(shop, number)
    answer = verify(shop, code=pickup_code(shop, number))
    assert answer.status_code == 200, answer.json
    assert (answer.json["number"], answer.json["state"], answer.json["by"]) == (number, "completed", "店长")
    assert [(line["sku"], line["quantity"]) for line in answer.json["lines"]] == [("MILK", "2"), ("PORK", "1.236")]
    assert shop.stock("MILK") == (98, 0)
    assert pickup_code(shop, number) is None
    assert actions(shop) == ["orders.ready", "orders.pickup"]


def test_verify_again_says_when_and_by_whom(shop):
    number = order(shop)
    make_ready(shop, number)
    code = pickup_code(shop, number)
    first = verify(shop, staff_token(shop, "clerk", "小王"), code=code).json
    again = verify(shop, code=code)
    assert (again.status_code, again.json["code"]) == (409, "already_handed_over")
    assert (again.json["at"], again.json["by"], again.json["number"]) == (first["at"][:19] + "Z", "小王", number)


def test_verify_by_eight_clerks_at_once_hands_out_once(shop):
    number = order(shop)
    make_ready(shop, number)
    code = pickup_code(shop, number)
    tokens = [staff_token(shop, "clerk", f"店员{n}") for n in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda token: verify(shop, token, code=code), tokens))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert {answer.json["code"] for answer in answers if answer.status_code == 409} == {"already_handed_over"}
    winner = next(answer.json["by"] for answer in answers if answer.status_code == 200)
    assert {answer.json["by"] for answer in answers} == {winner}
    assert one(shop, "SELECT count(*) FROM handover") == 1
    assert one(shop, "SELECT count(*) FROM event WHERE name = 'order.handed_over'") == 1
    assert shop.stock("MILK") == (98, 0)


def test_verify_a_wrong_code_is_refused(shop):
    answer = verify(shop, code="00000000")
    assert (answer.status_code, answer.json["code"], answer.json["field"]) == (422, "wrong_pickup_code", "code")


def test_verify_before_the_goods_are_ready_is_refused(shop):
    number = order(shop)
    answer = verify(shop, code=pickup_code(shop, number))
    assert (answer.status_code, answer.json["code"], answer.json["state"]) == (409, "illegal_move", "paid")
    assert one(shop, "SELECT count(*) FROM handover") == 0


def test_verify_by_the_last_digits_of_the_phone(shop):
    number = order(shop, phone="19900001234")
    order(shop, phone="19900005678")
    make_ready(shop, number)
    answer = verify(shop, phone_tail="1234")
    assert (answer.status_code, answer.json["number"]) == (200, number)
    assert one(shop, "SELECT method, staff_name FROM handover") == ("phone", "店长")
    again = verify(shop, phone_tail="1234")
    assert (again.status_code, again.json["code"], again.json["by"]) == (409, "already_handed_over", "店长")
    assert verify(shop, phone_tail="4321").json["code"] == "wrong_pickup_code"


def test_verify_by_phone_with_several_orders_asks_which(shop):
    first, second = (order(shop, ("MILK", "1"), ("RICE", "1"), phone="19900001234") for _ in range(2))
    for number in (first, second):
        make_ready(shop, number)
    several = verify(shop, phone_tail="1234")
    assert (several.status_code, several.json["code"]) == (409, "several_orders")
    assert several.json["orders"] == [
        {"number": number, "state": "ready", "phone": "199****1234", "name": None, "line_count": 2, "slot_starts_at": None}
        for number in (first, second)
    ]
    chosen = verify(shop, phone_tail="1234", number=second)
    assert (chosen.status_code, chosen.json["number"]) == (200, second)
    again = verify(shop, phone_tail="1234", number=second)
    assert (again.status_code, again.json["code"]) == (409, "already_handed_over")
    assert verify(shop, phone_tail="9999", number=first).json["code"] == "wrong_pickup_code"
    assert verify(shop, phone_tail="1234").json["number"] == first


def test_order_on_hold_is_neither_made_ready_nor_handed_out(shop):
    number = order(shop)
    hold(shop, number)
    refused = shop.post(f"{API}/orders/{number}/ready", token=shop.staff_token)
    assert (refused.status_code, refused.json["code"], refused.json["detail"]) == (409, "order_on_hold", "拼团还差 1 人")
    hold(shop, number, release=True)
    make_ready(shop, number)
    hold(shop, number)
    assert verify(shop, code=pickup_code(shop, number)).status_code == 200, "a released hold does not come back"


def test_order_held_after_it_was_ready_stays_at_the_counter(shop):
    number = order(shop)
    make_ready(shop, number)
    hold(shop, number)
    hold(shop, number)
    refused = verify(shop, code=pickup_code(shop, number))
    assert (refused.status_code, refused.json["code"]) == (409, "order_on_hold")
    assert refused.json["holds"] == [{"source": "groups", "code": "incomplete", "message": "拼团还差 1 人"}]
    assert one(shop, "SELECT state FROM orders WHERE number = :n", n=number) == "ready"
    hold(shop, number, release=True)
    assert verify(shop, code=pickup_code(shop, number)).status_code == 200


def test_clerk_of_another_store_may_neither_pick_nor_hand_out(shop):
    number = order(shop)
    make_ready(shop, number)
    elsewhere = staff_token(shop, "clerk", stores=(another_store(shop),))
    refused = verify(shop, elsewhere, code=pickup_code(shop, number))
    assert (refused.status_code, refused.json["code"]) == (403, "other_store")
    assert shop.get(f"{API}/pickup/picklist?store_id={shop.store_id}", token=elsewhere).status_code == 403


def test_code_counts_in_its_own_store_only(shop):
    number = order(shop)
    make_ready(shop, number)
    other = another_store(shop)
    assert verify(shop, store_id=str(other), code=pickup_code(shop, number)).json["code"] == "wrong_pickup_code"
    assert verify(shop, store_id="987654", code="12345678").json["code"] == "store_not_found"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "code"),
        ({"code": "12345678", "phone_tail": "1234"}, "code"),
        ({"code": "1234567"}, "code"),
        ({"phone_tail": "123"}, "phone_tail"),
        ({"phone_tail": "١٢٣٤"}, "phone_tail"),
        ({"code": "12345678", "number": "1" * 16}, "number"),
        ({"code": 12345678}, "code"),
    ],
)
def test_verify_with_bad_input_names_the_field(shop, body, field):
    answer = verify(shop, **body)
    assert (answer.status_code, answer.json["field"]) == (422, field)


def test_picklist_lists_orders_by_urgency_and_sums_by_shelf(shop):
    with shop.bound():
        place = text("UPDATE stock SET shelf_location = :place WHERE sku_id = :sku")
        for code, shelf in (("MILK", "B-02"), ("PORK", "A-01")):
            db.session.execute(place, {"place": shelf, "sku": shop.skus[code]})
        db.session.commit()
    first = order(shop, ("MILK", "2"), ("PORK", "0.5"))
    second = order(shop, ("MILK", "3"), ("RICE", "1"))
    held = order(shop, ("MILK", "50"))
    hold(shop, held)
    shop.post(f"{API}/orders/{second}/prepare", token=shop.staff_token)
    make_ready(shop, order(shop, ("RICE", "9")))
    body = shop.get(f"{API}/pickup/picklist?store_id={shop.store_id}", token=shop.staff_token).json
    assert [(o["number"], o["state"], o["on_hold"]) for o in body["orders"]] == [
        (first, "paid", False),
        (second, "preparing", False),
        (held, "paid", True),
    ]
    assert [(line["sku"], line["quantity"], line["shelf_location"]) for line in body["orders"][0]["lines"]] == [
        ("PORK", "0.5", "A-01"),
        ("MILK", "2", "B-02"),
    ]
    assert [(t["sku"], t["quantity"], t["shelf_location"], t["order_count"]) for t in body["totals"]] == [
        ("PORK", "0.5", "A-01", 1),
        ("MILK", "5", "B-02", 2),
        ("RICE", "1", None, 1),
    ]
    short = shop.get(f"{API}/pickup/picklist?store_id={shop.store_id}&limit=1", token=shop.staff_token).json
    assert [o["number"] for o in short["orders"]] == [first]
