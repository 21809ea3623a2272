"""The counter in a browser: what a scanner's key strokes do, tones, camera, everything by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.core.console_http.acting import another_store, one, order, pickup_code
from tests.core.console_http.test_pickup import make_ready

HEARD = """
    window.heard = [];
    const make = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function () {
        const voice = make.call(this), start = voice.start.bind(voice);
        voice.start = (...when) => { window.heard.push(voice.frequency.value); start(...when); };
        return voice;
    };
"""
CAMERA = """
    window.BarcodeDetector = class { async detect() { return [{ rawValue: window.inView }]; } };
    navigator.mediaDevices.getUserMedia = async () => {
        const canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
        setInterval(() => pen.fillRect(0, 0, 9, 9), 50);
        return canvas.captureStream(10);
    };
"""


def ready_order(shop, *lines):
    number = order(shop, *lines, phone="19900001234")
    make_ready(shop, number)
    return number, pickup_code(shop, number)


def says(page, kind, title):
    expect(page.locator(f"[data-verdict={kind}] .verdict-title")).to_have_text(title)


@pytest.fixture
def counter(desk: Desk) -> Desk:
    desk.page.add_init_script(HEARD)
    desk.go("/console/pickup")
    expect(desk.page.locator("#code")).to_be_focused()
    return desk


def test_scanner_works_wherever_the_focus_is_and_hands_out_once(counter: Desk):
    page, shop = counter.page, counter.shop
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    number, code = ready_order(shop, ("MILK", "2"), ("PORK", "1.236"))
    page.evaluate("document.activeElement.blur()")
    page.keyboard.type(f"{code}\n\n")
    says(page, "found", "请核对商品后确认交付")
    assert (posts, page.evaluate("heard")) == ([], [1320]), "two Enters of a scanner must not hand out unseen goods"
    expect(page.locator("#code")).to_be_focused()
    page.wait_for_timeout(350)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    says(page, "done", "交付成功")
    page.keyboard.press("Enter")
    assert (len(posts), page.evaluate("heard")) == (1, [1320, 1320, 1760])
    assert one(shop, "SELECT count(*) FROM handover") == 1
    assert one(shop, "SELECT count(*) FROM audit_log WHERE action = 'orders.pickup'") == 1
    page.locator("form.search input").first.fill("牛奶")
    page.keyboard.type(f"{code}\n")
    says(page, "refused", "已经交付过了")
    assert page.locator("form.search input").first.input_value() == "牛奶"
    assert page.evaluate("heard.at(-1)") == 196
    assert f"/console/pickup?code={code}" not in page.url


def test_refusals_are_red_and_the_counter_stays_mute(counter: Desk):
    page, shop = counter.page, counter.shop
    _, code = ready_order(shop)
    other = another_store(shop)
    counter.go(f"/console/store?id={shop.store_id}&next=/console/pickup")
    page.keyboard.type("00000000\n")
    says(page, "refused", "没有这个提货码")
    assert page.locator(".verdict-danger .icon").count() == 1
    assert page.evaluate("getSelection().toString() || document.getElementById('code').value") == "00000000"
    page.click("[data-mute]")
    counter.go(f"/console/store?id={other}&next=/console/pickup")
    assert page.get_attribute("[data-mute]", "aria-pressed") == "true"
    page.keyboard.type(f"{code}\n")
    says(page, "refused", "不是本店的订单")
    assert "中兴店" in page.inner_text(".verdict") and page.evaluate("heard") == []
    assert counter.findings() == []
    counter.go(f"/console/store?id={shop.store_id}&next=/console/pickup")
    page.keyboard.type("1234\n")
    says(page, "found", "请核对商品后确认交付")
    for _ in range(5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.btn-handover')"):
            break
    page.keyboard.press("Enter")
    says(page, "done", "交付成功")


def test_camera_reads_a_code_or_says_what_to_do(counter: Desk):
    page, (_, code) = counter.page, ready_order(counter.shop)
    page.evaluate("delete window.BarcodeDetector")
    page.click("[data-camera]")
    expect(page.locator("[data-camera-help]")).to_contain_text("请用手机自带的扫一扫")
    page.evaluate(CAMERA)
    page.evaluate("code => { window.inView = code; }", code)
    page.click("[data-camera]")
    says(page, "found", "请核对商品后确认交付")
    expect(page.locator("[data-camera-box]")).to_be_hidden()
