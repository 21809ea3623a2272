"""What of the shop's set-up needs a browser: the preview that follows the typing, rows of a form, the sheet to print."""

from __future__ import annotations

from tests.browser.desk import Desk


def test_preview_follows_the_typing(desk: Desk):
    desk.go("/console/home/new/core.title")
    desk.page.fill("[name=text]", "今日新到")
    desk.page.press("[name=text]", "Tab")
    desk.page.wait_for_selector("#preview .b-title b")
    assert desk.page.inner_text("#preview .b-title b") == "今日新到"
    desk.page.click("#form .btn-primary")
    desk.page.wait_for_url("**/console/home")
    assert "今日新到" in desk.page.inner_text(".phone")
    desk.page.click("#block-1 [title=上移]")
    desk.page.wait_for_load_state()
    assert desk.page.inner_text("#block-0 b") == "标题"


def test_store_gets_a_second_zone_and_a_poster(desk: Desk, shop):
    desk.go(f"/console/stores/{shop.store_id}")
    desk.page.fill("[name='zones.1.max_distance_m']", "8000")
    desk.page.fill("[name='zones.1.fee_fen']", "8")
    desk.page.click("#form .btn-primary")
    desk.page.wait_for_url("**/console/stores")
    assert "8 公里内 · 配送费 ¥8.00" in desk.text()
    desk.page.click(f"#store-{shop.store_id} >> text=海报")
    desk.page.wait_for_selector(".poster-sheet")
    desk.page.wait_for_function("document.querySelector('.poster-sheet').naturalWidth > 0")
    desk.page.click("form[action$='/posters/print'] button")
    desk.page.wait_for_url("**/posters/print**")
    assert desk.findings() == []
