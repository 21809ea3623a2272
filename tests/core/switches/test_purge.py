"""Purging: everything of one plugin in one shop, and nothing else."""

from __future__ import annotations

import pytest

from core.host.reserved import HISTORIES
from core.switches.errors import NameMismatch, PluginNotFound, PluginNotOff
from tests.core.switches.conftest import Switches
from tests.core.switches.test_disable import DELIVERIES, EVENT
from tests.core.switches.test_enable import NOTES, turn_by_hand


def used(switches: Switches) -> None:
    """On for a while, with settings, a delivery, a home block, a failure; now off."""
    switches.call("change_settings", "dummy", {"mood": "raise"})
    switches.call("change_settings", "dummy", {})
    switches.call("enable", "dummy")
    switches.write(EVENT)
    switches.write("INSERT INTO home_block (position, kind, settings) VALUES (1, 'dummy.note', '{}'), (2, 'banner', '{}')")
    switches.write(
        "INSERT INTO plugin_failure (plugin, place, since, last_at, count, error, trace)"
        " VALUES ('dummy', 'hook:quote', now(), now(), 1, '', ''), ('rival', 'hook:quote', now(), now(), 1, '', '')"
    )
    switches.call("disable", "dummy")


def test_purge_leaves_nothing_of_the_plugin_and_everything_else(switches: Switches, other_switches: Switches):
    used(switches)
    other_switches.call("enable", "dummy")
    before = switches.tables("")
    assert switches.call("purge", "dummy", "dummy") == NOTES
    assert set(before) - set(switches.tables("")) == set(NOTES)
    assert (switches.state("dummy"), switches.revision("dummy")) == ("off", [])
    assert switches.as_owner("SELECT 1 FROM platform.tenant_plugin WHERE tenant_id = %s", switches.shop.ref.id) == []
    assert switches.rows("SELECT plugin FROM plugin_setting") == []
    assert switches.rows("SELECT plugin FROM plugin_failure") == [("rival",)]
    assert switches.rows("SELECT kind FROM home_block") == [("banner",)]
    assert switches.rows(DELIVERIES) == [("core.other", "pending")]
    assert switches.audit()[-1] == ("system", "plugins.purge", "plugin:dummy", {"tables": NOTES})
    assert (other_switches.state("dummy"), other_switches.words()) == ("on", ["enabled"])


def test_purged_plugin_starts_anew(switches: Switches):
    used(switches)
    switches.call("purge", "dummy", "dummy")
    switches.call("enable", "dummy")
    assert switches.words() == ["enabled"]


def test_other_name_deletes_nothing(switches: Switches):
    used(switches)
    for typed in ("", "Dummy", "rival"):
        with pytest.raises(NameMismatch):
            switches.call("purge", "dummy", typed)
    assert switches.tables("dummy") == NOTES


def test_plugin_that_is_on_is_not_purged(switches: Switches):
    switches.call("enable", "dummy")
    with pytest.raises(PluginNotOff):
        switches.call("purge", "dummy", "dummy")
    assert switches.tables("dummy") == NOTES


def test_missing_plugin_can_be_purged(switches: Switches):
    switches.as_owner(f"CREATE TABLE {switches.shop.ref.schema}.vanished_thing (id bigint primary key)")
    turn_by_hand(switches, "vanished", "on")
    switches.call("disable", "vanished")
    assert switches.call("purge", "vanished", "vanished") == ["vanished_thing"]
    with pytest.raises(PluginNotFound):
        switches.call("state", "vanished")


def test_name_of_the_core_purges_nothing_of_it(switches: Switches):
    before = switches.tables("")
    turn_by_hand(switches, "order", "off")
    assert switches.call("purge", "order", "order") == []
    for name in HISTORIES:
        with pytest.raises(PluginNotFound):
            switches.call("purge", name, name)
    assert switches.tables("") == before
    assert len(switches.revision("core")) == 1
