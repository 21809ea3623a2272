"""Every page of the product, in a real browser, as its owner: well made, quiet, no wider than the screen.

In short one page of each kind, once; with `JISHI_EVERY_PAGE=1` (`make test-browser`) all, at both widths in both languages.
Without a browser `tests/core` opens the pages too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from core.data.demologin import OPERATOR as OPERATOR_LOGIN
from core.data.demologin import OPERATOR_PASSWORD, PASSWORD, PHONE
from tests.browser.conftest import WIDTHS
from tests.browser.desk import Desk
from tests.browser.pages import CONSOLE, OPERATOR, PLUGINS, PUBLIC
from tests.browser.town import Town

ALL = bool(os.environ.get("JISHI_EVERY_PAGE"))
EVERYWHERE = {**CONSOLE, **PLUGINS, **PUBLIC, **OPERATOR}
ONE_OF_EACH = {
    "console_components.components", "console_dashboard_pages.index", "console_analytics_pages.finance",
    "console_attention_pages.index", "console_staff_pages.permissions", "console_orders_pages.show",
    "console_order_money_pages.adjust_form", "console_pickup_pages.index", "console_members_pages.show",
    "console_products_pages.index", "console_product_pages.show", "console_imports_pages.preview",
    "console_stores_pages.edit", "console_home_pages.index", "console_plugins_pages.show", "points_pages.overview",
    "signup_pages.sign_up", "operator_tenant_pages.show",
}
ON_PLATFORM = {**PUBLIC, **OPERATOR}


def ways() -> Iterator[tuple[str, str, str]]:
    """(endpoint, width, language) to open."""
    wanted = EVERYWHERE if ALL else {name: EVERYWHERE[name] for name in sorted(ONE_OF_EACH)}
    for at, (endpoint, path) in enumerate(wanted.items()):
        if path is None:
            continue
        every = [(width, language) for width in WIDTHS for language in ("zh", "en")]
        for width, language in every if ALL else [every[(0, 2)[at % 2]]]:
            yield endpoint, width, language


@pytest.fixture(scope="module")
def windows(chromium: Browser, town: Town) -> Iterator[dict[tuple[str, str], BrowserContext]]:
    """One window per width and language, logged in once."""
    made: dict[tuple[str, str], BrowserContext] = {}
    yield made
    for context in made.values():
        context.close()


def window(made: dict, chromium: Browser, town: Town, width: str, language: str) -> BrowserContext:
    if (width, language) not in made:
        across, down = WIDTHS[width]
        context = made[width, language] = chromium.new_context(
            viewport={"width": across, "height": down}, locale="zh-CN", reduced_motion="reduce"
        )
        context.set_default_timeout(20_000)
        context.add_cookies([{"name": "jishi-lang", "value": language, "url": base} for base in (town.shop, town.platform)])
        page = context.new_page()
        Desk(page, town.shop).log_in_as(PHONE, PASSWORD)
        Desk(page, town.platform).log_in_as_operator(OPERATOR_LOGIN, OPERATOR_PASSWORD)
        page.close()
    return made[width, language]


@pytest.mark.parametrize(("endpoint", "width", "language"), list(ways()))
def test_page_is_well_made(chromium: Browser, town: Town, windows, endpoint: str, width: str, language: str):
    base = town.platform if endpoint in ON_PLATFORM else town.shop
    page = window(windows, chromium, town, width, language).new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    desk = Desk(page, base)
    path = EVERYWHERE[endpoint].format_map(town.sample)
    answer = desk.go(path)
    try:
        assert (answer.status, path, complaints) == (200, path, [])
        assert page.locator("h1").count() == 1
        assert desk.findings() == []
        assert complaints == []
        if language == "en":
            assert desk.chinese_left() == []
    finally:
        page.close()


def test_every_page_is_known(town: Town):
    pages = {
        rule.endpoint
        for rule in town.app.url_map.iter_rules()
        if "GET" in rule.methods and rule.rule.startswith(("/console/", "/platform/", "/signup"))
        and not rule.rule.startswith(("/console/api/", "/platform/api/")) and "ui." not in rule.endpoint
    }
    known = set(EVERYWHERE)
    assert sorted(pages - known) == []
    assert sorted(known - pages - {"signup_pages.front"}) == []
