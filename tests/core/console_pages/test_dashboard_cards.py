"""Cards of plugins on the first page: what they say is text, one that fails says so and the rest stays."""

from __future__ import annotations

from core.plugin import Card
from tests.core.console_pages.test_analytics import words
from tests.core.console_pages.visitor import Visitor
from tests.core.extensions import tiny
from tests.core.extensions.conftest import app, calm, other_shop, shop, shops, switch  # noqa: F401 - fixtures


def test_cards_are_shown_and_failures_told(shop):  # noqa: F811
    switch(shop, "moody")
    visitor = Visitor(shop, shop.staff_token)
    rows = (("昨日", "9"),)
    tiny.mood["dashboard_cards"] = lambda **_: [Card("今日<b>发放", "12", hint="很好", rows=rows, path="/a")]
    page = visitor.get("/console/")
    assert "今日<b>发放 打开 12 很好 昨日 9" in words(page.replace("&lt;", "&amp;lt;")).replace("&lt;", "<")
    assert 'href="/console/plugins/moody/a"' in page
    assert "今日<b>" not in page

    def fail(**_):
        raise RuntimeError

    tiny.mood["dashboard_cards"] = fail
    assert "这个插件暂时没有回答，其余功能不受影响" in words(visitor.get("/console/"))
