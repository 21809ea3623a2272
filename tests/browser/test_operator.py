"""The platform in a browser: suspend in a dialog, enter a shop by its link, leave it again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from core.operator import service
from tests.browser.desk import Desk
from tests.core.operator.conftest import CHEAP_HASH, PASSWORD, platform_rows

LOGIN = "browser"


@pytest.fixture
def platform(page, port, app, shop) -> Desk:
    """An operator's browser at the platform."""
    with app.app_context():
        platform_rows(
            "INSERT INTO platform.operator (login, name, password_hash) VALUES (:login, '林支持', :hash)"
            " ON CONFLICT (login) DO NOTHING", login=LOGIN, hash=CHEAP_HASH
        )
        assert service.login(LOGIN, PASSWORD).needs_code is False
    desk = Desk(page, f"http://localhost:{port}", shop)
    desk.go("/platform/tenants")
    page.fill("[name=login]", LOGIN)
    page.fill("[name=password]", PASSWORD)
    page.click("#form button")
    page.wait_for_url("**/platform/tenants")
    return desk


def test_shop_is_suspended_and_reopened_in_a_dialog(platform, shop):
    page = platform.page
    page.fill("#listing-q", shop.ref.slug)
    page.click(f"tr:has-text('{shop.ref.slug}') a")
    page.wait_for_url(f"**/platform/tenants/{shop.ref.id}")
    page.click("text=暂停")
    page.fill("#dialog textarea", "欠费三个月未处理")
    page.click("#dialog button:has-text('暂停商户')")
    expect(page.locator("#toasts")).to_contain_text("已暂停")
    assert shop.get("/console/login").status_code == 403
    page.click("text=恢复营业")
    page.fill("#dialog textarea", "已缴清欠费")
    page.click("#dialog button:has-text('恢复商户')")
    expect(page.locator("#toasts")).to_contain_text("已恢复营业")


@pytest.mark.parametrize("width", ["phone", "desk"], indirect=True)
def test_shop_is_entered_by_the_link_and_left_again(platform, shop, browsing, port):
    page = platform.page
    platform.go(f"/platform/tenants/{shop.ref.id}/enter")
    page.fill("textarea", "商户反馈订单页打不开")
    page.click("#form button.btn-primary")
    with browsing.expect_page() as opened:
        page.click("a.btn-lg")
    inside = opened.value
    inside.wait_for_url(f"http://{shop.ref.slug}.localhost:{port}/console/")
    expect(inside.locator(".support-bar")).to_contain_text("林支持 · 商户反馈订单页打不开")
    inside.goto(f"http://{shop.ref.slug}.localhost:{port}/console/support")
    expect(inside.locator("#listing")).to_contain_text("在店内")
    assert Desk(inside, "", shop).findings() == []
    inside.click(".support-bar button")
    inside.wait_for_url("**/console/login**")
