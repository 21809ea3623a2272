"""Takes in the installed plugins at start-up, each in its own try: one that does not fit stays out and says why.

Import, manifest, hooks, a rehearsal on a scratch app, then the real one. Installing is deploying: nothing is loaded later.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import structlog
from flask import Flask

from core.host import fence, mounting, telling
from core.host.bus import Bus
from core.host.manifest_check import faults
from core.host.mounting import Trespass
from core.host.registry import KEY, Loaded, PluginHost, Unfit
from core.plugin import Plugin
from core.plugin.manifest import ENTRY_POINTS
from core.ui import i18n
from tenants.history import History

log = structlog.get_logger()


def installed(wanted: str = "all") -> list[EntryPoint]:
    """Entry points of the installed plugins in name order: `all`, `none`, or those in a list with commas."""
    found = sorted(entry_points(group=ENTRY_POINTS), key=lambda entry: entry.name)
    if wanted == "all":
        return found
    names = {name.strip() for name in wanted.split(",")} - {"", "none"}
    for name in sorted(names - {entry.name for entry in found}):
        log.error("plugin_not_installed", plugin=name)
    return [entry for entry in found if entry.name in names]


def load(app: Flask, found: Sequence[EntryPoint]) -> PluginHost:
    """Mount what fits on `app`; what does not is in the host's `unfit`. Never raises for a plugin's sake."""
    host = app.extensions[KEY] = PluginHost()
    waiting: dict[str, tuple[Plugin, str]] = {}
    for entry in _unique(host, found):
        plugin = _take_in(host, entry)
        if plugin is not None:
            waiting[entry.name] = (plugin, _origin(entry))
    while ready := sorted(n for n, (plugin, _) in waiting.items() if set(plugin.requires) <= host.loaded.keys()):
        for name in ready:
            _admit(app, host, *waiting.pop(name))
    for name, (plugin, origin) in waiting.items():
        lacking = sorted(set(plugin.requires) - host.loaded.keys())
        _refuse(host, name, origin, [f"requires {other}, which is not installed or unfit" for other in lacking])
    log.info("plugins_loaded", loaded=sorted(host.loaded), unfit=sorted(host.unfit))
    return host


def history_of(plugin: Plugin) -> History | None:
    """The migrations of the plugin's tables; None without tables."""
    if plugin.tables is None or plugin.migrations is None:
        return None
    return History.at(plugin.name, plugin.migrations, plugin.tables.metadata)


def _unique(host: PluginHost, found: Iterable[EntryPoint]) -> list[EntryPoint]:
    by_name: dict[str, list[EntryPoint]] = {}
    for entry in found:
        by_name.setdefault(entry.name, []).append(entry)
    for name, entries in by_name.items():
        if len(entries) > 1:
            origins = sorted(_origin(entry) for entry in entries)
            _refuse(host, name, ", ".join(origins), [f"is offered by more than one package: {', '.join(origins)}"])
    return [entries[0] for entries in by_name.values() if len(entries) == 1]


def _take_in(host: PluginHost, entry: EntryPoint) -> Plugin | None:
    try:
        plugin = entry.load()
        wrong = faults(plugin, entry.name)
    except (Exception, SystemExit) as error:
        log.warning("plugin_import_failed", plugin=entry.name, trace=traceback.format_exc())
        wrong = [f"can't be imported: {telling.told(error)}"]
    if wrong:
        _refuse(host, entry.name, _origin(entry), wrong)
        return None
    return plugin


def _admit(app: Flask, host: PluginHost, plugin: Plugin, origin: str) -> None:
    try:
        Bus().register(plugin.name, plugin.hooks)
        mounting.mount(fence.scratch_app(app), plugin)
        host.blueprints.update({blueprint.name: plugin.name for blueprint, _ in mounting.blueprints(plugin)})
        mounting.mount(app, plugin)
        host.bus.register(plugin.name, plugin.hooks)
        _translate(app, plugin)
    except Trespass as error:
        _refuse(host, plugin.name, origin, error.faults)
    except (Exception, SystemExit) as error:
        log.warning("plugin_mount_failed", plugin=plugin.name, trace=traceback.format_exc())
        _refuse(host, plugin.name, origin, [f"can't be mounted: {telling.told(error)}"])
    else:
        host.loaded[plugin.name] = Loaded(plugin, origin, history_of(plugin))


def _translate(app: Flask, plugin: Plugin) -> None:
    if plugin.pages is not None:
        i18n.add_folder(app, Path(plugin.pages.root_path) / "translations")


def _refuse(host: PluginHost, name: str, origin: str, wrong: Iterable[str]) -> None:
    host.unfit[name] = Unfit(name, origin, tuple(wrong))
    log.error("plugin_unfit", plugin=name, origin=origin, faults=list(host.unfit[name].faults))


def _origin(entry: Any) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else entry.value
