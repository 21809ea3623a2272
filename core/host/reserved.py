"""Names that a plugin can't have: its tables and console routes would be taken for the core's."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Flask

from core.db import db
from core.plugin import Plugin

HISTORIES = frozenset({"core", "platform"})
"""Histories that are no plugin's."""

ROUTES = frozenset({"enable", "disable", "purge", "settings", "failures"})
"""What the console itself answers under `/plugins/<name>/`."""


def reserved_faults(plugin: Plugin) -> Iterator[str]:
    """What the plugin calls like something of the core's."""
    if plugin.name in HISTORIES:
        yield f"name {plugin.name!r} is the core's own"
    if of_core := sorted(table for table in db.metadata.tables if table.startswith(f"{plugin.name}_")):
        yield f"name {plugin.name!r} would own the core's tables: {', '.join(of_core)}"
    if isinstance(plugin.console, Blueprint):
        yield from (f"console: /{taken} is answered by the host" for taken in sorted(_segments(plugin.console) & ROUTES))


def _segments(blueprint: Blueprint) -> set[str]:
    scratch = Flask(__name__, static_folder=None)
    scratch.register_blueprint(blueprint, url_prefix="/x")
    return {rule.rule.split("/")[2] for rule in scratch.url_map.iter_rules() if rule.rule.count("/") > 1}
