"""What this process has of plugins: those that fit, those that don't and why, and which are on for the bound tenant.

One `PluginSet` is asked by bus, gate, outbox, scheduler, menu and block renderer alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import current_app

from core.host.bus import Bus, PluginSet
from core.host.policies import OFFERS
from core.plugin import Permission, Plugin
from tenants.context import TenantRef, current
from tenants.history import History

KEY = "jishi.plugins"
MOST_KEPT = 4096
"""Answers to who is asked, per combination of switches and hook."""

States = tuple[tuple[str, str], ...]
"""`TenantRef.plugins`: names and states."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A plugin that was mounted; `origin` names the distribution it came from (`jishi 0.1.0`)."""

    plugin: Plugin
    origin: str
    history: History | None = None


@dataclass(frozen=True, slots=True)
class Unfit:
    """An installed plugin that was not mounted, and every reason why."""

    name: str
    origin: str
    faults: tuple[str, ...]


@dataclass(slots=True)
class PluginHost:
    """The plugins of one app, by name; `blueprints` tells whose a blueprint is."""

    bus: Bus = field(default_factory=Bus)
    loaded: dict[str, Loaded] = field(default_factory=dict)
    unfit: dict[str, Unfit] = field(default_factory=dict)
    blueprints: dict[str, str] = field(default_factory=dict)
    _speaking: dict[tuple[States, str], PluginSet] = field(default_factory=dict)

    def on(self, ref: TenantRef | None = None) -> PluginSet:
        """Plugins that may make offers to the tenant (the bound one): switched on, installed and fit."""
        return self._having(ref, {"on"})

    def working(self, ref: TenantRef | None = None) -> PluginSet:
        """Plugins whose routes, events and jobs work: those that are on, and those that are closing."""
        return self._having(ref, {"on", "closing"})

    def speaking(self, hook: str, ref: TenantRef | None = None) -> PluginSet:
        """Plugins that are asked `hook`: the working ones, but a closing one makes no offers it did not reserve."""
        states = (ref or current()).plugins
        known = self._speaking.get((states, hook))
        if known is None:
            if len(self._speaking) >= MOST_KEPT:
                self._speaking.clear()
            known = self._speaking[states, hook] = frozenset(
                name for name, state in self._here(ref) if state == "on" or self._while_closing(name, hook)
            )
        return known

    def permissions(self, ref: TenantRef | None = None) -> tuple[Permission, ...]:
        """What the plugins that work for the tenant declare as permissions."""
        return tuple(p for name in sorted(self.working(ref)) for p in self.loaded[name].plugin.permissions)

    def audit_words(self, action: str) -> Mapping[str, str]:
        """The words of the plugin that records `action` (`points.adjust`); none where it is not loaded."""
        found = self.loaded.get(action.partition(".")[0])
        return found.plugin.audit_words if found else {}

    def gone(self, ref: TenantRef | None = None) -> Mapping[str, str]:
        """Plugins that the tenant has on but that can't run: name to `missing` or `unfit`."""
        states = dict((ref or current()).plugins)
        return {name: "unfit" if name in self.unfit else "missing" for name in states if name not in self.loaded}

    def _while_closing(self, name: str, hook: str) -> bool:
        return hook not in OFFERS or hook in self.loaded[name].plugin.offers_while_closing

    def _having(self, ref: TenantRef | None, states: set[str]) -> PluginSet:
        return frozenset(name for name, state in self._here(ref) if state in states)

    def _here(self, ref: TenantRef | None) -> list[tuple[str, str]]:
        return [entry for entry in (ref or current()).plugins if entry[0] in self.loaded]


def host() -> PluginHost:
    """The running app's plugins; needs an app context."""
    return current_app.extensions[KEY]
