"""Settings of plugins: typed, checked, sealed, brought up to date."""

from __future__ import annotations

from decimal import Decimal

import marshmallow as ma
import pytest
from sqlalchemy import event

from core.db import db
from core.host import settings
from core.host.settings import SettingsInvalid
from core.plugin.web import Fen, Text
from core.switches.errors import EnableFailed, PluginFailed
from core.ui import describing as forms
from tests.core.switches.conftest import Switches

DEFAULTS = {"greeting": "您好", "floor": 100, "rate": Decimal("1.00"), "mood": "good", "api_key": None}
STORED = "SELECT version, data FROM plugin_setting WHERE plugin = 'dummy'"


def read(switches: Switches) -> dict:
    with switches.shop.bound():
        found = dict(settings.settings("dummy"))
        db.session.rollback()
    return found


def test_nothing_entered_means_defaults(switches: Switches):
    assert read(switches) == DEFAULTS


def test_values_are_typed_and_the_rest_falls_back(switches: Switches):
    switches.call("change_settings", "dummy", {"greeting": "欢迎", "rate": "2.5", "floor": 7})
    assert read(switches) == DEFAULTS | {"greeting": "欢迎", "rate": Decimal("2.50"), "floor": 7}
    switches.call("change_settings", "dummy", {"floor": 8})
    assert read(switches) == DEFAULTS | {"floor": 8}
    assert [detail for _, _, _, detail in switches.audit()] == [
        {"names": ["floor", "greeting", "rate"]}, {"names": ["floor", "greeting", "rate"]},
    ]


def test_settings_of_one_shop_are_not_another_s(switches: Switches, other_switches: Switches):
    switches.call("change_settings", "dummy", {"floor": 7})
    assert (read(switches)["floor"], read(other_switches)["floor"]) == (7, 100)


def test_bad_value_is_named_and_nothing_stored(switches: Switches):
    for values, field in (
        ({"colour": 1}, "colour"), ({"floor": -1}, "floor"), ({"floor": 1.5}, "floor"), ({"mood": "sad"}, "mood"),
        ({"greeting": "a\x00b"}, "greeting"),
    ):
        with pytest.raises(SettingsInvalid) as refused:
            switches.call("change_settings", "dummy", values)
        assert refused.value.field == field
    assert (switches.rows(STORED), switches.audit()) == ([], [])


def test_secret_is_sealed_kept_and_forgotten(switches: Switches):
    shown = switches.call("change_settings", "dummy", {"api_key": "s3cret"})
    assert (shown["secrets_set"], "api_key" in shown["values"], "s3cret" in str(shown)) == ({"api_key": True}, False, False)
    assert "s3cret" not in str(switches.rows(STORED))
    assert "s3cret" not in str(switches.audit())
    for kept in ({}, {"api_key": None}):
        switches.call("change_settings", "dummy", kept)
        assert read(switches)["api_key"] == "s3cret"
    assert switches.call("change_settings", "dummy", {"api_key": ""})["secrets_set"] == {"api_key": False}
    assert read(switches)["api_key"] is None


def test_older_settings_are_upgraded_on_read_and_saved_on_write(switches: Switches):
    switches.write(
        "INSERT INTO plugin_setting (plugin, version, data, updated_at)"
        " VALUES ('dummy', 1, '{\"hello\": \"您早\"}', now())"
    )
    assert read(switches)["greeting"] == "您早"
    switches.call("change_settings", "dummy", {"greeting": "您早", "floor": 5})
    (version, data), = switches.rows(STORED)
    assert (version, data["greeting"], "hello" in data) == (2, "您早", False)


def test_upgrade_that_fails_is_the_plugin_s_failure(switches: Switches):
    switches.write("INSERT INTO plugin_setting VALUES ('moody', 1, '{}', now())")
    for act, args in (("settings_form", ()), ("change_settings", ({"token": "x"},))):
        with pytest.raises(PluginFailed):
            switches.call(act, "moody", *args)
    with pytest.raises(EnableFailed) as refused:
        switches.call("enable", "moody")
    assert (refused.value.extra["place"], refused.value.extra["reason"]) == ("settings", "SystemExit: 1")
    assert [f["place"] for f in switches.call("failures_of", "moody")] == ["settings"]


def test_read_twice_asks_the_database_once(switches: Switches):
    counted = []
    with switches.shop.bound():
        event.listen(db.engines[None], "before_cursor_execute", lambda *args: counted.append(args[2]))
        for _ in range(3):
            settings.settings("dummy")
        db.session.rollback()
    assert len(counted) <= 1


def test_what_hooks_get_can_not_be_changed(switches: Switches):
    with switches.shop.bound(), pytest.raises(TypeError):
        settings.settings("dummy")["floor"] = 1


def test_uncommitted_change_is_nobody_s(switches: Switches):
    with switches.shop.bound():
        plugin = settings.host().loaded["dummy"].plugin
        settings.change(plugin, {"floor": 3})
        with db.session.begin_nested():
            assert settings.settings("dummy")["floor"] == 3
        assert settings.settings("dummy")["floor"] == 3
        db.session.rollback()
        assert settings.settings("dummy")["floor"] == 100


class Level(ma.Schema):
    name = Text(8, metadata={"label": "等级"})
    from_fen = Fen(metadata={"label": "起点"})


class Drawable(ma.Schema):
    amount = Fen(load_default=5, metadata={"label": "金额", "help": "分"})
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(["a"], ["甲"]), metadata={"label": "种类"})
    levels = ma.fields.List(ma.fields.Nested(Level), load_default=list, metadata={"label": "等级表"})


def test_form_describes_types_bounds_choices_and_groups():
    amount, kind, levels = forms.describe(Drawable)
    assert amount == {
        "name": "amount", "type": "money", "label": "金额", "help": "分", "required": False, "default": 5,
        "secret": False, "min": 0, "max": 10_000_000_000,
    }
    assert (kind["type"], kind["required"], kind["choices"]) == ("text", True, [{"value": "a", "label": "甲"}])
    assert (levels["type"], [f["name"] for f in levels["item"]["fields"]]) == ("list", ["name", "from_fen"])
    assert forms.faults(Drawable) == []


class Inner(ma.Schema):
    token = Text(8, metadata={"label": "令牌", "secret": True})


class Bad(ma.Schema):
    share = ma.fields.Float(load_default=0.5, metadata={"label": "比例"})
    nameless = Text(8, load_default="")
    rate = ma.fields.Decimal(load_default="1", metadata={"label": "倍率"})
    inner = ma.fields.Nested(Inner, load_default=None, allow_none=True, metadata={"label": "内层"})


def test_every_fault_of_a_form_is_told():
    assert forms.faults(Bad) == [
        "share: Float is no type that a form can show",
        "nameless: has no label",
        "inner.token: is a secret inside a group; only fields at the top can be",
        "nameless: its default is refused: ['长度应为 1 到 8 个字']",
        "rate: its default is not what the field loads",
    ]


@pytest.mark.parametrize("schema", [dict, 3, object()])
def test_what_is_no_schema_is_a_fault(schema):
    assert len(forms.faults(schema)) == 1
