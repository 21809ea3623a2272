"""Which switch may be turned, and what a row of the list says. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core.host.registry import Loaded, PluginHost
from core.plugin import Plugin
from core.switches.errors import (
    PluginConflicts,
    PluginMissing,
    PluginNeeded,
    PluginNotFound,
    PluginNotInPlan,
    PluginRequires,
    PluginUnfit,
)
from tenants.plugins import Standing


def fit(host: PluginHost, standing: Standing, name: str) -> Loaded:
    """The loaded plugin; raises PluginUnfit, PluginMissing or PluginNotFound."""
    if name in host.loaded:
        return host.loaded[name]
    if name in host.unfit:
        raise PluginUnfit(faults=list(host.unfit[name].faults))
    raise PluginMissing if known(standing, name) else PluginNotFound


def known(standing: Standing, name: str) -> bool:
    """Whether the shop has something of the plugin: a switch that was turned once, or tables."""
    return name in standing.plugins or name in standing.revisions


def check_enable(plugin: Plugin, standing: Standing, loaded: Mapping[str, Loaded]) -> None:
    """Raise PluginNotInPlan, PluginRequires or PluginConflicts for a plugin that may not be switched on."""
    if not in_plan(plugin.name, standing):
        raise PluginNotInPlan
    if lacking := not_on(plugin, standing, loaded):
        raise PluginRequires(f"请先启用：{'、'.join(lacking)}", plugins=lacking)
    if opposed := in_the_way(plugin, standing, loaded):
        raise PluginConflicts(f"与已启用的插件冲突：{'、'.join(opposed)}", plugins=opposed)


def check_disable(name: str, standing: Standing, loaded: Mapping[str, Loaded]) -> None:
    """Raise PluginNeeded while plugins that are on depend on it."""
    needing = sorted(n for n in standing.in_use() if n in loaded and name in loaded[n].plugin.requires)
    if needing:
        raise PluginNeeded(f"请先停用依赖它的插件：{'、'.join(needing)}", plugins=needing)


def in_plan(name: str, standing: Standing) -> bool:
    return standing.allowed is None or name in standing.allowed


def not_on(plugin: Plugin, standing: Standing, loaded: Mapping[str, Loaded]) -> list[str]:
    """What `plugin` requires and the shop does not have on."""
    return sorted(name for name in plugin.requires if name not in loaded or standing.state(name) != "on")


def in_the_way(plugin: Plugin, standing: Standing, loaded: Mapping[str, Loaded]) -> list[str]:
    """What is in use and conflicts with `plugin`, whichever of the two says so."""
    others = standing.in_use() - {plugin.name}
    says_so = {name for name in others if name in loaded and plugin.name in loaded[name].plugin.conflicts}
    return sorted(others & set(plugin.conflicts) | says_so)


def state_of(name: str, host: PluginHost, standing: Standing) -> str:
    """off, on, closing as it was switched; `unfit` for one that was refused, `missing` for one whose package is gone."""
    if name in host.unfit:
        return "unfit"
    return standing.state(name) if name in host.loaded else "missing"


def reasons(name: str, host: PluginHost, standing: Standing) -> Iterator[str]:
    """Why it does not work, or could not be switched on: sentences for the merchant."""
    if name in host.unfit:
        yield from host.unfit[name].faults
    elif name not in host.loaded:
        yield PluginMissing.message
    else:
        yield from _obstacles(host.loaded[name].plugin, host, standing)


def _obstacles(plugin: Plugin, host: PluginHost, standing: Standing) -> Iterator[str]:
    if not in_plan(plugin.name, standing):
        yield PluginNotInPlan.message
    if lacking := not_on(plugin, standing, host.loaded):
        yield f"需要先启用：{'、'.join(lacking)}"
    if opposed := in_the_way(plugin, standing, host.loaded):
        yield f"与已启用的插件冲突：{'、'.join(opposed)}"
