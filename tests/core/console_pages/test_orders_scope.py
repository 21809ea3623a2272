"""Who may see and do what with orders: permissions, and stores."""

from __future__ import annotations

import pytest

from tests.core.console_http.acting import another_store, one, order, staff_token
from tests.core.console_pages.orderpages import change, numbers
from tests.core.console_pages.visitor import Visitor

MONEY = ("adjust", "refund", "cancel")


@pytest.fixture
def clerk(shop):
    return Visitor(shop, staff_token(shop, "clerk"))


@pytest.fixture
def abroad(shop):
    """A clerk of another store."""
    return Visitor(shop, staff_token(shop, "clerk", "小王", (another_store(shop),)))


def test_clerk_sees_no_buttons_of_money_and_is_refused(shop, clerk):
    number = order(shop, paid=False)
    page = clerk.get(f"/console/orders/{number}")
    for act in MONEY:
        assert f"/console/orders/{number}/{act}" not in page
        assert clerk.open(f"/console/orders/{number}/{act}").status_code == 403
        sent = clerk.post(f"/console/orders/{number}/{act}", {"why": "x", "reason": "x"}, page=f"/console/orders/{number}")
        assert sent.status_code == 403
    assert one(shop, "SELECT state, price_version FROM orders WHERE number = :n", n=number) == ("pending", 1)


def test_clerk_prepares_and_remarks(shop, clerk):
    number = order(shop)
    page = clerk.get(f"/console/orders/{number}")
    assert f"/console/orders/{number}/prepare" in page and f"/console/orders/{number}/remark" in page


def test_clerk_sees_the_end_of_a_phone_only(shop, clerk):
    number = order(shop, phone="19912345678")
    change(shop, "UPDATE orders SET delivery_to = jsonb_build_object('phone', '18812345678', 'contact', 'x')")
    for path in ("orders", f"orders/{number}", f"orders/{number}/print", "orders/export.csv", "search?q=5678"):
        page = clerk.open(f"/console/{path}").data.decode()
        assert "5678" in page and "12345678" not in page, path


def test_courier_of_a_delivery_reads_the_whole_phone_on_the_slip(shop, clerk):
    number = order(shop, phone="19912345678")
    change(shop, "UPDATE orders SET fulfilment = 'delivery', delivery_to = jsonb_build_object('phone', '18812345678')")
    assert "18812345678" in clerk.get(f"/console/orders/{number}/print")


def test_orders_of_another_store_are_refused_and_not_listed(shop, abroad):
    number = order(shop)
    for path in ("", "/print"):
        assert abroad.open(f"/console/orders/{number}{path}").status_code == 403
    assert numbers(abroad.get("/console/orders")) == []
    assert number not in abroad.open("/console/orders/export.csv").data.decode()
    assert "没有找到" in abroad.get(f"/console/search?q={number}")
    assert abroad.open(f"/console/orders?store={shop.store_id}").status_code == 403
    assert abroad.open(f"/console/orders/export.csv?store={shop.store_id}").status_code == 403
    assert abroad.open(f"/console/orders/print?n={number}").status_code == 403


def test_steps_with_orders_of_another_store_are_refused(shop, abroad):
    number = order(shop)
    order_id = one(shop, "SELECT id FROM orders WHERE number = :n", n=number)
    page = "/console/orders"
    for act in ("prepare", "ready", "remark"):
        assert abroad.post(f"{page}/{number}/{act}", {"remark": "x"}, page=page).status_code == 403
    assert abroad.post("/console/orders/move", {"act": "prepare", "ids": order_id}, page=page).status_code == 403
    assert one(shop, "SELECT state FROM orders WHERE number = :n", n=number) == "paid"
    assert one(shop, "SELECT count(*) FROM audit_log") == 0


@pytest.mark.parametrize("act", MONEY)
def test_manager_of_another_store_is_refused_money(shop, act):
    number = order(shop, paid=act == "refund")
    manager = Visitor(shop, staff_token(shop, "manager", "小王", (another_store(shop),)))
    form = {"why": "x", "reason": "x", "scope": "all", "line_1": "1", "act": "save"}
    sent = manager.post(f"/console/orders/{number}/{act}", form, page="/console/orders")
    assert sent.status_code == 403
    assert one(shop, "SELECT refunded_fen, price_version FROM orders WHERE number = :n", n=number) == (0, 1)


def test_stranger_is_led_to_the_login(shop):
    number = order(shop)
    for path in ("/console/orders", f"/console/orders/{number}", "/console/search?q=1", "/console/orders/export.csv"):
        answer = Visitor(shop).open(path)
        assert answer.status_code == 303 and answer.location.startswith("/console/login?next=")
