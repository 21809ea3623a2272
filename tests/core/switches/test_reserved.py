"""Names that a plugin can't have."""

from __future__ import annotations

import pytest

from core.host.reserved import reserved_faults
from core.plugin import Plugin
from core.plugin.web import Blueprint


def plugin(name: str, **more) -> Plugin:
    return Plugin(name=name, title="x", summary="x", version="1.0.0", api="0.9", **more)


def console(*rules: str):
    blueprint = Blueprint("lottery_console", __name__)
    for rule in rules:
        blueprint.route(rule)(lambda: "")
    return blueprint


@pytest.mark.parametrize("name", ["core", "platform"])
def test_name_of_a_history_of_ours_is_reserved(name):
    assert f"name {name!r} is the core's own" in list(reserved_faults(plugin(name)))


def test_name_that_would_own_tables_of_the_core_is_reserved():
    assert list(reserved_faults(plugin("home"))) == ["name 'home' would own the core's tables: home_block"]


def test_console_route_that_the_host_answers_is_reserved():
    taken = plugin("lottery", console=console("/settings"))
    assert list(reserved_faults(taken)) == ["console: /settings is answered by the host"]
    assert list(reserved_faults(plugin("lottery", console=console("/prizes", "/draws/settings")))) == []


def test_ordinary_name_is_free():
    assert list(reserved_faults(plugin("lottery"))) == []
