"""Offers of plugins on list, search and detail pages: asked behind the cache, one tag over both."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.plugin import Offer
from tests.core.extensions import tiny
from tests.core.extensions.conftest import counted, failures_of, switch

PRODUCTS = "/store/api/v1/products"
ENDS = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SEEN = {"plugin": "moody", "label": "秒杀价", "price_fen": 990, "until": "2026-01-02T03:04:05Z"}


def offer(products, **_):
    return {ref.product_id: [Offer("秒杀价", 990, ENDS)] for ref in products if ref.title == "纯牛奶"}


def pages(shop) -> list[str]:
    product = next(item for item in shop.get(PRODUCTS).json["items"] if item["title"] == "纯牛奶")
    return [PRODUCTS, "/store/api/v1/search?q=纯牛奶", f"{PRODUCTS}/{product['id']}"]


def milk(shop, path: str) -> dict:
    body = shop.get(path).json
    return next((item for item in body["items"] if item["title"] == "纯牛奶"), {}) if "items" in body else body


def test_offers_stand_on_every_page_of_a_product(shop, other_shop):
    switch(shop, "moody")
    tiny.mood["product_offers"] = offer
    for path in pages(shop)[1:]:
        if path.startswith(PRODUCTS):
            assert milk(shop, path)["offers"] == [SEEN]
    listed = {item["title"]: item["offers"] for item in shop.get(PRODUCTS).json["items"]}
    assert listed == {"纯牛奶": [SEEN], "东北大米": [], "五花肉": []}
    assert "offers" not in milk(other_shop, PRODUCTS)


@pytest.mark.parametrize("page", [0, 2], ids=["list", "detail"])
def test_offers_change_behind_the_cache_and_the_tag_with_them(shop, page):
    switch(shop, "moody")
    path = pages(shop)[page]
    tiny.mood["product_offers"] = offer
    first = shop.get(path)
    assert shop.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    tiny.mood["product_offers"] = lambda **_: {}
    changed = shop.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, milk(shop, path)["offers"]) == (200, [])
    switch(shop)
    plain = shop.get(path)
    assert b"offers" not in plain.data
    assert plain.headers["ETag"] not in (first.headers["ETag"], changed.headers["ETag"])


NO_OFFERS = [Offer(5), Offer("x", 1.5), Offer("x" * 21), Offer("x", until=ENDS.replace(tzinfo=None))]


@pytest.mark.parametrize("answer", [5, {1: "x"}, *({1: [offer]} for offer in NO_OFFERS)])
def test_offers_that_are_none_are_left_out(shop, answer):
    switch(shop, "moody")
    tiny.mood["product_offers"] = lambda **_: answer
    assert milk(shop, PRODUCTS)["offers"] == []
    assert "hook:product_offers" in failures_of(shop, "moody")


def test_plugin_without_offers_costs_a_cached_page_nothing(shop):
    switch(shop, "keeper")
    shop.get(PRODUCTS)
    with shop.bound(), counted() as statements:
        assert b"offers" not in shop.get(PRODUCTS).data
    assert statements == []


def test_closing_plugin_makes_no_offers(shop):
    switch(shop, "moody", state="closing")
    tiny.mood["product_offers"] = offer
    assert "offers" not in milk(shop, PRODUCTS)
