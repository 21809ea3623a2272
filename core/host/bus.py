"""Dispatch of hooks to the plugins that are on: an answer per plugin, a failure of one never hides another's answer.

pluggy keeps discovery, validation and order; the loop is ours because attribution and containment decide
(plugins.md C4, way 9).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, NamedTuple

import pluggy
import structlog

from core.plugin import hookspecs

log = structlog.get_logger()

PluginSet = frozenset[str]
NOTHING_ON: PluginSet = frozenset()


class Answer(NamedTuple):
    """What one plugin said: a value, or the exception it raised."""

    plugin: str
    value: Any
    error: Exception | None


class Bus:
    """Calls hooks of the enabled plugins, in name order."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._plan = lru_cache(maxsize=4096)(self._build_plan)

    def register(self, name: str, hooks: object) -> None:
        """Add a plugin's hook implementations; raises pluggy.PluginValidationError for a hook that does not exist."""
        self._manager.register(hooks, name=name)
        self._manager.check_pending()
        self._plan.cache_clear()

    def call(self, enabled: PluginSet, hook: str, **arguments: Any) -> list[Answer]:
        """Ask every enabled plugin that implements `hook`; the caller decides what an error means."""
        return [_ask(name, hook, function, wanted, arguments) for name, function, wanted in self._plan(enabled, hook)]

    def _build_plan(self, enabled: PluginSet, hook: str) -> tuple[tuple[str, Callable[..., Any], tuple[str, ...]], ...]:
        caller = getattr(self._manager.hook, hook)
        found = ((i.plugin_name, i.function, tuple(i.argnames)) for i in caller.get_hookimpls())
        return tuple(sorted((entry for entry in found if entry[0] in enabled), key=lambda entry: entry[0]))


def _ask(name: str, hook: str, function: Callable[..., Any], wanted: Iterable[str], arguments: dict) -> Answer:
    try:
        return Answer(name, function(**{key: arguments[key] for key in wanted}), None)
    except Exception as error:
        log.exception("plugin_hook_failed", plugin=name, hook=hook)
        return Answer(name, None, error)
