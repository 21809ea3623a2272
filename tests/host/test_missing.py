"""A package that disappears between two deploys: its tenants are `missing`, the data is kept, the shop is up."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core import create_app
from core.config import Config
from core.db import db
from core.host import loading
from core.services import services
from tests.host.hostile import quiet
from tests.host.selling import failures, hostile, sells

PLUGINS = (hostile("quiet"),)


@pytest.fixture
def later(on, config):
    """The same shop after a deploy without the package, with rows that the plugin left."""
    with on.bound():
        columns = "(plugin, version, data, updated_at)"
        db.session.execute(text(f"INSERT INTO plugin_setting {columns} VALUES ('quiet', 1, '{{}}', now())"))
        db.session.commit()
    on.app = create_app(config, entry_points=())
    with on.app.app_context():
        on.ref = services().registry.fresh(on.ref)
    return on


def test_shop_sells_without_the_package(later):
    quiet.called.clear()
    sells(later)
    assert quiet.called == []
    assert failures(later) == []


def test_plugin_is_missing_and_nothing_else(later):
    with later.bound():
        plugins = later.app.extensions["jishi.plugins"]
        assert (plugins.on(), plugins.working(), plugins.gone()) == (set(), set(), {"quiet": "missing"})


def test_routes_are_404(later):
    for path in ("/store/api/v1/plugins/quiet/hello", "/console/api/v1/plugins/quiet/hello"):
        assert later.get(path, token=later.staff_token).status_code == 404


def test_settings_and_state_are_kept_for_its_return(later, app):
    with later.bound():
        assert db.session.execute(text("SELECT plugin FROM plugin_setting")).scalars().all() == ["quiet"]
    later.app = app
    assert later.get("/store/api/v1/plugins/quiet/hello").status_code == 200


def test_operator_chooses_among_installed_plugins(monkeypatch):
    found = (hostile("quiet"), hostile("puppet"))
    monkeypatch.setattr(loading, "entry_points", lambda group: found)
    assert [entry.name for entry in loading.installed("all")] == ["puppet", "quiet"]
    assert [entry.name for entry in loading.installed("quiet, gone")] == ["quiet"]
    assert loading.installed("none") == []


@pytest.mark.parametrize(
    ("given", "plugins"), [({}, "all"), ({"JISHI_PLUGINS": " "}, "all"), ({"JISHI_PLUGINS": "none"}, "none")]
)
def test_operator_says_it_in_the_environment(given, plugins):
    needed = {"DATABASE_URL": "postgresql://x", "REDIS_URL": "redis://x", "JISHI_MASTER_KEY": "0" * 64}
    assert Config.from_env({**needed, **given}).plugins == plugins
