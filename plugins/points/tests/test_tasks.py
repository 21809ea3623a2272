"""Signing in, the first order, a phone number, orders of the month."""

import secrets

import pytest

DAY = 86_400


@pytest.fixture
def op(store):
    """`op("sign_in")` taps; returns the answer."""

    def tap(name: str, key: str = "", **params):
        headers = {"Idempotency-Key": key or f"tap-{secrets.token_hex(6)}"}
        return store.post("/ops", json={"op": f"points.{name}", "params": params}, headers=headers)

    return tap


def test_sign_in_once_a_day_with_a_streak(points_on, op, balance, travel, tenant):
    points_on(sign_in_points=5, streak_days=3, streak_points=10)
    earned = []
    for _ in range(3):
        assert op("sign_in").json["ok"] is True
        op("sign_in")
        earned.append(balance()[0])
        travel(DAY)
    travel(DAY)
    op("sign_in")
    earned.append(balance()[0])
    assert earned == [5, 10, 25, 30]
    assert [row[0] for row in tenant.rows("SELECT streak FROM points_signin ORDER BY day")] == [1, 2, 3, 1]


def test_sign_in_that_is_off_is_refused(points_on, op):
    points_on()
    answer = op("sign_in")
    assert (answer.status_code, answer.json["code"]) == (409, "points_sign_in_off")


def test_visitor_signs_in_nowhere(points_on, tenant):
    points_on(sign_in_points=5)
    answer = tenant.store().post("/ops", json={"op": "points.sign_in"}, headers={"Idempotency-Key": "visitor-1"})
    assert answer.status_code == 401


def test_unknown_operation(points_on, op):
    points_on()
    assert op("dance").status_code == 404


def test_first_order_is_rewarded_once(points_on, place_order, pay, complete, run_events, balance):
    points_on(per_yuan=0, first_order_points=100)
    for _ in range(2):
        order = place_order({"MILK": 1})
        pay(order)
        run_events()
        complete(order)
        run_events()
    assert balance() == (100, 0)


def test_first_order_that_is_refunded_gives_its_reward_back_and_the_next_is_first(
    points_on, place_order, pay, refund, run_events, balance
):
    points_on(per_yuan=0, moment="paid", first_order_points=100)
    found = []
    for _ in range(2):
        order = place_order({"MILK": 1})
        pay(order)
        run_events()
        found.append(balance()[0])
        refund(order)
        run_events()
        found.append(balance()[0])
    assert found == [100, 0, 100, 0]


def test_buyer_who_ordered_before_is_not_new(points_on, till_sale, buyer, run_events, balance):
    till_sale({"MILK": 1}, buyer)
    points_on(per_yuan=0, first_order_points=100)
    till_sale({"MILK": 1}, buyer)
    run_events()
    assert balance() == (0, 0)


def test_orders_of_the_month_are_rewarded_at_the_number(points_on, till_sale, buyer, run_events, balance):
    points_on(per_yuan=0, month_tasks=[{"orders": 2, "points": 20}, {"orders": 3, "points": 30}])
    found = []
    for _ in range(4):
        till_sale({"MILK": 1}, buyer)
        run_events()
        found.append(balance()[0])
    assert found == [0, 20, 50, 50]


def test_phone_number_is_rewarded_once(points_on, op, balance, tenant):
    points_on(phone_points=30)
    assert op("claim", task="phone").json["actions"][0]["text"] == "领取成功，获得 30 积分"
    assert op("claim", task="phone").json["actions"][0]["text"] == "已完成"
    assert balance() == (30, 0)


def test_phone_number_that_is_missing_is_no_reason(points_on, tenant):
    points_on(phone_points=30)
    nameless = tenant.add_buyer()
    answer = tenant.store(nameless).post(
        "/ops", json={"op": "points.claim", "params": {"task": "phone"}}, headers={"Idempotency-Key": "nameless-1"}
    )
    assert (answer.status_code, answer.json["code"]) == (409, "points_task_not_yet")


def test_tasks_page_tells_what_is_done(points_on, op, store):
    points_on(phone_points=30, first_order_points=50, sign_in_points=1, month_tasks=[{"orders": 2, "points": 20}])
    op("claim", task="phone")
    blocks = store.get("/pages/points/tasks").json["blocks"]
    assert [block["type"] for block in blocks] == ["card", "list"]
    assert [(item["title"], item["value"]) for item in blocks[1]["props"]["items"]] == [
        ("完成首单", "+50"), ("绑定手机号", "已完成"), ("本月完成 2 单", "+20"),
    ]  # fmt: skip
