"""Dispatch of hooks to the plugins that are on: an answer per plugin, a failure of one never hides another's answer.

pluggy keeps discovery, validation and order; the loop is ours because attribution and containment decide
(plugins.md C4, way 9).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from time import perf_counter
from types import MappingProxyType
from typing import Any, NamedTuple

import pluggy
import structlog
from prometheus_client import Histogram

from core.host import failures, guard, telling
from core.host.pace import SECONDS, Pace, Resting
from core.host.policies import POLICIES, Kind
from core.host.twins import ArgumentsChanged, twins
from core.plugin import hookspecs

log = structlog.get_logger()

_NOTHING = (type(None), list, tuple)
"""What a hook without anything to say answers, empty: nobody has to check it."""

Own = Mapping[str, Mapping[str, Any]]
NOTHING_OWN: Own = MappingProxyType({})

PluginSet = frozenset[str]
NOTHING_ON: PluginSet = frozenset()
Check = Callable[[Any], Any]


class Answer(NamedTuple):
    """What one plugin said: a value, or the exception it raised."""

    plugin: str
    value: Any
    error: BaseException | None


class Asked(NamedTuple):
    """One plugin's implementation of a hook."""

    plugin: str
    hook: str
    function: Callable[..., Any]
    wanted: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    display: bool
    seconds: Histogram


class Bus:
    """Calls hooks of the enabled plugins, in name order; `pace` is how slow they may be."""

    def __init__(self) -> None:
        self.pace = Pace()
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._plan = lru_cache(maxsize=4096)(self._build_plan)

    def register(self, name: str, hooks: object | None) -> None:
        """Add a plugin's hook implementations; raises pluggy.PluginValidationError for a hook that does not exist."""
        if hooks is None:
            return
        self._manager.register(hooks, name=name)
        self._manager.check_pending()
        self._plan.cache_clear()

    def implementing(self, enabled: PluginSet, hook: str) -> PluginSet:
        """Those of `enabled` that have something to say to `hook`."""
        return frozenset(asked.plugin for asked in self._plan(enabled, hook))

    def call(self, enabled: PluginSet, hook: str, **arguments: Any) -> list[Answer]:
        """Let every enabled plugin that implements `hook` work in the caller's transaction.

        The caller decides what an error means, and reports it.
        """
        return [self._call(asked, arguments) for asked in self._plan(enabled, hook)]

    def read(
        self, enabled: PluginSet, hook: str, check: Check | None = None, own: Own = NOTHING_OWN, **arguments: Any
    ) -> list[Answer]:
        """Ask every enabled plugin that implements the reading `hook`, each under guard; failures are reported.

        An answer for which `check(value)` raises is a failure. Nobody gets an argument that the caller goes on with;
        `own` are arguments of one plugin alone, by its name.
        """
        plan = self._plan(enabled, hook)
        if not plan:
            return []
        given = twins(arguments)
        with guard.watching(POLICIES[hook].sql) as watch:
            answers = [self._read(asked, _with(given, own, asked), check, watch) for asked in plan]
            if watch.end() is not None or watch.meddled or given != arguments:
                answers = [self._read_alone(asked, arguments, own, check, watch) for asked in plan]
        for answer in answers:
            if answer.error is not None and not isinstance(answer.error, Resting):
                failures.report(answer.plugin, f"hook:{hook}", answer.error)
        return answers

    def _call(self, asked: Asked, arguments: Mapping[str, Any]) -> Answer:
        started = perf_counter()
        given = twins(arguments)
        try:
            value = asked.function(*asked.wanted(given))
            changed = ArgumentsChanged(f"{asked.hook} changed its arguments") if given != arguments else None
            return Answer(asked.plugin, value, changed)
        except (Exception, SystemExit) as error:
            log.warning("plugin_hook_failed", plugin=asked.plugin, hook=asked.hook, error=telling.told(error))
            return Answer(asked.plugin, None, error)
        finally:
            self._took(asked, perf_counter() - started)

    def _read(self, asked: Asked, arguments: Mapping[str, Any], check: Check | None, watch: guard.Watch) -> Answer:
        if asked.display and self.pace.resting(asked[:2]):
            return Answer(asked.plugin, None, Resting(f"{asked.hook} was too slow"))
        started, value, wrong = perf_counter(), None, None
        try:
            value = asked.function(*asked.wanted(arguments))
            if check is not None and (value or type(value) not in _NOTHING):
                check(value)
        except (Exception, SystemExit) as error:
            wrong = error
        found = watch.end() if watch.touched else None
        seconds = perf_counter() - started
        if seconds > self.pace.notice or self.pace.struck:
            self._took(asked, seconds)
        wrong = found if wrong is None else wrong
        return Answer(asked.plugin, value if wrong is None else None, wrong)

    def _read_alone(
        self, asked: Asked, arguments: Mapping[str, Any], own: Own, check: Check | None, watch: guard.Watch
    ) -> Answer:
        """Somebody changed the arguments or the session: each once more by itself, to see who."""
        given = twins(arguments)
        answer = self._read(asked, _with(given, own, asked), check, watch)
        wrong = watch.end()
        if given != arguments:
            wrong = ArgumentsChanged(f"{asked.hook} changed its arguments")
        return answer if wrong is None else Answer(asked.plugin, None, wrong)

    def _took(self, asked: Asked, seconds: float) -> None:
        if seconds > self.pace.notice:
            asked.seconds.observe(seconds)
            self.pace.took(asked[:2], seconds, asked.display)
        elif self.pace.struck:
            self.pace.forgive(asked[:2])

    def _build_plan(self, enabled: PluginSet, hook: str) -> tuple[Asked, ...]:
        caller = getattr(self._manager.hook, hook)
        display = POLICIES[hook].kind is Kind.DISPLAY
        found = (
            Asked(i.plugin_name, hook, i.function, _picking(i.argnames), display, SECONDS.labels(i.plugin_name, hook))
            for i in caller.get_hookimpls()
            if i.plugin_name in enabled
        )
        return tuple(sorted(found, key=lambda asked: asked.plugin))


def _with(given: dict[str, Any], own: Own, asked: Asked) -> dict[str, Any]:
    return given | own[asked.plugin] if asked.plugin in own else given


def _picking(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Takes the arguments called `names` out of all, in their order."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda arguments: tuple(arguments[name] for name in names)
