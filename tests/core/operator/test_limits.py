"""A plan's limits: said in advance, enforced where something begins, never for what exists."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.limits import counting, domain, service
from core.limits.errors import PlanLimit, ShopBusy
from core.operator import acts
from core.services import redis_key, services
from core.staff import people
from core.stores import manage
from tenants.plans import Terms
from tenants.provision import new_key
from tests.core.shops import Shop

REASON = "按合同调整套餐"
STORE = {
    "name": "新店", "district_code": "130503", "address": "泉北大街1号", "phone": "0319-0000002", "longitude": "114.49",
    "latitude": "37.07", "opens_at": "08:00", "closes_at": "21:00", "pickup": True, "delivery": False,
    "prepare_minutes": 60, "slot_minutes": 60, "slot_capacity": 20, "active": True, "zones": [],
}  # fmt: skip
ORDERS = """
    INSERT INTO orders (number, reference, request_digest, channel, store_id, state, fulfilment, list_fen, goods_fen,
                        payable_fen, placed_at, paid_at)
    SELECT 'N' || n, 'R' || n, '', 'pos', :store, 'completed', 'counter', 100, 100, 100, :now, :now
    FROM generate_series(1, :count) n
"""


@pytest.fixture
def on_plan(operator) -> Callable[..., int]:
    """Give a shop a plan of its own; returns the plan's id."""

    def give(shop: Shop, **limits: Any) -> int:
        plan = acts.create_plan(operator.facts, f"p{new_key()[:10]}", "小店", limits)
        acts.assign_plan(operator.facts, shop.ref.id, plan.id, REASON)
        shop.ref = services().registry.fresh(shop.ref)
        return plan.id

    return give


def open_store(shop: Shop, code: str, **changes: Any) -> int:
    with shop.bound():
        try:
            store_id = manage.create({**STORE, "code": code, **changes})["id"]
            db.session.commit()
            return store_id
        finally:
            db.session.remove()


def hire(shop: Shop, number: int) -> int:
    person = {"phone": f"1990001{number:04}", "name": "新人", "role": "clerk", "password": "password"}
    with shop.bound():
        try:
            staff_id = people.insert(person, [])
            db.session.commit()
            return staff_id
        finally:
            db.session.remove()


def at_once(act: Callable[[int], Any], times: int) -> list[str]:
    """Outcomes of `act(0)`, `act(1)` … begun together."""
    start, outcomes = Barrier(times), []

    def run(number: int) -> None:
        start.wait()
        try:
            act(number)
            outcomes.append("made")
        except PlanLimit:
            outcomes.append("refused")

    threads = [Thread(target=run, args=[number]) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_without_a_plan_nothing_is_limited(shop):
    with shop.bound():
        rows = service.usage()
        service.check_checkout()
    assert [(row.name, row.used, row.limit, row.state) for row in rows] == [
        ("orders_month", 0, None, "ok"), ("stores", 1, None, "ok"), ("staff", 1, None, "ok"), ("plugins", 0, None, "ok")
    ]
    assert open_store(shop, "S2") > 0


def test_store_above_the_limit_is_refused_with_figures(shop, on_plan, operator):
    acts.set_contact(operator.facts, "400-000-0000")
    on_plan(shop, stores=2)
    open_store(shop, "S2")
    with pytest.raises(PlanLimit) as found:
        open_store(shop, "S3")
    assert (found.value.code, found.value.status, found.value.extra) == (
        "plan_limit", 409, {"limit": "stores", "most": 2, "used": 2, "contact": "400-000-0000"}
    )
    assert found.value.message == "套餐“小店”最多 2 家门店，现有 2。如需增加，请联系平台：400-000-0000"


def test_last_store_opened_by_many_at_once_is_one(shop, on_plan):
    on_plan(shop, stores=2)
    assert at_once(lambda number: open_store(shop, f"S{number}"), 3) == ["made", "refused", "refused"]


def test_last_account_made_by_many_at_once_is_one(shop, on_plan):
    on_plan(shop, staff=2)
    assert at_once(lambda number: hire(shop, number), 3) == ["made", "refused", "refused"]


def test_two_shops_do_not_wait_for_each_other(shop, other_shop, on_plan):
    on_plan(shop, stores=2)
    on_plan(other_shop, stores=2)
    with shop.bound():
        service.check_store()
        try:
            assert at_once(lambda number: open_store(other_shop, "S2"), 1) == ["made"]
        finally:
            db.session.remove()


def test_lower_plan_stops_nothing_that_exists(shop, on_plan):
    second = open_store(shop, "S2")
    on_plan(shop, stores=1)
    with shop.bound():
        changed = manage.change(second, {**STORE, "name": "改名"})
        db.session.commit()
        states = {row.name: row.state for row in service.usage()}
    assert (changed["name"], changed["active"], states["stores"]) == ("改名", True, "over")


def test_closed_store_opens_again_only_within_the_limit(shop, on_plan):
    second = open_store(shop, "S2")
    on_plan(shop, stores=1)
    with shop.bound():
        manage.change(second, {**STORE, "active": False})
        db.session.commit()
        with pytest.raises(PlanLimit):
            manage.change(second, STORE)
        db.session.rollback()


def test_higher_plan_is_in_force_at_once(shop, on_plan, operator):
    plan_id = on_plan(shop, stores=1)
    with pytest.raises(PlanLimit):
        open_store(shop, "S2")
    acts.change_plan(operator.facts, plan_id, "大店", {"stores": 2})
    assert open_store(shop, "S2") > 0


def test_refusal_leaves_the_console_as_409(shop, on_plan):
    on_plan(shop, staff=1)
    person = {"phone": "13900001111", "name": "新人", "role": "clerk", "password": "long enough password"}
    answer = shop.post("/console/api/v1/staff", token=shop.staff_token, json=person)
    assert (answer.status_code, answer.json["code"], answer.json["limit"]) == (409, "plan_limit", "staff")


def test_plugins_count_those_in_use(shop, on_plan):
    on_plan(shop, plugins=1)
    with shop.bound():
        service.check_plugins(frozenset(), "points")
        service.check_plugins(frozenset({"points"}), "points")
        with pytest.raises(PlanLimit) as found:
            service.check_plugins(frozenset({"points"}), "groups")
    assert found.value.extra["limit"] == "plugins"


@pytest.mark.parametrize(
    ("paid", "state", "stopped"),
    [(7, "ok", False), (8, "near", False), (10, "reached", False), (10 + 1, "over", True)],
)
def test_orders_of_the_month_are_said_in_advance(shop, on_plan, paid, state, stopped):
    on_plan(shop, orders_month=10)
    sell(shop, paid)
    with shop.bound():
        [row] = [row for row in service.usage() if row.name == "orders_month"]
    assert (row.used, row.limit, row.state, row.stopped) == (paid, 10, state, stopped)


def sell(shop: Shop, count: int) -> None:
    with shop.bound():
        db.session.execute(text(ORDERS), {"store": shop.store_id, "now": now(), "count": count})
        db.session.commit()
        services().redis.delete(redis_key("orders_paid", f"{counting.month_start():%Y-%m-%d}"))


def check_out(shop: Shop, reference: str) -> Any:
    lines = [{"sku_id": str(shop.skus["MILK"]), "quantity": "1"}]
    wanted = {"store_id": str(shop.store_id), "fulfilment": "pickup", "expected_payable_fen": 1280, "lines": lines}
    headers = {"Idempotency-Key": reference}
    return shop.post("/store/api/v1/orders", token=shop.buyer_token, json=wanted, headers=headers)


def test_checkout_goes_on_within_a_tenth_and_stops_beyond(shop, on_plan):
    on_plan(shop, orders_month=20)
    sell(shop, 21)
    first = check_out(shop, "reference-0001")
    assert first.status_code == 201
    with shop.bound():
        db.session.execute(text("DELETE FROM orders WHERE channel = 'pos'"))
        db.session.commit()
    sell(shop, 22)
    again, refused = check_out(shop, "reference-0001"), check_out(shop, "reference-0002")
    assert again.json["number"] == first.json["number"]
    assert (refused.status_code, refused.json["code"], refused.json["detail"]) == (409, "shop_busy", ShopBusy.message)
    number = first.json["number"]
    paying = shop.post(f"/store/api/v1/orders/{number}/pay", token=shop.buyer_token)
    assert paying.json.get("code") != "shop_busy"


def test_checkouts_count_once_a_minute(shop, on_plan):
    on_plan(shop, orders_month=10)
    with shop.bound():
        service.check_checkout()
        db.session.execute(text(ORDERS), {"store": shop.store_id, "now": now(), "count": 50})
        db.session.commit()
        service.check_checkout()
        key = redis_key("orders_paid", f"{counting.month_start():%Y-%m-%d}")
        assert (int(services().redis.get(key)), 0 < services().redis.ttl(key) <= 60) == (0, True)


def test_last_months_orders_do_not_count(shop, on_plan):
    on_plan(shop, orders_month=10)
    sell(shop, 50)
    with shop.bound():
        db.session.execute(text("UPDATE orders SET paid_at = :before"), {"before": counting.month_start().replace(day=1)})
        db.session.execute(text("UPDATE orders SET paid_at = paid_at - interval '1 second'"))
        db.session.commit()
        assert (counting.counts()["orders_month"], counting.month_orders()) == (0, 0)


@pytest.mark.parametrize(("most", "allowed"), [(0, 0), (1, 1), (10, 11), (1000, 1100), (15, 16)])
def test_grace_is_a_tenth(most, allowed):
    assert domain.checkouts(most) == allowed


def test_rows_say_what_happens_then():
    rows = domain.rows(Terms("小店", {"stores": 5}), {"stores": 4})
    assert [row.name for row in rows] == ["orders_month", "stores", "staff", "plugins"]
    assert (rows[1].state, rows[1].label, rows[1].then) == ("near", "门店", "达到后不能再开设门店，已有门店照常营业")
