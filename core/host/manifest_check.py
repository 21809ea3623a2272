"""Everything that is wrong with a plugin's manifest, all at once: shown to whoever wrote it, before anything is mounted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from core.host import telling
from core.host.hook_check import hook_faults, takes
from core.host.policies import OFFERS
from core.host.reserved import reserved_faults
from core.host.route_check import route_faults
from core.host.table_check import table_faults
from core.plugin import API_VERSION, DomainEvent, Job, Permission, Plugin
from core.plugin.manifest import ROLES
from core.ui import describing as forms

NAME = re.compile(r"[a-z][a-z0-9]{2,29}")
VERSION = re.compile(r"\d+(\.\d+){0,3}[0-9a-z.+!-]*")
API = re.compile(r"(\d+)\.(\d+)")
WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
SHORTEST_ROUND = 30
"""Seconds between two runs of a job, at least."""


def faults(plugin: object, entry_point: str) -> list[str]:
    """Every fault of `plugin`, which was found under the entry point `entry_point`; none means that it may be mounted."""
    if not isinstance(plugin, Plugin):
        return [f"the entry point leads to a {type(plugin).__name__}, not to a core.plugin.Plugin"]
    return [fault for check in _CHECKS for fault in _checked(check, plugin, entry_point)]


def api_fault(api: object) -> str | None:
    """Why a plugin made for `api` can't run here: the major must be ours, the minor not beyond ours."""
    found = API.fullmatch(api) if isinstance(api, str) else None
    if found is None:
        return f"api {api!r} is no version like {API_VERSION!r}"
    needed, ours = tuple(map(int, found.groups())), tuple(map(int, API_VERSION.split(".")))
    if needed[0] != ours[0] or needed[1] > ours[1]:
        return f"needs API {api}, this is {API_VERSION}"
    return None


def _checked(check: Callable[[Plugin, str], Iterator[str]], plugin: Plugin, entry_point: str) -> list[str]:
    """A manifest may hold anything: what a check stumbles over is a fault, too."""
    try:
        return list(check(plugin, entry_point))
    except (Exception, SystemExit) as error:
        part = check.__name__.strip("_").replace("_", " ")
        return [f"{part}: can't be read: {telling.told(error)}"]


def _identity(plugin: Plugin, entry_point: str) -> Iterator[str]:
    if not isinstance(plugin.name, str) or not NAME.fullmatch(plugin.name):
        yield f"name {plugin.name!r}: 3 to 30 characters a-z and 0-9, a letter first"
    if plugin.name != entry_point:
        yield f"name {plugin.name!r} is not the entry point's, {entry_point!r}"
    for key in ("title", "summary"):
        value = getattr(plugin, key)
        if not isinstance(value, str) or not value.strip():
            yield f"{key} is empty"
    if not isinstance(plugin.version, str) or not VERSION.fullmatch(plugin.version):
        yield f"version {plugin.version!r} is no version like '1.0.0'"
    if wrong := api_fault(plugin.api):
        yield wrong


def _others(plugin: Plugin, entry_point: str) -> Iterator[str]:
    for key in ("requires", "conflicts"):
        names = getattr(plugin, key)
        if not isinstance(names, tuple) or not all(isinstance(name, str) and NAME.fullmatch(name) for name in names):
            yield f"{key} {names!r} is no tuple of plugin names"
        elif plugin.name in names:
            yield f"{key} names the plugin itself"
    for name in sorted(set(plugin.requires) & set(plugin.conflicts)):
        yield f"{name} is both required and in conflict"


def _settings(plugin: Plugin, entry_point: str) -> Iterator[str]:
    if plugin.settings is not None:
        yield from (f"settings: {fault}" for fault in forms.faults(plugin.settings))
    if type(plugin.settings_version) is not int or plugin.settings_version < 1:
        yield f"settings_version {plugin.settings_version!r} is no number from 1 on"
    if plugin.upgrade_settings is not None and not takes(plugin.upgrade_settings, 2):
        yield "upgrade_settings does not take (data, from_version)"


def _audit_words(plugin: Plugin, entry_point: str) -> Iterator[str]:
    for name, word in plugin.audit_words.items():
        own = name.partition(".")[2] if name.startswith(f"{plugin.name}.") else name
        if not WORD.fullmatch(own):
            yield f"audit_words: {name!r} is neither '{plugin.name}.something' nor a word like 'prize'"
        if not isinstance(word, str) or not word.strip():
            yield f"audit_words: {name!r} has no word for people"


def _permissions(plugin: Plugin, entry_point: str) -> Iterator[str]:
    seen: set[str] = set()
    for permission in plugin.permissions:
        if not isinstance(permission, Permission):
            yield f"permission {permission!r} is no Permission"
            continue
        name = permission.name
        if not name.startswith(f"{plugin.name}.") or not WORD.fullmatch(name.partition(".")[2]):
            yield f"permission {name!r} should be called '{plugin.name}.something'"
        if name in seen:
            yield f"permission {name!r} appears twice"
        seen.add(name)
        if not permission.label.strip():
            yield f"permission {name!r} has no label"
        yield from (f"permission {name!r} is for {role!r}, no role" for role in permission.roles if role not in ROLES)


def _handlers(plugin: Plugin, entry_point: str) -> Iterator[str]:
    if not isinstance(plugin.handlers, Mapping):
        yield "handlers is no mapping of events to functions"
        return
    seen: set[str] = set()
    for event, handler in plugin.handlers.items():
        if not isinstance(event, type) or not issubclass(event, DomainEvent) or not isinstance(_event_name(event), str):
            yield f"handlers: {getattr(event, '__name__', event)!r} is no event"
            continue
        if event.name in seen:
            yield f"handlers: {event.name} is handled twice"
        seen.add(event.name)
        if not takes(handler, 3):
            yield f"handlers: the handler of {event.name} does not take (ctx, session, event)"


def _event_name(event: type[DomainEvent]) -> Any:
    return getattr(event, "name", None)


def _jobs(plugin: Plugin, entry_point: str) -> Iterator[str]:
    seen: set[str] = set()
    for job in plugin.jobs:
        if not isinstance(job, Job):
            yield f"job {job!r} is no Job"
            continue
        if not isinstance(job.name, str) or not WORD.fullmatch(job.name):
            yield f"job {job.name!r}: a-z, 0-9 and _, a letter first"
        if job.name in seen:
            yield f"job {job.name!r} appears twice"
        seen.add(job.name)
        if type(job.every) is not int or job.every < SHORTEST_ROUND:
            yield f"job {job.name!r} comes round every {job.every!r} seconds, at least {SHORTEST_ROUND} are needed"
        if not takes(job.run, 2):
            yield f"job {job.name!r}: run does not take (ctx, session)"
        if job.first is not None and not takes(job.first, 1):
            yield f"job {job.name!r}: first does not take (ctx)"


def _tables(plugin: Plugin, entry_point: str) -> Iterator[str]:
    if plugin.tables is not None:
        yield from table_faults(plugin.name, plugin.tables)
        yield from _migrations(plugin.migrations)


def _migrations(folder: Path | None) -> Iterator[str]:
    if not isinstance(folder, Path):
        yield f"migrations {folder!r} is no Path of a folder, but there are tables"
    elif not (folder / "versions").is_dir():
        yield f"migrations: there is no folder {folder.name}/versions"
    elif not (folder / "rendered" / "initial.json").is_file():
        yield f"migrations: {folder.name}/rendered/initial.json is missing (jishi plugin render)"


def _hooks(plugin: Plugin, entry_point: str) -> Iterator[str]:
    yield from hook_faults(plugin.hooks)
    unknown = set(plugin.offers_while_closing) - OFFERS
    yield from (f"offers_while_closing: {name!r} makes no offers" for name in sorted(map(str, unknown)))


def _routes(plugin: Plugin, entry_point: str) -> Iterator[str]:
    yield from route_faults(plugin)
    yield from reserved_faults(plugin)


_CHECKS = (_identity, _others, _settings, _audit_words, _permissions, _handlers, _jobs, _tables, _hooks, _routes)
