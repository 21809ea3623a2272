"""Joining by link, binding an app and logging in with a code, in a real browser."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.core.staff.acting import App


def test_invited_person_joins_binds_an_app_and_logs_in_with_it(desk: Desk):
    page = desk.page
    desk.go("/console/staff/invite")
    page.fill("[name=phone]", "13900000001")
    page.fill("[name=name]", "陈新")
    expect(page.locator("[name=store_ids]").first).to_be_hidden()
    page.click("#form button")
    page.wait_for_url("**/console/staff/invitations/**")
    link = page.locator("[data-copy]").get_attribute("data-copy")
    assert desk.findings() == []
    page.reload()
    expect(page.locator("#main")).to_contain_text("链接只显示一次")

    page.context.clear_cookies()
    page.goto(link)
    assert desk.findings() == []
    page.fill("[name=password]", "a new secret")
    page.fill("[name=again]", "a new secret")
    page.click("#form button")
    page.wait_for_url("**/console/")

    desk.go("/console/account/two-factor")
    page.click("main form button")
    expect(page.locator(".qr svg")).to_be_visible()
    assert desk.findings() == []
    app = App(page.locator("[data-copy]").get_attribute("data-copy"))
    page.fill("[name=code]", app.code())
    page.click("#form button")
    expect(page.locator(".codes li")).to_have_count(10)
    assert desk.findings() == []

    desk.go("/console/account/two-factor")
    page.click("a[href$=renew]")
    expect(page.locator("#dialog[open] [name=code]")).to_be_focused()
    page.keyboard.press("Escape")

    page.context.clear_cookies()
    desk.go("/console/login")
    page.fill("[name=phone]", "13900000001")
    page.fill("[name=password]", "a new secret")
    page.click("#form button")
    page.wait_for_url("**/console/login/code")
    assert desk.findings() == []
    page.fill("[name=code]", app.code())
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/")
