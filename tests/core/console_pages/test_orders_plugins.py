"""What plugins add to the pages of orders."""

from __future__ import annotations

from html import unescape

from core.plugin import Column, Panel
from tests.core.console_http.acting import order
from tests.core.console_pages.visitor import Visitor
from tests.core.extensions import tiny
from tests.core.extensions.conftest import app, calm, shop, shops, switch  # noqa: F401 - fixtures

EVIL = "<b>获得</b>"


def test_columns_and_panels_of_plugins_stand_on_the_pages(shop):  # noqa: F811
    switch(shop, "moody")
    number, visitor = order(shop), Visitor(shop, shop.staff_token)
    tiny.mood["table_columns"] = lambda table, ids, **_: [Column("mood", "心情", dict.fromkeys(ids, f"好 {EVIL}"))]
    tiny.mood["order_panels"] = lambda orders, **_: {o.order_id: Panel("积分卡", ((EVIL, "2560"),)) for o in orders}
    listed, page = visitor.get("/console/orders"), visitor.get(f"/console/orders/{number}")
    assert "心情" in listed and f"好 {EVIL}" in unescape(listed)
    assert "积分卡" in page and "2560" in page
    assert EVIL not in listed and EVIL not in page


def test_broken_plugin_leaves_the_pages_whole(shop):  # noqa: F811
    switch(shop, "moody")
    number, visitor = order(shop), Visitor(shop, shop.staff_token)
    tiny.mood["table_columns"] = tiny.mood["order_panels"] = lambda **_: 1 / 0
    assert number in visitor.get("/console/orders")
    assert "为什么是这个价" in visitor.get(f"/console/orders/{number}")
