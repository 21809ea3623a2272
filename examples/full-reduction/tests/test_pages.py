"""The plugin's own pages: what staff fill in, what they see of it, and that all of it is this package's."""

from __future__ import annotations

import re

import pytest
from builders import STARTED

RULES, GIFTS = "/plugins/fullreduction/rules", "/plugins/fullreduction/gifts"
OFFER = {
    "title": "周末满减", "basis": "amount", "mode": "ladder", "priority": "100", "starts_at": "2026-01-01T08:00",
    "steps.0.at": "60", "steps.0.off_fen": "8", "with_coupons": "1", "active": "1",
}  # fmt: skip


@pytest.fixture(autouse=True)
def on(plugin_on):
    plugin_on("fullreduction")


def test_campaign_is_entered_on_a_page_and_prices_a_cart(browser, console, quote):
    answer = browser.post(f"{RULES}/new", **OFFER)
    assert "满60元减8元" in browser.follow(answer).text
    (rule,) = console.get("/plugins/fullreduction/rules").json["items"]
    assert (rule["title"], rule["starts_at"], rule["levels"][0]["at"]) == ("周末满减", STARTED, 6000)
    assert quote({"MILK": 3, "RICE": 1})["payable_fen"] == 6340


def test_form_keeps_what_was_typed_and_says_what_is_wrong(browser, console):
    wrong = OFFER | {"title": "<b>周末</b>", "steps.0.discount": "8.8", "codes": "NOTHING"}
    page = browser.post(f"{RULES}/new", **wrong)
    assert (page.status_code, "没有找到商品：NOTHING" in page.text, "<b>周末" in page.text) == (200, True, False)
    page = browser.post(f"{RULES}/new", **(wrong | {"codes": "MILK"})).text
    assert ("减钱与打折只能二选一" in page, 'value="&lt;b&gt;周末&lt;/b&gt;"' in page) == (True, True)
    assert console.get("/plugins/fullreduction/rules").json["items"] == []


def test_campaign_for_some_goods_shows_their_codes_again(browser, console, tenant):
    browser.follow(browser.post(f"{RULES}/new", **(OFFER | {"codes": "MILK\nRICE"})))
    (rule,) = console.get("/plugins/fullreduction/rules").json["items"]
    assert rule["products"] == sorted([str(tenant.products["MILK"]), str(tenant.products["RICE"])])
    page = browser.get(f"{RULES}/{rule['id']}/edit").text
    assert ("MILK\nRICE</textarea>" in page, "2 个商品" in browser.get(f"{RULES}/{rule['id']}").text) == (True, True)


def test_stale_edit_is_told_and_changes_nothing(browser, campaign, console):
    rule_id = campaign({"at": 6000, "off_fen": 800})
    page = f"{RULES}/{rule_id}/edit"
    browser.follow(browser.post(page, **(OFFER | {"title": "先改"})))
    late = browser.post(page, **(OFFER | {"title": "后改", "version": "1"}))
    assert "活动已被他人修改，请刷新后再保存" in late.text
    assert console.get(f"/plugins/fullreduction/rules/{rule_id}").json["title"] == "先改"


def test_figures_count_paid_orders_only(browser, campaign, place_order, pay, cancel, run_events, tenant):
    rule_id = campaign({"at": 6000, "off_fen": 800})
    paid, closed = place_order({"MILK": 3, "RICE": 1}), place_order({"RICE": 2})
    pay(paid)
    cancel(closed)
    run_events()
    uses = tenant.rows("SELECT number, off_fen, payable_fen, state FROM fullreduction_use ORDER BY order_id")
    assert uses == [(paid.number, 800, 6340, "paid"), (closed.number, 800, 5800, "gone")]
    page = browser.get(f"{RULES}/{rule_id}").text
    assert (page.count("¥8.00") > 0, "¥63.40" in page, paid.number in page) == (True, True, True)


def test_switch_takes_a_campaign_out_of_prices(browser, campaign, quote):
    rule_id = campaign({"at": 6000, "off_fen": 800})
    path = f"{RULES}/{rule_id}"
    browser.follow(browser.post(f"{path}/switch", page=path, active="0"))
    assert quote({"RICE": 2})["payable_fen"] == 6600
    browser.follow(browser.post(f"{path}/remove", page=path))
    assert browser.get(path).status_code == 404


def test_product_that_takes_no_part_counts_for_nothing(campaign, console, tenant, quote):
    campaign({"at": 6000, "off_fen": 800})
    path = f"/products/{tenant.products['RICE']}/sections"
    answer = console.put(path, json={"sections": {"fullreduction": {"takes_part": False}}})
    assert answer.json["items"][0]["values"] == {"takes_part": False}
    assert quote({"RICE": 2})["payable_fen"] == 6600


def test_gift_is_added_and_restocked(browser, console):
    browser.follow(browser.post(f"{GIFTS}/new", name="抽纸", stock="3"))
    (gift,) = console.get("/plugins/fullreduction/gifts").json["items"]
    short = browser.post(f"{GIFTS}/{gift['id']}/stock", change="-4")
    assert "赠品剩余数量不足，不能再减" in short.text
    browser.follow(browser.post(f"{GIFTS}/{gift['id']}/stock", change="-2"))
    assert console.get("/plugins/fullreduction/gifts").json["items"][0]["stock"] == 1


def test_lists_go_on_page_by_page(browser, campaign, tenant):
    campaign({"at": 6000, "off_fen": 800})
    tenant.execute(
        "INSERT INTO fullreduction_rule (title, basis, mode, levels, products, categories, priority, with_coupons,"
        " starts_at, active, version) SELECT '活动' || lpad(n::text, 3, '0'), basis, mode, levels, products, categories,"
        " 100 + n, with_coupons, starts_at, n <= 22, 1 FROM fullreduction_rule, generate_series(1, 23) n"
    )
    tenant.execute("INSERT INTO fullreduction_gift (name, stock) SELECT '赠品' || n, 1 FROM generate_series(100, 124) n")
    for path, shown, rest in ((RULES, 19, 4), (f"{RULES}?state=on", 19, 3), (GIFTS, 20, 5)):
        pages = walk(browser, path)
        assert [len(set(re.findall(r"活动\d{3}|赠品\d{3}", page))) for page in pages] == [shown, rest]


def walk(browser, path):
    """Every page of a list."""
    pages = []
    while path:
        pages.append(browser.get(path).text)
        following = re.search(r'rel="next" href="/console([^"]+)"', pages[-1])
        path = following[1].replace("&amp;", "&") if following else ""
    return pages


def test_campaigns_are_no_more_than_a_list_can_hold(browser, console, campaign, tenant):
    campaign({"at": 6000, "off_fen": 800})
    tenant.execute(
        "INSERT INTO fullreduction_rule (title, basis, mode, levels, products, categories, priority, with_coupons,"
        " starts_at, active, version) SELECT title, basis, mode, levels, products, categories, priority, with_coupons,"
        " starts_at, false, 1 FROM fullreduction_rule, generate_series(1, 199)"
    )
    page = browser.post(f"{RULES}/new", **OFFER)
    assert (page.status_code, "活动已达 200 个" in page.text) == (200, True)
    assert tenant.one("SELECT count(*) FROM fullreduction_rule") == 200


def test_clerk_looks_and_has_no_buttons(tenant, campaign):
    rule_id = campaign({"at": 6000, "off_fen": 800})
    clerk = tenant.browser(tenant.add_staff("clerk"))
    page = clerk.get(f"{RULES}/{rule_id}")
    assert (page.status_code, "编辑" in page.text) == (200, False)
    assert clerk.get(f"{RULES}/{rule_id}/edit").status_code == 403


def test_dashboard_has_a_card(console):
    cards = console.get("/dashboard/cards").json["items"]
    assert [(card["title"], card["rows"]) for card in cards if card["plugin"] == "fullreduction"] == [
        ("满减送（近 30 天）", [["用到的订单", "0"], ["优惠金额", "¥0"]])
    ]



def test_pages_speak_english(tenant, campaign):
    rule_id = campaign({"at": 6000, "off_fen": 800})
    english = tenant.browser(tenant.owner, "en")
    assert '<html class="no-script" lang="en">' in english.get(RULES).text
    page = english.get(f"{RULES}/{rule_id}").text
    assert ("Orders in 30 days" in page, "Discounts by day" in page) == (True, True)
