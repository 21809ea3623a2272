"""Plugins' own pages, and what a client is told about the server."""

from __future__ import annotations

from typing import Any

import pytest

from core.plugin import Page
from core.plugin.build import B
from tests.core.blocks.conftest import Switch, failing, notices
from tests.core.blocks.tiny import mood
from tests.core.shops import Shop

STORE = "/store/api/v1"


def test_page_is_the_plugins(shop: Shop):
    answer = shop.get(f"{STORE}/pages/club/hall", query_string={"id": "g1"}, token=shop.buyer_token)
    page = answer.json
    assert answer.status_code == 200
    assert page.pop("now") > 1_700_000_000_000
    assert page == {
        "v": 1, "level": 1, "min_level": 1, "title": "大厅", "ttl": 15, "share": {"title": "来"},
        "blocks": [{"id": "club-hall", "type": "text", "src": "club",
                    "props": {"text": f"{{'id': 'g1'}} {shop.buyer_id}"}}],
    }  # fmt: skip


def test_page_is_open_to_visitors(shop: Shop):
    assert notices(shop.get(f"{STORE}/pages/club/hall").json["blocks"]) == ["{} None"]


def test_page_refuses_a_token_that_is_no_good(shop: Shop):
    assert shop.get(f"{STORE}/pages/club/hall", token=f"bt_{shop.ref.key}_{'x' * 43}").status_code == 401


@pytest.mark.parametrize("path", ["club/nowhere", "mute/hall", "nobody/hall", "core/home"])
def test_page_that_is_not_there(shop: Shop, path: str):
    answer = shop.get(f"{STORE}/pages/{path}")
    assert (answer.status_code, answer.json["code"]) == (404, "page_not_found")


def test_page_is_not_there_in_the_other_shop(shop: Shop, other_shop: Shop):
    assert other_shop.get(f"{STORE}/pages/club/hall").status_code == 404


def test_page_of_a_closing_plugin_still_works(shop: Shop, switch: Switch):
    switch(shop, club="closing")
    assert shop.get(f"{STORE}/pages/club/hall").status_code == 200


def test_page_for_newer_clients_says_so(shop: Shop):
    page = shop.get(f"{STORE}/pages/club/later", headers={"X-Block-Level": "1"}).json
    assert (page["min_level"], page["title"], notices(page["blocks"])) == (2, "会员俱乐部", ["请升级小程序后使用"])


@pytest.mark.parametrize("level", ["", "0", "-1", "x", "1e9", "99999999999", "²"])
def test_level_that_is_none_is_one(shop: Shop, level: str):
    headers = {"X-Block-Level": level.encode().decode("latin1")}
    assert shop.get(f"{STORE}/pages/club/hall", headers=headers).json["level"] == 1


@pytest.mark.parametrize(
    "does",
    [
        lambda ctx, page: 1 / 0,
        lambda ctx, page: "page",
        lambda ctx, page: Page("x" * 200, ()),
        lambda ctx, page: Page("x", (), ttl=-1),
        lambda ctx, page: Page("x", (), min_level="2"),
        lambda ctx, page: Page("x", (), share={"title": "x", "img": "javascript:x"}),
        lambda ctx, page: Page("x", "blocks"),
    ],
)
def test_page_that_fails_shows_an_error_block(shop: Shop, switch: Switch, does: Any):
    switch(shop, rival="on")
    mood["storefront_page"] = does
    answer = shop.get(f"{STORE}/pages/rival/any")
    assert answer.status_code == 200
    assert (answer.json["title"], notices(answer.json["blocks"])) == ("对头", ["页面暂时无法显示，请稍后再试"])
    assert answer.json["blocks"][0]["src"] == "core"
    assert [(plugin, place) for plugin, place, _ in failing(shop)] == [("rival", "hook:storefront_page")]


def test_page_with_a_block_that_does_not_fit_shows_the_others(shop: Shop, switch: Switch):
    switch(shop, rival="on")
    mood["storefront_page"] = lambda ctx, page: Page("x", (B.notice(text="x" * 200), B.notice(text="a")))
    assert notices(shop.get(f"{STORE}/pages/rival/any").json["blocks"]) == ["a"]
    [(_, place, error)] = failing(shop)
    assert place == "hook:storefront_page" and error.startswith("Misfit: notice.text: ")


def test_products_of_a_page_get_their_own_pictures(shop: Shop, switch: Switch):
    switch(shop, rival="on")
    given = {"id": "1", "title": "有图", "img": "/media/x.webp"}
    items = [{"id": "1", "title": "礼品"}, given, {"id": "999", "title": "没有"}]
    mood["storefront_page"] = lambda ctx, page: Page("x", (B.card(B.product_grid(items=items)),))
    [card] = shop.get(f"{STORE}/pages/rival/any").json["blocks"]
    own, kept, none = card["children"][0]["props"]["items"]
    assert own["img"].startswith("/store/api/v1/products/1/placeholder.svg")
    assert (kept["img"], "img" in none) == ("/media/x.webp", False)


def test_capabilities_list_what_is_on(shop: Shop, other_shop: Shop, switch: Switch):
    switch(shop, club="on", rival="closing", mute="on")
    assert shop.get(f"{STORE}/capabilities").json == {
        "protocol": 1, "block_level": 1,
        "plugins": [
            {"name": "club", "title": "会员俱乐部", "version": "1.2.0"},
            {"name": "mute", "title": "沉默", "version": "1.2.0"},
        ],
    }  # fmt: skip
    assert other_shop.get(f"{STORE}/capabilities").json["plugins"] == []
