"""Slots ride on the native pages' own answers; who fails is left out, and a shop without plugins notices nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from core.db import db
from core.host.blocks.budget import budget
from core.plugin.build import A, B
from tests.core.blocks.conftest import Switch, failing, notices
from tests.core.blocks.tiny import mood
from tests.core.shops import Shop

STORE = "/store/api/v1"


def detail(shop: Shop, **kwargs: Any) -> Any:
    return shop.get(f"{STORE}/products/1", **kwargs)


def basket(shop: Shop) -> dict[str, Any]:
    return {
        "store_id": str(shop.store_id), "fulfilment": "pickup",
        "lines": [{"sku_id": str(shop.skus["MILK"]), "quantity": "1"}],
    }  # fmt: skip


def test_product_has_its_slots(shop: Shop):
    answer = detail(shop)
    assert answer.json["title"] == "纯牛奶"
    assert answer.json["slots"] == {
        name: [{"id": "club-_0", "type": "notice", "src": "club", "props": {"text": f"{name} 1 buyer None"}}]
        for name in ("product.price", "product.promo", "product.bottom")
    }
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_product_knows_a_shopper_and_takes_a_bad_token_for_nobody(shop: Shop):
    ours = detail(shop, token=shop.buyer_token).json["slots"]
    bad = detail(shop, token=f"bt_{shop.ref.key}_{'x' * 43}").json["slots"]
    assert notices(ours["product.price"]) == [f"product.price 1 buyer {shop.buyer_id}"]
    assert notices(bad["product.price"]) == ["product.price 1 buyer None"]


def test_tag_of_a_product_covers_its_slots(shop: Shop, switch: Switch):
    switch(shop, rival="on")
    mood["storefront_blocks"] = lambda ctx, slot: [B.notice(text="秒杀")] if slot.name == "product.promo" else None
    tag = detail(shop).headers["ETag"]
    assert detail(shop, headers={"If-None-Match": tag}).status_code == 304
    mood["storefront_blocks"] = lambda ctx, slot: [B.notice(text="已结束")] if slot.name == "product.promo" else None
    changed = detail(shop, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    assert notices(changed.json["slots"]["product.promo"]) == ["已结束"]


def test_product_of_a_shop_whose_plugins_have_no_blocks_is_the_kept_bytes(shop: Shop, switch: Switch):
    with_blocks = detail(shop).data
    switch(shop)
    plain = detail(shop)
    switch(shop, mute="on")
    quiet = detail(shop, token=shop.buyer_token, headers={"If-None-Match": plain.headers["ETag"]})
    assert b'"slots"' in with_blocks and b'"slots"' not in plain.data
    assert quiet.status_code == 304
    assert plain.headers["Cache-Control"] == "public, no-cache"


def test_kept_product_costs_no_statement_while_nobody_has_blocks(shop: Shop, switch: Switch):
    switch(shop, mute="on")
    detail(shop)
    seen: list[str] = []
    with shop.app.app_context():
        engine = db.engine

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert detail(shop, token=shop.buyer_token).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert seen == []


def test_categories_and_an_empty_search_have_slots(shop: Shop):
    tree = shop.get(f"{STORE}/categories").json
    hits, none = (shop.get(f"{STORE}/search", query_string={"q": q}).json for q in ("MILK", "火箭"))
    assert notices(tree["slots"]["category.top"]) == ["category.top buyer None"]
    assert notices(none["slots"]["search.empty"]) == ["search.empty buyer None"]
    assert "slots" not in hits


def test_quote_has_fields_and_cart_has_blocks(shop: Shop):
    quote = shop.post(f"{STORE}/quote", token=shop.buyer_token, json=basket(shop))
    cart = shop.get(f"{STORE}/cart", token=shop.buyer_token, query_string={"store_id": shop.store_id})
    assert quote.status_code == cart.status_code == 200
    assert quote.json["slots"] == {"checkout.fields": [
        {"id": "club-use", "type": "form", "src": "club", "props": {
            "fields": [{"name": "use", "kind": "stepper", "label": "积分", "max": 5}]}},
    ]}  # fmt: skip
    assert notices(cart.json["slots"]["cart.top"]) == [f"cart.top 0 buyer {shop.buyer_id}"]


def test_checkout_takes_forms_only(shop: Shop, switch: Switch):
    switch(shop, rival="on")
    mood["storefront_blocks"] = lambda ctx, slot: [B.notice(text="买一送一")]
    assert shop.post(f"{STORE}/quote", token=shop.buyer_token, json=basket(shop)).json["slots"] == {}
    assert failing(shop) == [("rival", "hook:storefront_blocks", "Misfit: notice: only form may stand here")]


def test_order_and_member_centre_have_slots(shop: Shop):
    placed = shop.post(
        f"{STORE}/orders", token=shop.buyer_token, json=basket(shop), headers={"Idempotency-Key": "slots-0001"}
    ).json
    order = shop.get(f"{STORE}/orders/{placed['number']}", token=shop.buyer_token).json
    member = shop.get(f"{STORE}/profile", token=shop.buyer_token).json
    assert notices(order["slots"]["order.detail"]) == [f"order.detail {order['id']} buyer {shop.buyer_id}"]
    assert order["slots"].keys() == {"order.detail"}
    assert member["id"] == str(shop.buyer_id)
    assert {name: notices(blocks) for name, blocks in member["slots"].items()} == {
        name: [f"{name} buyer {shop.buyer_id}"] for name in ("member.header", "member.services")
    }


def test_other_shop_has_nothing_of_it(shop: Shop, other_shop: Shop):
    assert "slots" not in detail(other_shop).json
    assert other_shop.get(f"{STORE}/profile", token=other_shop.buyer_token).json["slots"] == {}
    assert other_shop.get(f"{STORE}/home").json["blocks"][0]["src"] == "core"
    assert b"club" not in other_shop.get(f"{STORE}/home").data


def test_closing_plugin_makes_no_blocks(shop: Shop, switch: Switch):
    switch(shop, club="closing")
    assert "slots" not in detail(shop).json


@pytest.mark.parametrize(
    ("does", "error"),
    [
        (lambda ctx, slot: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda ctx, slot: "blocks", "Misfit: expected a sequence of blocks, got str"),
        (lambda ctx, slot: [{"type": "text"}], "Misfit: expected a sequence of blocks, got list"),
        (lambda ctx, slot: [B.button(text="x", action=A.call(op="club.join"))],
         "Misfit: button.action: operation 'club.join' is not your own"),
        (lambda ctx, slot: [B.space()] * 13 if slot.name == "product.promo" else [], "Misfit: too many blocks"),
    ],
)  # fmt: skip
def test_plugin_that_fails_is_left_out_and_reported(shop: Shop, switch: Switch, does: Any, error: str):
    switch(shop, club="on", rival="on")
    mood["storefront_blocks"] = does
    answer = detail(shop)
    assert answer.status_code == 200
    sources = [block["src"] for block in answer.json["slots"]["product.price"]]
    assert sources == ["club"]
    assert failing(shop) == [("rival", "hook:storefront_blocks", error)]


def test_twelve_blocks_of_one_plugin_are_shown(shop: Shop, switch: Switch):
    switch(shop, rival="on")
    mood["storefront_blocks"] = lambda ctx, slot: [B.space()] * 13 if slot.name == "product.promo" else []
    assert len(detail(shop).json["slots"]["product.promo"]) == 12
    assert failing(shop) == [("rival", "hook:storefront_blocks", "Misfit: too many blocks")]


def test_plugin_over_its_time_again_and_again_is_skipped_and_reported(shop: Shop):
    budget.seconds, budget.strikes = 0.0, 2
    assert detail(shop).json["slots"].keys() == {"product.price", "product.promo", "product.bottom"}
    assert "slots" not in detail(shop).json
    [(plugin, place, error)] = failing(shop)
    assert (plugin, place) == ("club", "slow:storefront_blocks")
    assert error.endswith("2 times in a row more than 0; left out for 60 s")
