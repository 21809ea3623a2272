"""From the front door to the checklist of one's own shop, in a browser."""

from __future__ import annotations

from playwright.sync_api import expect

from core.host import jobs
from tenants import provision


def test_sign_up_moves_on_by_itself_to_the_new_shop(page, port, app):
    slug = f"s{provision.new_key()}"
    page.goto(f"http://localhost:{port}/")
    page.click("text=免费开店")
    page.fill("[name=retailer]", "邢台百货")
    page.fill("[name=slug]", slug)
    page.fill("[name=phone]", "123")
    page.fill("[name=password]", "correct horse")
    page.click("#form button")
    expect(page.locator("#f-phone-error")).to_have_text("请填写 11 位手机号")
    assert (page.input_value("[name=retailer]"), page.input_value("[name=slug]")) == ("邢台百货", slug)
    page.fill("[name=phone]", "19900000077")
    page.fill("[name=password]", "correct horse")
    page.click("#form button")
    page.wait_for_url(f"**/signup/{slug}")
    jobs.work(app, jobs.QUEUES, burst=True)
    page.click("text=登录商家后台")
    page.fill("[name=phone]", "19900000077")
    page.fill("[name=password]", "correct horse")
    page.click("#form button")
    page.wait_for_url(f"http://{slug}.localhost:{port}/console/start")
