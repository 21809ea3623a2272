"""What plugins add to the console: cards, menu, columns, panels, sections; and who may see it."""

from __future__ import annotations

import marshmallow as ma
import pytest
from sqlalchemy import text

from core.db import db
from core.plugin import Card, Column, FormSection, NavItem, Panel, Refused
from core.plugin.web import Fen
from tests.core.console_http.acting import API, actions, one, order, staff_token
from tests.core.extensions import tiny
from tests.core.extensions.conftest import counted, failures_of, switch


def fail(**_):
    raise RuntimeError("no")


def read(shop, path: str, token: str | None = None) -> dict:
    answer = shop.get(f"{API}{path}", token=token or shop.staff_token)
    assert answer.status_code == 200, answer.text
    return answer.json


CARD = {"plugin": "moody", "title": "今日发放", "value": "12", "hint": "", "rows": [["昨日", "9"]], "tone": "muted"}


def test_cards_show_figures_and_a_failed_one_says_so(shop, other_shop):
    switch(shop, "moody")
    tiny.mood["dashboard_cards"] = lambda **_: [Card("今日发放", "12", rows=(("昨日", "9"),), tone="pink", path="/a")]
    assert read(shop, "/dashboard/cards")["items"] == [{**CARD, "path": "/a", "failed": False}]
    assert read(other_shop, "/dashboard/cards")["items"] == []
    tiny.mood["dashboard_cards"] = fail
    (card,) = read(shop, "/dashboard/cards")["items"]
    assert (card["plugin"], card["title"], card["failed"]) == ("moody", "喜怒无常", True)
    assert "hook:dashboard_cards" in failures_of(shop, "moody")


@pytest.mark.parametrize("answer", ["a", [{"title": "x"}], [Card(1)], [Card("\ud800")], [Card("x", rows=(("a",),))], 5])
def test_cards_that_are_none_are_a_failed_card(shop, answer):
    switch(shop, "moody")
    tiny.mood["dashboard_cards"] = lambda **_: answer
    assert [card["failed"] for card in read(shop, "/dashboard/cards")["items"]] == [True]


def test_clerk_sees_no_dashboard(shop):
    assert shop.get(f"{API}/dashboard/cards", token=staff_token(shop, "clerk")).status_code == 403


NAV = [
    NavItem("心情", "/", "moody.see"),
    NavItem("改心情", "/edit", "moody.edit", "pen"),
    NavItem("退款", "/r", "orders.refund"),
]


@pytest.mark.parametrize(
    ("role", "labels"), [("owner", ["心情", "改心情", "退款"]), ("manager", ["心情", "退款"]), ("clerk", [])]
)
def test_menu_has_what_the_role_may_open(shop, role, labels):
    switch(shop, "moody")
    tiny.mood["console_nav"] = lambda **_: NAV
    assert [item["label"] for item in read(shop, "/nav", staff_token(shop, role))["items"]] == labels


def test_permissions_of_a_plugin_are_told_while_it_is_on(shop):
    def told(role: str) -> list[str]:
        found = read(shop, "/session", staff_token(shop, role))["permissions"]
        return [name for name in found if name.startswith(("moody.", "plugins.", "home."))]

    switch(shop)
    assert told("owner") == ["home.edit", "plugins.manage"]
    switch(shop, "moody")
    assert (told("owner"), told("manager"), told("clerk")) == (
        ["home.edit", "moody.edit", "moody.see", "plugins.manage"], ["home.edit", "moody.see"], [],
    )


def product_ids(shop) -> list[int]:
    with shop.bound():
        return [int(one(shop, "SELECT product_id FROM sku WHERE id = :id", id=sku)) for sku in shop.skus.values()]


def columns(table, ids, **_):
    return [Column("mood", "心情", {row: f"{table} {n}" for n, row in enumerate(ids)} | {10**9: "nobody's"})]


@pytest.mark.parametrize(("path", "table"), [("/orders", "orders"), ("/products", "products"), ("/members", "members")])
def test_tables_have_columns_of_plugins(shop, path, table):
    switch(shop, "moody")
    order(shop)
    with shop.bound():
        db.session.execute(text("UPDATE buyer SET member_no = 'M-1' WHERE id = :id"), {"id": shop.buyer_id})
        db.session.commit()
    tiny.mood["table_columns"] = columns
    body = read(shop, path)
    ids = [item["id"] for item in body["items"]]
    told = {row: f"{table} {n}" for n, row in enumerate(ids)}
    assert body["columns"] == [{"plugin": "moody", "key": "mood", "label": "心情", "values": told}]
    tiny.mood["table_columns"] = lambda **_: [Column("mood", "心情", {int(ids[0]): 5})]
    assert read(shop, path)["columns"] == []
    assert "hook:table_columns" in failures_of(shop, "moody")


def test_panels_stand_with_orders_for_staff_and_shopper(shop, other_shop):
    switch(shop, "moody")
    numbers = [order(shop) for _ in range(3)]
    asked = []

    def panels(orders, **_):
        asked.append(len(orders))
        return {o.order_id: Panel("积分", (("获得", f"{o.payable_fen}"),), {"points": o.payable_fen}) for o in orders}

    tiny.mood["order_panels"] = panels
    expected = {"moody": {"title": "积分", "rows": [["获得", "2560"]], "data": {"points": 2560}}}
    listed = read(shop, "/orders?limit=3")["items"]
    assert [item["extensions"] for item in listed] == [expected] * 3
    assert read(shop, f"/orders/{numbers[0]}")["extensions"] == expected
    store = shop.get(f"/store/api/v1/orders/{numbers[0]}", token=shop.buyer_token).json
    assert (store["extensions"], "buyer_id" in store) == (expected, False)
    bought = shop.get("/store/api/v1/orders?limit=3", token=shop.buyer_token).json["items"]
    assert [(item["extensions"], "buyer_id" in item) for item in bought] == [(expected, False)] * 3
    assert asked == [3, 1, 1, 3]
    other = order(other_shop)
    assert read(other_shop, f"/orders/{other}")["extensions"] == {}


NO_PANELS = [5, {1: "x"}, {1: Panel(5)}, {1: Panel("x", (("a", 1),))}, {1: Panel("x", (), {"a": "\ud800"})}]


@pytest.mark.parametrize("answer", NO_PANELS)
def test_panels_that_are_none_are_left_out(shop, answer):
    switch(shop, "moody")
    number = order(shop)
    tiny.mood["order_panels"] = lambda **_: answer
    assert read(shop, f"/orders/{number}")["extensions"] == {}
    assert "hook:order_panels" in failures_of(shop, "moody")


def test_statements_of_a_page_of_orders_do_not_grow_with_its_rows(shop):
    switch(shop, "moody")
    for _ in range(4):
        order(shop)
    tiny.mood["order_panels"] = lambda orders, **_: {o.order_id: Panel("x") for o in orders}
    tiny.mood["table_columns"] = columns
    read(shop, "/orders?limit=1")
    with shop.bound(), counted() as few:
        read(shop, "/orders?limit=1")
    with shop.bound(), counted() as many:
        read(shop, "/orders?limit=4")
    assert len(many) == len(few)


class Ratio(ma.Schema):
    multiplier = ma.fields.Integer(load_default=1, validate=ma.validate.Range(0, 10), metadata={"label": "积分倍数"})


class Price(ma.Schema):
    gold_fen = Fen(required=True, metadata={"label": "金卡价"})


def sections(product_ids, **_):
    (product_id,) = product_ids
    return [FormSection("积分", Ratio, {product_id: {"multiplier": 3}}), FormSection("等级价", Price)]


def test_sections_of_the_product_form_are_drawn_and_saved(shop):
    switch(shop, "moody")
    product = product_ids(shop)[0]
    tiny.mood["product_form_sections"] = sections
    found = read(shop, f"/products/{product}/sections")["items"]
    assert [(s["plugin"], s["title"], [f["name"] for f in s["fields"]], s["values"]) for s in found] == [
        ("moody", "积分", ["multiplier"], {"multiplier": 3}), ("moody", "等级价", ["gold_fen"], {}),
    ]
    saved = []
    tiny.mood["save_product_form"] = lambda product_id, values, **_: saved.append((product_id, values))
    answer = put(shop, product, {"moody": {"multiplier": 5, "gold_fen": 990}})
    assert (answer.status_code, saved) == (200, [(product, {"multiplier": 5, "gold_fen": 990})])
    assert actions(shop)[-1] == "products.sections"


def put(shop, product, values):
    return shop.put(f"{API}/products/{product}/sections", token=shop.staff_token, json={"sections": values})


def test_sections_that_do_not_fit_are_refused(shop):
    switch(shop, "moody")
    product = product_ids(shop)[0]
    tiny.mood["product_form_sections"] = sections
    tiny.mood["save_product_form"] = fail
    answer = put(shop, product, {"moody": {"multiplier": 50, "colour": "red"}})
    assert (answer.status_code, answer.json["code"]) == (422, "section_invalid")
    assert sorted(error["field"] for error in answer.json["errors"]) == [
        "sections.moody.colour", "sections.moody.gold_fen", "sections.moody.multiplier",
    ]
    assert put(shop, product, {"points": {}}).json["code"] == "section_not_found"
    assert put(shop, 10**12, {"moody": {"gold_fen": 1}}).json["code"] == "product_not_found"
    assert shop.get(f"{API}/products/{10**12}/sections", token=shop.staff_token).status_code == 404


def refuse(**_):
    raise Refused("too_cheap", "金卡价低于成本")


def poison(session, **_):
    try:
        session.execute(text("UPDATE product SET keywords = 'x' WHERE 1 / 0 = 1"))
    except Exception:
        return


@pytest.mark.parametrize(("act", "code"), [(refuse, "too_cheap"), (fail, "plugin_failed"), (poison, "plugin_failed")])
def test_section_that_a_plugin_does_not_save_is_a_conflict(shop, act, code):
    switch(shop, "moody")
    product = product_ids(shop)[0]
    tiny.mood["product_form_sections"] = sections
    tiny.mood["save_product_form"] = act
    before = actions(shop)
    answer = put(shop, product, {"moody": {"gold_fen": 1}})
    assert (answer.status_code, answer.json["code"], answer.json["plugin"]) == (409, code, "moody")
    assert actions(shop) == before


def test_plugin_that_is_off_adds_nothing(shop):
    switch(shop)
    for hook in ("dashboard_cards", "console_nav", "table_columns", "product_form_sections", "order_panels"):
        tiny.mood[hook] = fail
    product = product_ids(shop)[0]
    paths = ("/dashboard/cards", "/nav", f"/products/{product}/sections")
    assert [read(shop, path)["items"] for path in paths] == [[], [], []]
    assert read(shop, "/orders")["columns"] == []
