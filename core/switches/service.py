"""Switching plugins of the bound shop: on, off, settings, out for good. Every act commits, and leaves a line.

Raises what stands in `core.switches.errors`, and SwitchBusy (`tenants.errors`) while another switch is being turned.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import marshmallow as ma
from sqlalchemy import text

from core.db import db
from core.host import failures, plugin_jobs, settings, switching, telling
from core.host.registry import Loaded, host
from core.host.reserved import HISTORIES
from core.host.switching import Board
from core.limits import service as limits
from core.plugin import Plugin, Refused
from core.staff import audit
from core.switches import domain
from core.switches.errors import (
    EnableFailed,
    NameMismatch,
    PluginFailed,
    PluginNotFound,
    PluginNotOff,
    PluginSettingsNeeded,
)
from core.switches.listing import check_known, failures_of, state, states, trouble
from core.ui import describing as forms
from tenants.errors import Refusal, SwitchBusy

__all__ = [
    "change_settings",
    "clear_failures",
    "disable",
    "enable",
    "end_closing",
    "failures_of",
    "purge",
    "settings_form",
    "settings_schema",
    "state",
    "states",
    "trouble",
]

_PURGE = text(
    """
    WITH deliveries AS (DELETE FROM event_delivery WHERE consumer = :plugin),
         home AS (DELETE FROM home_block WHERE starts_with(kind, :prefix))
    DELETE FROM shopper_op WHERE starts_with(op, :prefix)
    """
)


def enable(name: str) -> dict[str, Any]:
    """Switch on: tables, settings, `on_enable`, jobs, deliveries that were put aside. All or nothing.

    A plugin that is on already is left alone, a closing one is opened again. Raises PluginNotFound, PluginUnfit,
    PluginNotInPlan, PlanLimit, PluginRequires, PluginConflicts, PluginSettingsNeeded, and EnableFailed with the reason.
    """
    with switching.board() as board:
        loaded = domain.fit(host(), board.standing, name)
        domain.check_enable(loaded.plugin, board.standing, host().loaded)
        limits.check_plugins(board.standing.in_use(), name)
        if board.standing.state(name) != "on" or switching.behind(loaded, board.standing):
            _turn_on(board, loaded)
    return state(name)


def disable(name: str) -> dict[str, Any]:
    """Switch off, or begin closing while something still has to end (`blockers`). Data stays.

    What is off already is left alone. Raises PluginNotFound, and PluginNeeded while others depend on it.
    """
    with switching.board() as board:
        check_known(name, board.standing)
        domain.check_disable(name, board.standing, host().loaded)
        if board.standing.state(name) != "off":
            _turn_off(board, name)
    return state(name)


def end_closing() -> list[str]:
    """Switch off every closing plugin of the bound shop that nothing keeps any more; returns their names."""
    ended = []
    with switching.board() as board:
        for name in sorted(board.standing.in_use() & host().loaded.keys()):
            if board.standing.state(name) == "closing" and not switching.blockers(name):
                _stop(board, name)
                ended.append(name)
    return ended


def purge(name: str, typed_name: str) -> list[str]:
    """Delete everything the shop has of a plugin that is off, installed or not; returns the names of dropped tables.

    Raises NameMismatch unless `typed_name` is the name, PluginNotFound, PluginNotOff. Export first.
    """
    if typed_name != name:
        raise NameMismatch(field="name")
    with switching.board() as board:
        if name in HISTORIES or not domain.known(board.standing, name):
            raise PluginNotFound
        if board.standing.state(name) != "off":
            raise PluginNotOff
        dropped = board.purge(name)
        _forget(name)
        audit.record("plugins.purge", f"plugin:{name}", tables=dropped)
        db.session.commit()
        board.forget(name)
    return dropped


def settings_form(name: str) -> dict[str, Any]:
    """The plugin's form as the console draws it (`core.host.settings.form`); raises PluginNotFound, PluginUnfit."""
    plugin = _plugin(name)
    with _contained(name):
        return settings.form(plugin)


def change_settings(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Store all settings anew, whether the plugin is on or off; the form comes back. Raises SettingsInvalid."""
    plugin = _plugin(name)
    with _contained(name):
        changed = settings.change(plugin, values)
        audit.record("plugins.settings", f"plugin:{name}", names=changed)
        db.session.commit()
        return settings.form(plugin)


@contextmanager
def settings_schema(name: str) -> Iterator[ma.Schema]:
    """The schema for a form in which a secret that is set may be left empty, and then stays; see `settings_form`.

    Around the block, what the plugin's validators raise becomes PluginFailed. Raises PluginNotFound, PluginUnfit.
    """
    plugin = _plugin(name)
    with _contained(name):
        made = forms.instance(plugin.settings or ma.Schema)
        is_set = settings.form(plugin)["secrets_set"]
        for name, field in made.fields.items():
            if is_set.get(field.data_key or name):
                field.required = False
                field.metadata = {**field.metadata, "help": "已设置；留空则不变"}
        yield made


def clear_failures(name: str) -> None:
    """Forget what went wrong so far; what still goes wrong comes back. Commits. Raises PluginNotFound."""
    check_known(name, switching.standing())
    failures.forget(name)
    audit.record("plugins.failures_cleared", f"plugin:{name}")
    db.session.commit()


def _turn_on(board: Board, loaded: Loaded) -> None:
    plugin = loaded.plugin
    with _or_stays_off(plugin, "settings"):
        errors = settings.form(plugin)["errors"]
    if errors:
        raise PluginSettingsNeeded(errors=errors)
    db.session.rollback()
    with _or_stays_off(plugin, "migration"):
        board.install(loaded)
    with _or_stays_off(plugin, "hook:on_enable"), _or_no_tables(board, plugin.name):
        switching.start(plugin.name)
        audit.record("plugins.enable", f"plugin:{plugin.name}", version=plugin.version)
        db.session.commit()
    board.save(plugin.name, "on", plugin.version)


@contextmanager
def _or_stays_off(plugin: Plugin, place: str) -> Iterator[None]:
    try:
        yield
    except SwitchBusy:
        raise
    except (Exception, SystemExit) as error:
        db.session.rollback()
        reason = _reason(error)
        if not isinstance(error, Refused):
            failures.report(plugin.name, place, error)
        audit.record("plugins.enable_failed", f"plugin:{plugin.name}", place=place, reason=reason)
        db.session.commit()
        raise EnableFailed(f"插件未能启用：{reason}", place=place, reason=reason) from error


@contextmanager
def _or_no_tables(board: Board, name: str) -> Iterator[None]:
    """A first attempt that fails takes the tables it made with it; older ones hold data and stay."""
    try:
        yield
    except (Exception, SystemExit):
        db.session.rollback()
        if name not in board.standing.revisions:
            with suppress(SwitchBusy):
                board.purge(name)
        raise


def _turn_off(board: Board, name: str) -> None:
    found = switching.blockers(name)
    if not found:
        _stop(board, name)
    elif board.standing.state(name) == "on":
        audit.record("plugins.closing", f"plugin:{name}", blockers=[problem.code for problem in found])
        db.session.commit()
        board.save(name, "closing", board.standing.plugins[name].version)


def _stop(board: Board, name: str) -> None:
    switching.stop(name)
    audit.record("plugins.disable", f"plugin:{name}")
    db.session.commit()
    board.save(name, "off", board.standing.plugins[name].version)


def _forget(name: str) -> None:
    settings.forget(name)
    failures.forget(name)
    plugin_jobs.remove(name)
    db.session.execute(_PURGE, {"plugin": name, "prefix": f"{name}."})


def _plugin(name: str) -> Plugin:
    return domain.fit(host(), switching.standing(), name).plugin


@contextmanager
def _contained(name: str) -> Iterator[None]:
    try:
        yield
    except Refusal:
        raise
    except (Exception, SystemExit) as error:
        db.session.rollback()
        failures.report(name, "settings", error)
        raise PluginFailed(plugin=name) from error


def _reason(error: BaseException) -> str:
    if isinstance(error, Refused | Refusal):
        return switching.storable(error.message)
    return telling.told(error).partition("\n")[0]
