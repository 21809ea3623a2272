"""Switching on: all of it or nothing, and the reason told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from core.db import db
from core.host import settings
from core.switches import service
from core.switches.errors import (
    EnableFailed,
    PluginConflicts,
    PluginMissing,
    PluginNotFound,
    PluginNotInPlan,
    PluginRequires,
    PluginSettingsNeeded,
    PluginUnfit,
)
from tenants import patience, plugins
from tenants.errors import SwitchBusy
from tenants.owner import transaction
from tests.core.switches.conftest import Switches

NOTES = ["alembic_version_dummy", "dummy_note"]


def test_first_enable_makes_tables_jobs_and_a_line(switches: Switches):
    row = switches.call("enable", "dummy")
    assert (row["state"], row["enabled_version"], row["has_tables"], row["behind"], row["reasons"]) == (
        "on", "1.2.0", True, False, [],
    )
    assert (switches.tables("dummy"), switches.revision("dummy")) == (NOTES, [("d0001",)])
    assert switches.words() == ["enabled"]
    assert switches.rows("SELECT plugin, job FROM plugin_job") == [("dummy", "tidy")]
    assert switches.audit() == [("system", "plugins.enable", "plugin:dummy", {"version": "1.2.0"})]


def test_enable_in_one_shop_changes_nothing_in_another(switches: Switches, other_switches: Switches):
    switches.call("enable", "dummy")
    assert (other_switches.state("dummy"), other_switches.tables("dummy")) == ("off", [])
    assert other_switches.rows("SELECT plugin FROM plugin_job") == []


def test_enabling_what_is_on_does_nothing(switches: Switches):
    first = switches.call("enable", "dummy")
    assert switches.call("enable", "dummy") == first
    assert (switches.words(), len(switches.audit())) == (["enabled"], 1)


def test_two_who_enable_at_once_enable_once(switches: Switches):
    with ThreadPoolExecutor(2) as pool:
        rows = list(pool.map(lambda _: switches.call("enable", "dummy"), range(2)))
    assert [row["state"] for row in rows] == ["on", "on"]
    assert (switches.words(), len(switches.audit())) == (["enabled"], 1)


def test_broken_migration_leaves_neither_table_nor_revision(switches: Switches):
    with pytest.raises(EnableFailed) as refused:
        switches.call("enable", "broken")
    assert (refused.value.code, refused.value.extra["place"]) == ("plugin_enable_failed", "migration")
    assert refused.value.extra["reason"] == 'UndefinedColumn: column "colour" does not exist'
    assert (switches.state("broken"), switches.tables("broken"), switches.revision("broken")) == ("off", [], [])
    assert switches.audit() == [
        ("system", "plugins.enable_failed", "plugin:broken",
         {"place": "migration", "reason": 'UndefinedColumn: column "colour" does not exist'})
    ]
    assert [(f["place"], f["count"], f["error"].partition("\n")[0]) for f in switches.call("failures_of", "broken")] == [
        ("migration", 1, 'UndefinedColumn: column "colour" does not exist')
    ]


def test_migration_that_leaves_its_prefix_is_undone(switches: Switches):
    with pytest.raises(EnableFailed) as refused:
        switches.call("enable", "sly")
    assert refused.value.extra["reason"].startswith("插件的迁移脚本不合规：harmless.id bigint not null")
    assert (switches.tables("harmless"), switches.tables("sly"), switches.revision("sly")) == ([], [], [])


@pytest.mark.parametrize(
    ("mood", "reason"),
    [("raise", "RuntimeError: no mood for it"), ("exit", "SystemExit: 3"), ("refuse", "今天不营业")],
)
def test_on_enable_that_fails_leaves_nothing(switches: Switches, mood, reason):
    switches.call("change_settings", "dummy", {"mood": mood})
    with pytest.raises(EnableFailed) as refused:
        switches.call("enable", "dummy")
    assert (refused.value.extra["place"], refused.value.extra["reason"]) == ("hook:on_enable", reason)
    assert (switches.state("dummy"), switches.tables("dummy"), switches.revision("dummy")) == ("off", [], [])
    assert switches.rows("SELECT plugin FROM plugin_job") == []
    assert [action for _, action, _, _ in switches.audit()] == ["plugins.settings", "plugins.enable_failed"]
    assert [f["place"] for f in switches.call("failures_of", "dummy")] == ([] if mood == "refuse" else ["hook:on_enable"])


def test_on_enable_that_fails_later_keeps_what_was_there(switches: Switches):
    switches.call("enable", "dummy")
    switches.call("disable", "dummy")
    switches.call("change_settings", "dummy", {"mood": "raise"})
    with pytest.raises(EnableFailed):
        switches.call("enable", "dummy")
    assert (switches.state("dummy"), switches.words()) == ("off", ["enabled", "disabled"])


def test_required_plugin_has_to_be_on(switches: Switches):
    with pytest.raises(PluginRequires) as refused:
        switches.call("enable", "needy")
    assert refused.value.extra["plugins"] == ["dummy"]
    switches.call("enable", "dummy")
    assert switches.call("enable", "needy")["state"] == "on"


def test_conflict_is_found_from_either_side(switches: Switches):
    switches.call("enable", "rival")
    with pytest.raises(PluginConflicts) as refused:
        switches.call("enable", "dummy")
    assert refused.value.extra["plugins"] == ["rival"]
    switches.call("disable", "rival")
    switches.call("enable", "dummy")
    with pytest.raises(PluginConflicts):
        switches.call("enable", "rival")


def test_plan_lists_what_is_allowed(switches: Switches):
    switches.as_owner(
        "WITH plan AS (INSERT INTO platform.plan (code, name, limits) VALUES (%s, '小店', '{\"plugin_names\": [\"rival\"]}')"
        " RETURNING id) UPDATE platform.tenant SET plan_id = plan.id FROM plan WHERE key = %s",
        switches.shop.ref.key, switches.shop.ref.key,
    )
    with pytest.raises(PluginNotInPlan):
        switches.call("enable", "dummy")
    assert switches.call("state", "dummy")["reasons"] == ["当前套餐不含这个插件"]
    assert switches.call("enable", "rival")["state"] == "on"


def test_setting_without_a_default_comes_first(switches: Switches):
    with pytest.raises(PluginSettingsNeeded) as refused:
        switches.call("enable", "asking")
    assert [error["field"] for error in refused.value.extra["errors"]] == ["token"]
    switches.call("change_settings", "asking", {"token": "s3cret"})
    assert switches.call("enable", "asking")["state"] == "on"


def test_unfit_missing_and_unknown_plugins_are_refused(switches: Switches):
    with pytest.raises(PluginUnfit) as refused:
        switches.call("enable", "stale")
    assert len(refused.value.extra["faults"]) == 1
    with pytest.raises(PluginNotFound):
        switches.call("enable", "nothing")
    turn_by_hand(switches, "vanished", "off")
    with pytest.raises(PluginMissing):
        switches.call("enable", "vanished")


def test_shop_that_is_writing_is_given_way_to(switches: Switches, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plugins, "LOCK_TIMEOUT", "50ms")
    with transaction(switches.owner) as selling:
        selling.execute(f"UPDATE {switches.shop.ref.schema}.buyer SET name = name")
        with pytest.raises(SwitchBusy):
            switches.call("enable", "dummy")
    assert (switches.state("dummy"), switches.tables("dummy"), switches.audit()) == ("off", [], [])
    assert switches.call("failures_of", "dummy") == []
    assert switches.call("enable", "dummy")["state"] == "on"


def test_switch_comes_back_when_the_shop_has_written(switches: Switches, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(plugins, "LOCK_TIMEOUT", "50ms")
    with switches.owner.connect() as selling:
        selling.exec_driver_sql(f"UPDATE {switches.shop.ref.schema}.buyer SET name = name")
        monkeypatch.setattr(patience.time, "sleep", lambda seconds: selling.rollback())
        assert switches.call("enable", "dummy")["state"] == "on"
    assert switches.tables("dummy") != []


def test_enabling_takes_a_handful_of_statements(switches: Switches):
    counted = []
    with switches.bound():
        for engine in db.engines.values():
            event.listen(engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
        service.enable("dummy")
        settings.settings("dummy")
    assert len(counted) <= 12, "\n".join(counted)


def turn_by_hand(switches: Switches, name: str, state: str) -> None:
    """As a package that was there at an earlier deploy left it."""
    switches.as_owner(
        "INSERT INTO platform.tenant_plugin (tenant_id, plugin, state, version) VALUES (%s, %s, %s, '0.1')",
        switches.shop.ref.id, name, state,
    )
