"""The checklist: computed from what the shop has."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from core.console.views.start_steps import start
from core.db import db
from core.payments import profiles
from core.staff import audit
from core.staff.domain import ROLES
from tests.core.console_http.acting import order, staff_token
from tests.core.console_pages.visitor import Visitor
from tests.core.payments.conftest import profile_data


def state(shop):
    with shop.bound():
        found = start(ROLES["owner"])
        return {step.name: step.done for step in found.steps}, found.finished


@pytest.fixture
def empty(shop):
    """A shop as sign-up leaves it."""
    with shop.bound():
        for table in ("stock", "stock_move", "sku_barcode", "sku", "product", "delivery_zone", "store"):
            db.session.execute(text(f"DELETE FROM {table}"))
        db.session.commit()
    return shop


def test_new_shop_has_everything_before_it(empty):
    steps, finished = state(empty)
    assert (set(steps.values()), len(steps), finished) == ({False}, 7, False)
    page = Visitor(empty, empty.staff_token).get("/console/start")
    assert "还差 7 步" in page
    assert "下一步：开一家门店" in page
    buttons = re.findall(r'class="btn btn-(?:primary|light)" href="([^"]+)"', page)
    assert buttons == [
        "/console/stores/new", "/console/imports", "/console/payments/apps/new", "/console/payments/account",
        "/console/plugin-center", "/console/posters", "/console/orders",
    ]  # fmt: skip


def test_shop_that_sells_is_done(visitor, shop, wechat, owner):
    account = wechat.provision(shop.appid)
    with shop.bound():
        profiles.save_app(shop.appid, account["secret"], "app")
        profiles.save_profile(profile_data(account))
        audit.record("payments.check", "payment_profile", ok=False)
        db.session.commit()
    steps, finished = state(shop)
    assert (steps, finished) == ({
        "store": True, "products": True, "app": True, "pay": False, "plugin": False, "poster": False, "sale": False,
    }, False)  # fmt: skip
    assert "去检测" in visitor.get("/console/start")
    order(shop)
    visitor.post("/console/posters/print", {"store": "", "size": "A4"}, page="/console/posters")
    steps, _ = state(shop)
    assert [name for name, done in steps.items() if not done] == ["plugin"]


def test_check_that_passed_counts_without_a_payment(shop, wechat):
    account = wechat.provision(shop.appid)
    with shop.bound():
        profiles.save_profile(profile_data(account))
        audit.record("payments.check", "payment_profile", ok=True)
        db.session.commit()
    assert state(shop)[0]["pay"] is True


def test_clerk_sees_who_does_it(shop):
    page = Visitor(shop, staff_token(shop, "clerk")).get("/console/start")
    assert "由店主完成" in page
    assert "/console/payments/apps/new" not in page


def test_few_statements(visitor):
    visitor.get("/console/start")
    assert len(visitor.statements) <= 15
