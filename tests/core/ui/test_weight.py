"""What a first view weighs on the line."""

from __future__ import annotations

import gzip

from core.ui.assets import FOLDER
from tests.core.console_pages.visitor import Visitor

KB = 1024


def packed(name: str) -> int:
    return len(gzip.compress((FOLDER / name).read_bytes(), 9))


def test_page_weighs_little_with_and_without_charts(shop):
    visitor = Visitor(shop, shop.staff_token)
    page = visitor.open("/console/components", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assets = ("vendor/bootstrap.css", "console.css", "vendor/htmx.js", "console.js", "mark.svg")
    plain = len(page.data) + sum(map(packed, assets))
    assert plain <= 110 * KB
    assert plain + packed("vendor/echarts.js") <= 320 * KB


def test_assets_never_change_under_their_address(shop):
    visitor = Visitor(shop)
    page = visitor.get("/console/login")
    address = page.split('rel="stylesheet" href="')[2].split('"')[0]
    answer = visitor.open(address, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (answer.headers["Content-Encoding"], answer.mimetype) == ("gzip", "text/css")


def test_nothing_but_assets_is_served(shop):
    for name in ("../icons.json", "..%2f__init__.py", "nothing.css", "vendor/manifest.json"):
        assert Visitor(shop).open(f"/ui/x/{name}").status_code == 404
