"""`make screenshots`: every page at both widths into `docs/screenshots`, of the demo shop with its whole past."""

from __future__ import annotations

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from core import create_app
from core.data.demologin import OPERATOR as OPERATOR_LOGIN
from core.data.demologin import OPERATOR_PASSWORD, PASSWORD, PHONE
from core.plugin.testing.servers import starting
from tests.browser.conftest import CHROMIUM, WIDTHS
from tests.browser.desk import Desk
from tests.browser.pages import CONSOLE, OPERATOR, PLUGINS, PUBLIC
from tests.browser.town import Town, arranged, serving, settle

FOLDER = Path(__file__).parents[2] / "docs" / "screenshots"
DAYS = 120
TALLEST = 1800


def main(wanted: list[str]) -> int:
    """All pages, or those whose endpoint contains one of `wanted`."""
    with starting() as servers:
        config = arranged(servers.config, servers.wechat, DAYS)
        app = create_app(config)
        with serving(app, config.port), sync_playwright() as playwright:
            here = settle(app, config.port)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--lang=zh-CN"])
            for width in WIDTHS:
                _take(browser, here, width, wanted)
            browser.close()
    return 0


def _take(browser: Browser, here: Town, width: str, wanted: list[str]) -> None:
    across, down = WIDTHS[width]
    context = browser.new_context(viewport={"width": across, "height": down}, locale="zh-CN", reduced_motion="reduce")
    page = context.new_page()
    Desk(page, here.shop).log_in_as(PHONE, PASSWORD)
    Desk(page, here.platform).log_in_as_operator(OPERATOR_LOGIN, OPERATOR_PASSWORD)
    for endpoint, path in {**CONSOLE, **PLUGINS, **PUBLIC, **OPERATOR}.items():
        if path is None or wanted and not any(part in endpoint for part in wanted):
            continue
        desk = Desk(page, here.platform if endpoint in {**PUBLIC, **OPERATOR} else here.shop)
        page.set_viewport_size({"width": across, "height": down})
        desk.go(path.format_map(here.sample))
        height = page.evaluate("document.documentElement.scrollHeight")
        # A taller window instead of a longer picture: what is fixed to the window's edges stays there.
        page.set_viewport_size({"width": across, "height": min(max(height, down), TALLEST)})
        page.wait_for_timeout(500)
        _keep(page.screenshot(), FOLDER / f"{endpoint.replace('_pages', '')}-{across}.webp")
        print(endpoint, width, flush=True)
    context.close()


def _keep(png: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.open(BytesIO(png)).save(path, "WEBP", quality=72, method=6)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
