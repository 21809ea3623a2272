"""A real Chromium before a real server. Without a browser the tests are skipped and say so; in CI that is a failure."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from core import create_app
from core.config import Config
from simulator.testing import Remote
from tenants.owner import transaction
from tests.browser.desk import Desk
from tests.browser.town import Town, arranged, serving, settle
from tests.core.conftest import config, open_new_shop, owner, wechat  # noqa: F401 - fixtures

CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)
DAYS = 3
WIDTHS = {"phone": (390, 844), "desk": (1440, 900)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM:
        return
    if os.environ.get("CI"):
        raise pytest.UsageError("no chromium: in CI the browser tests may not be skipped")
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.skip(reason="no Chromium on this machine: apt install chromium"))


@pytest.fixture(scope="session")
def app(config: Config, wechat: Remote) -> Flask:  # noqa: F811
    """With the plugins that are shipped."""
    return create_app(arranged(config, wechat, DAYS))


@pytest.fixture(scope="session")
def port(app: Flask, config: Config) -> Iterator[int]:  # noqa: F811
    with serving(app, int(config.public_url.rpartition(":")[2])) as port:
        yield port


@pytest.fixture(scope="package")
def town(app: Flask, port: int, owner) -> Iterator[Town]:  # noqa: F811
    """The demo shop with a past of a few days; other tests of this process may have theirs afterwards."""
    yield settle(app, port)
    with transaction(owner) as connection:
        connection.execute(
            "WITH gone AS (UPDATE platform.tenant SET slug = 'demo-' || id WHERE slug = 'demo' RETURNING id)"
            " DELETE FROM platform.tenant_appid WHERE tenant_id IN (SELECT id FROM gone)"
        )


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--lang=zh-CN"])
        yield browser
        browser.close()


@pytest.fixture
def shop(open_new_shop):  # noqa: F811
    return open_new_shop("alpha")


@pytest.fixture
def other_shop(open_new_shop):  # noqa: F811
    return open_new_shop("beta")


@pytest.fixture(params=["desk"])
def width(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def browsing(chromium: Browser, width: str) -> Iterator[BrowserContext]:
    """A window of its own; what the page complains about fails the test."""
    across, down = WIDTHS[width]
    context = chromium.new_context(viewport={"width": across, "height": down}, locale="zh-CN")
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(browsing: BrowserContext) -> Iterator[Page]:
    page = browsing.new_page()
    complaints: list[str] = []
    page.on("console", lambda line: complaints.append(line.text) if line.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    expected = getattr(page, "expected_complaints", ())
    assert [line for line in complaints if not any(part in line for part in expected)] == []


@pytest.fixture
def desk(page: Page, port: int, shop) -> Desk:
    """The shop's console, logged in as its owner."""
    desk = Desk(page, f"http://{shop.ref.slug}.localhost:{port}", shop)
    desk.log_in()
    return desk
