"""A plugin switched on in Chromium: its page is there at once, and nowhere once it is off; a third party's pages."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from core import create_app
from core.db import db
from core.host.loading import installed
from core.switches import service
from tests.browser.desk import Desk
from tests.browser.town import serving
from tests.core.conftest import free_port

EXAMPLE = Path(__file__).parents[2] / "examples" / "full-reduction"
PAGES = "/console/plugins/fullreduction"


@pytest.fixture(scope="module")
def app(config):
    """The shipped plugins, and the example straight from its folder."""
    sys.path.insert(0, str(EXAMPLE))
    example = EntryPoint("fullreduction", "jishi_fullreduction:plugin", "jishi.plugins")
    app = create_app(config, [*[entry for entry in installed() if entry.name != example.name], example])
    yield app
    sys.path.remove(str(EXAMPLE))
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


@pytest.fixture(scope="module")
def port(app):
    with serving(app, free_port()) as port:
        yield port


def test_plugin_appears_with_its_switch_and_goes_with_it(desk: Desk):
    page = desk.page
    page.expected_complaints = ("404",)
    desk.go("/console/plugin-center")
    assert desk.findings() == []
    page.click("#plugin-fullreduction button")
    page.wait_for_selector("[data-toast]")
    assert "满减送活动" in page.inner_text("#side")
    page.click("#side >> text=满减送活动")
    assert page.inner_text("h1") == "满减送活动"
    desk.go("/console/plugin-center")
    page.click("#plugin-fullreduction button")
    page.click("#dialog .dialog-end .btn-primary")
    page.wait_for_selector("[data-toast]")
    assert "满减送活动" not in page.inner_text("#side")
    assert desk.go(f"{PAGES}/rules").status == 404


@pytest.mark.parametrize("width", ["phone", "desk"], indirect=True)
def test_campaign_is_entered_on_the_plugins_own_page(desk: Desk):
    page = desk.page
    with desk.shop.bound():
        service.enable("fullreduction")
    desk.go(f"{PAGES}/rules/new")
    assert desk.findings() == []
    page.fill("[name=title]", "周末满减")
    page.fill("[name='steps.0.at']", "60")
    page.fill("[name='steps.0.off_fen']", "8")
    page.click("[data-add-row]")
    page.fill("[name='steps.1.at']", "99")
    page.fill("[name='steps.1.off_fen']", "15")
    page.click("#form .form-end .btn-primary")
    page.wait_for_selector("h1:has-text('周末满减')")
    assert "满99元减15元" in desk.text()
    assert desk.findings() == []


@pytest.mark.parametrize("width", ["phone", "desk"], indirect=True)
def test_pages_of_points_are_well_made(desk: Desk):
    with desk.shop.bound():
        service.enable("points")
    for path in ("overview", "members", "gifts", "gifts/new", "levels"):
        desk.go(f"/console/plugins/points/{path}")
        assert (path, desk.findings()) == (path, [])
