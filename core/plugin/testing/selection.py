"""Which plugins a run of pytest is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

import pytest

from core.plugin.manifest import ENTRY_POINTS, Plugin

if TYPE_CHECKING:
    from core.plugin.testing.tenant import Tenant


def known(config: pytest.Config) -> dict[str, EntryPoint]:
    """Entry points by name: the installed ones, and those given with `--plugin-module`, which win."""
    found = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    return found | {point.name: point for point in map(_given, config.getoption("jishi_modules"))}


def tested(config: pytest.Config) -> tuple[str, ...]:
    """Names of the plugins under test: those of `--plugin`, else all that are known. Raises UsageError."""
    points = known(config)
    wanted = config.getoption("jishi_plugins") or sorted(points)
    missing = [name for name in wanted if name not in points]
    if missing:
        installed = ", ".join(sorted(points)) or "none"
        raise pytest.UsageError(f"no plugin called {', '.join(missing)} is installed (installed: {installed})")
    return tuple(dict.fromkeys(wanted))


def chosen(config: pytest.Config) -> tuple[EntryPoint, ...]:
    """Entry points of the plugins under test and of everything they require."""
    return with_required(known(config), tested(config))


def with_required(points: Mapping[str, EntryPoint], names: Iterable[str]) -> tuple[EntryPoint, ...]:
    """The entry points called `names` and those of the plugins they require, sorted by name."""
    found: dict[str, EntryPoint] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in points and name not in found:
            found[name] = points[name]
            waiting += _requires(points[name])
    return tuple(found[name] for name in sorted(found))


def setup_of(config: pytest.Config, name: str) -> Callable[[Tenant], object]:
    """What `--plugin-setup` names for a plugin; nothing to do without."""
    for option in config.getoption("jishi_setups"):
        found, value = _pair("--plugin-setup", option)
        if found == name:
            return EntryPoint(name, value, "").load()
    return lambda tenant: None


def _requires(point: EntryPoint) -> tuple[str, ...]:
    try:
        plugin = point.load()
    except (Exception, SystemExit):  # what is wrong with it the host says when it loads it
        return ()
    return plugin.requires if isinstance(plugin, Plugin) else ()


def _given(option: str) -> EntryPoint:
    return EntryPoint(*_pair("--plugin-module", option), ENTRY_POINTS)


def _pair(option: str, value: str) -> tuple[str, str]:
    name, separator, place = value.partition("=")
    if not separator or ":" not in place:
        raise pytest.UsageError(f"{option} {value}: write name=module:attr")
    return name, place
