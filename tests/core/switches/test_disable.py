"""Switching off: data stays, what still runs is ended first, nobody is left waiting for ever."""

from __future__ import annotations

import pytest

from core.host import duties, jobs
from core.switches import wiring
from core.switches.errors import PluginNeeded, PluginNotFound
from tests.core.switches.conftest import Switches
from tests.core.switches.test_enable import NOTES, turn_by_hand

EVENT = """
    WITH written AS (INSERT INTO event (name, version, aggregate, payload, occurred_at)
                     VALUES ('order.paid', 1, 'order:1', '{}', now()) RETURNING id)
    INSERT INTO event_delivery (event_id, consumer, aggregate, state, due_at)
    SELECT id, consumer, 'order:1', 'pending', now() FROM written, unnest(ARRAY['dummy', 'core.other']) AS consumer
"""
DELIVERIES = "SELECT consumer, state FROM event_delivery ORDER BY consumer"


@pytest.fixture
def on(switches: Switches) -> Switches:
    """The dummy plugin is on."""
    switches.call("enable", "dummy")
    return switches


def note(switches: Switches, word: str) -> None:
    switches.write("INSERT INTO dummy_note (word) VALUES (:word)", word=word)


def actions(switches: Switches) -> list[str]:
    return [action for _, action, _, _ in switches.audit()]


def test_off_keeps_data_and_silences(on: Switches):
    on.write(EVENT)
    row = on.call("disable", "dummy")
    assert (row["state"], row["has_tables"], row["blockers"]) == ("off", True, [])
    assert (on.words(), on.tables("dummy")) == (["enabled", "disabled"], NOTES)
    assert on.rows(DELIVERIES) == [("core.other", "pending"), ("dummy", "parked")]
    assert on.rows("SELECT plugin FROM plugin_job") == []
    assert on.audit()[-1] == ("system", "plugins.disable", "plugin:dummy", {})


def test_on_again_takes_up_what_was_put_aside(on: Switches):
    on.write(EVENT)
    on.call("disable", "dummy")
    assert on.call("enable", "dummy")["state"] == "on"
    assert on.rows(DELIVERIES) == [("core.other", "pending"), ("dummy", "pending")]
    assert on.words() == ["enabled", "disabled", "enabled"]
    assert on.rows("SELECT job FROM plugin_job") == [("tidy",)]


def test_off_already_stays_off_without_a_line(on: Switches):
    on.call("disable", "dummy")
    on.call("disable", "dummy")
    assert actions(on) == ["plugins.enable", "plugins.disable"]


def test_blockers_make_it_close_first(on: Switches):
    note(on, "open")
    row = on.call("disable", "dummy")
    assert (row["state"], row["blockers"]) == ("closing", [{"code": "open_notes", "message": "还有 1 条未结"}])
    assert on.audit()[-1] == ("system", "plugins.closing", "plugin:dummy", {"blockers": ["open_notes"]})
    assert on.rows("SELECT job FROM plugin_job") == [("tidy",)]
    assert on.call("disable", "dummy")["state"] == "closing"
    assert actions(on) == ["plugins.enable", "plugins.closing"]
    assert on.call("end_closing") == []
    on.write("DELETE FROM dummy_note WHERE word = 'open'")
    assert on.call("end_closing") == ["dummy"]
    assert (on.state("dummy"), actions(on)[-1]) == ("off", "plugins.disable")


def test_closing_is_opened_again(on: Switches):
    note(on, "open")
    on.call("disable", "dummy")
    assert on.call("enable", "dummy")["state"] == "on"
    assert actions(on) == ["plugins.enable", "plugins.closing", "plugins.enable"]


@pytest.mark.parametrize(
    ("word", "error"),
    [("crash", "RuntimeError: can't say"), ("garbage", "TypeError: closing_blockers has to answer a list of Problems")],
)
def test_blockers_that_can_not_be_told_are_one_blocker(on: Switches, word, error):
    note(on, word)
    row = on.call("disable", "dummy")
    told = f"插件未能说明是否可以停用（{error}）"
    assert (row["state"], row["blockers"]) == ("closing", [{"code": "plugin_failed", "message": told}])
    assert [f["place"] for f in on.call("failures_of", "dummy")] == ["hook:closing_blockers"]


def test_on_disable_that_fails_is_reported_and_stops_nothing(on: Switches):
    on.call("change_settings", "dummy", {"mood": "raise"})
    assert on.call("disable", "dummy")["state"] == "off"
    assert on.words() == ["enabled"]
    assert [(f["place"], f["error"]) for f in on.call("failures_of", "dummy")] == [
        ("hook:on_disable", "RuntimeError: won't leave")
    ]


def test_needed_plugin_stays_on(on: Switches):
    on.call("enable", "needy")
    with pytest.raises(PluginNeeded) as refused:
        on.call("disable", "dummy")
    assert refused.value.extra["plugins"] == ["needy"]
    on.call("disable", "needy")
    assert on.call("disable", "dummy")["state"] == "off"


def test_missing_plugin_is_shown_and_can_be_switched_off(switches: Switches):
    turn_by_hand(switches, "vanished", "on")
    row = switches.call("state", "vanished")
    assert (row["state"], row["switch"], row["version"], row["reasons"]) == (
        "missing", "on", None, ["插件包未安装，数据保留不动"],
    )
    assert switches.call("disable", "vanished")["switch"] == "off"


def test_unknown_plugin_is_not_found(switches: Switches):
    for act in ("disable", "state", "failures_of", "settings_form"):
        with pytest.raises(PluginNotFound):
            switches.call(act, "nothing")


def test_duty_hands_out_shops_with_a_closing_plugin(on: Switches, other_switches: Switches, app):
    note(on, "open")
    on.call("disable", "dummy")
    other_switches.call("enable", "dummy")
    on.write("DELETE FROM dummy_note WHERE word = 'open'")
    with app.app_context():
        wiring.hand_out()
    jobs.work(app, ("plugins",), burst=True)
    assert (on.state("dummy"), other_switches.state("dummy")) == ("off", "on")
    assert duties._duties["closing_plugins"].every_seconds == 60


def test_list_shows_every_state(on: Switches):
    turn_by_hand(on, "vanished", "on")
    rows = {row["name"]: (row["state"], row["reasons"][:1]) for row in on.call("states")}
    assert rows == {
        "asking": ("off", []),
        "broken": ("off", []),
        "dummy": ("on", []),
        "moody": ("off", []),
        "needy": ("off", []),
        "rival": ("off", ["与已启用的插件冲突：dummy"]),
        "sly": ("off", []),
        "stale": ("unfit", ["can't be imported: ModuleNotFoundError: No module named 'tests.core.switches.gone'"]),
        "vanished": ("missing", ["插件包未安装，数据保留不动"]),
    }
