"""The home page: what the merchant arranged, and what plugins add."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from core.catalog import editing
from core.clock import now
from core.db import db
from core.plugin import BlockKind
from core.plugin.build import B
from core.staff.models import Staff
from tests.core.blocks.conftest import Switch, failing, notices, scalar
from tests.core.blocks.tiny import mood
from tests.core.shops import Shop

STORE, CONSOLE = "/store/api/v1", "/console/api/v1"
NOTICE = {"kind": "core.notice", "settings": {"text": "今日 18:00 截单"}}
CARD = {"kind": "club.offers", "settings": {"text": "会员日"}}


@pytest.fixture(autouse=True)
def default(shop: Shop) -> None:
    """Before each test nothing is arranged."""
    assert arrange(shop).status_code == 200


def arrange(shop: Shop, *items: dict[str, Any], token: str = "") -> Any:
    return shop.put(f"{CONSOLE}/home", token=token or shop.staff_token, json={"items": list(items)})


def home(shop: Shop, **kwargs: Any) -> list[dict[str, Any]]:
    answer = shop.get(f"{STORE}/home", **kwargs)
    assert answer.status_code == 200
    return answer.json["blocks"]


def test_home_that_nobody_arranged_shows_products_and_the_feed(shop: Shop):
    title, grid, feed = home(shop)
    assert title == {"id": "core-_0-0", "type": "title", "src": "core", "props": {"text": "全部商品"}}
    assert [(item["title"], item["price"]) for item in grid["props"]["items"]] == [
        ("五花肉", 1980), ("东北大米", 3300), ("纯牛奶", 1280)
    ]  # fmt: skip
    assert grid["props"]["items"][0]["img"].startswith("/store/api/v1/products/")
    assert feed["props"]["text"] == "home.feed buyer None"


def test_home_is_a_page(shop: Shop):
    page = shop.get(f"{STORE}/home").json
    assert {key: page[key] for key in ("v", "level", "title", "ttl", "share")} == {
        "v": 1, "level": 1, "title": "epsilon", "ttl": 0, "share": None
    }  # fmt: skip


def test_home_is_shown_as_it_was_arranged(shop: Shop):
    answer = arrange(shop, CARD, NOTICE, CARD)
    assert answer.json["items"] == [
        {**CARD, "title": "会员专享"},
        {"kind": "core.notice", "title": "公告",
         "settings": {"text": "今日 18:00 截单", "tone": "brand", "link": "none", "target": ""}},
        {**CARD, "title": "会员专享"},
    ]  # fmt: skip
    assert shop.get(f"{CONSOLE}/home", token=shop.staff_token).json == answer.json
    blocks = home(shop)
    assert [(b["id"], b["src"]) for b in blocks] == [
        ("club-card", "club"), ("core-_1-0", "core"), ("club-card-2", "club"), ("club-_0", "club")
    ]  # fmt: skip
    assert blocks[0]["children"][0]["props"] == {"text": "会员日"}


def test_every_kind_of_the_product_can_be_arranged_and_shown(shop: Shop):
    link = {"link": "product", "target": "1"}
    category = scalar(shop, "SELECT min(id) FROM category")
    items = [
        {"kind": "core.banner", "settings": {"items": [{"img": "/media/a.webp", "title": "秋收", **link}]}},
        {"kind": "core.nav-grid", "settings": {"items": [{"text": "积分", "link": "page", "target": "club/hall"}]}},
        {"kind": "core.title", "settings": {"text": "推荐", "link": "search", "target": "牛奶"}},
        {"kind": "core.rich-text", "settings": {"html": "<p onclick=x>欢迎<script>x</script></p>"}},
        {"kind": "core.product-grid", "settings": {"sort": "price", "limit": 1, "layout": "list"}},
        NOTICE,
    ]
    assert category is None
    assert arrange(shop, *items).status_code == 200
    banner, nav, title, rich, grid, notice, _ = home(shop)
    assert banner["props"] == {"items": [{
        "img": "/media/a.webp", "title": "秋收", "action": {"type": "nav", "to": "product", "params": {"id": "1"}}
    }], "shape": "wide"}  # fmt: skip
    assert nav["props"]["items"] == [{"text": "积分", "action": {"type": "page", "page": "club/hall"}}]
    assert title["props"]["action"] == {"type": "nav", "to": "search", "params": {"q": "牛奶"}}
    assert rich["props"] == {"html": "<p>欢迎</p>"}
    assert ([item["title"] for item in grid["props"]["items"]], grid["props"]["layout"]) == (["纯牛奶"], "list")
    assert notices([notice]) == ["今日 18:00 截单"]


def test_kinds_come_with_their_forms(shop: Shop, other_shop: Shop):
    kinds = shop.get(f"{CONSOLE}/home/kinds", token=shop.staff_token).json["items"]
    assert [(kind["kind"], kind["title"], kind["origin"]) for kind in kinds] == [
        ("core.banner", "轮播图", "商城"), ("core.notice", "公告", "商城"), ("core.nav-grid", "宫格导航", "商城"),
        ("core.product-grid", "商品列表", "商城"), ("core.title", "标题", "商城"), ("core.rich-text", "图文", "商城"),
        ("club.offers", "会员专享", "会员俱乐部"),
    ]  # fmt: skip
    assert [(field["name"], field["type"], field["label"]) for field in kinds[-1]["fields"]] == [("text", "text", "文字")]
    others = other_shop.get(f"{CONSOLE}/home/kinds", token=other_shop.staff_token).json["items"]
    assert all(kind["source"] == "core" for kind in others)


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"kind": "core.carousel"}, "items.0.kind"),
        ({"kind": "rival.any"}, "items.0.kind"),
        ({"kind": "core.notice"}, "items.0.settings.text"),
        ({"kind": "core.notice", "settings": {"text": "x", "colour": "red"}}, "items.0.settings.colour"),
        ({"kind": "core.notice", "settings": {"text": "x", "link": "product", "target": "x"}}, "items.0.settings.target"),
        ({"kind": "core.banner", "settings": {"items": [{"img": "javascript:x"}]}}, "items.0.settings.items.0.img"),
        ({"kind": "core.rich-text", "settings": {"html": "a\0"}}, "items.0.settings.html"),
        ({"kind": "club.offers", "settings": {"text": "x" * 21}}, "items.0.settings.text"),
        ({"kind": "nonsense"}, "items.0.kind"),
    ],
)
def test_entry_that_can_not_be_taken_is_named(shop: Shop, item: dict[str, Any], field: str):
    arrange(shop, NOTICE)
    answer = arrange(shop, item)
    assert (answer.status_code, [error["field"] for error in answer.json["errors"]]) == (422, [field])
    assert notices(home(shop)[:1]) == ["今日 18:00 截单"]


def test_entry_of_a_plugin_that_went_off_stays_and_is_not_shown(shop: Shop, switch: Switch):
    arrange(shop, CARD)
    switch(shop)
    assert home(shop) == []
    kept = shop.get(f"{CONSOLE}/home", token=shop.staff_token).json["items"]
    assert kept == [{**CARD, "title": None}]
    assert arrange(shop, NOTICE, CARD).status_code == 200
    assert arrange(shop, {**CARD, "settings": {"text": "别的"}}).status_code == 422
    switch(shop, club="on")
    assert [block["src"] for block in home(shop)] == ["core", "club", "club"]


def test_arranging_needs_the_permission_and_is_audited(shop: Shop):
    arrange(shop, NOTICE)
    assert shop.put(f"{CONSOLE}/home", json={"items": []}).status_code == 401
    entry = "SELECT detail->'kinds' FROM audit_log WHERE action = 'home.replace' ORDER BY id DESC LIMIT 1"
    assert scalar(shop, entry) == ["core.notice"]


def test_clerk_may_not_arrange(shop: Shop):
    _make(shop, "clerk")
    try:
        read = [shop.get(f"{CONSOLE}/{path}", token=shop.staff_token) for path in ("home", "home/kinds")]
        answers = [(answer.status_code, answer.json["code"]) for answer in (arrange(shop), *read)]
    finally:
        _make(shop, "owner")
    assert answers == [(403, "permission_missing")] * 3


def _make(shop: Shop, role: str) -> None:
    with shop.bound():
        db.session.execute(update(Staff).values(role=role))
        db.session.commit()


def test_home_changes_with_a_product(shop: Shop):
    home(shop)
    with shop.bound():
        editing.set_on_shelf([1], False)
        db.session.commit()
    assert [item["title"] for item in home(shop)[1]["props"]["items"]] == ["五花肉", "东北大米"]
    with shop.bound():
        editing.set_on_shelf([1], True)
        db.session.commit()


def test_other_shops_home_is_its_own(shop: Shop, other_shop: Shop):
    arrange(shop, NOTICE)
    assert [block["type"] for block in home(other_shop)] == ["title", "product-grid"]


def _sell_out() -> list:
    db.session.add(Staff(phone="1", name="x", password_hash="x", role="owner", created_at=now()))
    return []


def _kind(render: Any) -> list[BlockKind]:
    return [BlockKind("any", "任意", render)]


@pytest.mark.parametrize(
    ("render", "error"),
    [
        (lambda ctx, settings: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda ctx, settings: "x", "Misfit: expected a sequence of blocks, got str"),
        (lambda ctx, settings: [B.notice(text="x" * 200)], "Misfit: notice.text: "),
        (lambda ctx, settings: _sell_out(), "WriteRefused: "),
    ],
)
def test_kind_that_fails_is_left_out_and_reported(shop: Shop, switch: Switch, render: Any, error: str):
    switch(shop, rival="on")
    mood["storefront_block_kinds"] = lambda ctx: _kind(render)
    assert arrange(shop, {"kind": "rival.any"}, NOTICE).status_code == 200
    assert notices(home(shop)) == ["今日 18:00 截单"]
    [(plugin, place, told)] = failing(shop)
    assert (plugin, place) == ("rival", "kind:any") and told.startswith(error)


@pytest.mark.parametrize("kinds", [1, "x", [1], [BlockKind("Bad Name", "x", print)], [BlockKind("x", "", print)]])
def test_plugin_whose_kinds_are_none_has_none(shop: Shop, switch: Switch, kinds: Any):
    switch(shop, club="on", rival="on")
    mood["storefront_block_kinds"] = lambda ctx: kinds
    listed = shop.get(f"{CONSOLE}/home/kinds", token=shop.staff_token).json["items"]
    assert listed[-1]["kind"] == "club.offers"
    assert [(plugin, place) for plugin, place, _ in failing(shop)] == [("rival", "hook:storefront_block_kinds")]


def test_home_is_cut_at_sixty_blocks(shop: Shop, switch: Switch):
    switch(shop, rival="on")
    mood["storefront_block_kinds"] = lambda ctx: _kind(lambda ctx, settings: [B.space()] * 12)
    assert arrange(shop, *[{"kind": "rival.any"}] * 6).status_code == 200
    assert len(home(shop)) == 60
