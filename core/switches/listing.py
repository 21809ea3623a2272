"""What the merchant and the operator see of plugins in the bound shop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, text

from core.db import db
from core.host import switching
from core.host.registry import host
from core.host.reserved import HISTORIES
from core.plugin import Problem
from core.switches import domain
from core.switches.errors import PluginNotFound
from core.ui import describing as forms
from tenants.plugins import Standing

_FAILURES = text(
    "SELECT place, since, last_at, count, error FROM plugin_failure WHERE plugin = :plugin ORDER BY last_at DESC"
)


_TROUBLE = text(
    """
    SELECT plugin, sum(failures)::int AS failures, sum(stuck)::int AS stuck FROM (
        SELECT plugin, count AS failures, 0 AS stuck FROM plugin_failure
        UNION ALL SELECT consumer, 0, 1 FROM event_delivery WHERE state = 'stuck' AND strpos(consumer, '.') = 0
    ) found GROUP BY plugin
    """
)


def states() -> list[dict[str, Any]]:
    """Every plugin that is installed or of which the shop has something, by name, in one statement."""
    standing, here = switching.standing(), host()
    names = here.loaded.keys() | here.unfit.keys() | standing.plugins.keys() | standing.revisions.keys()
    return [_row(name, standing) for name in sorted(names - HISTORIES)]


def state(name: str) -> dict[str, Any]:
    """One row of `states`, with what keeps a closing plugin from going off as `blockers`; raises PluginNotFound."""
    standing = switching.standing()
    check_known(name, standing)
    found = switching.blockers(name) if standing.state(name) == "closing" else []
    return _row(name, standing) | {"blockers": _told(found)}


def failures_of(name: str) -> Sequence[RowMapping]:
    """What went wrong in the plugin in this shop, the latest first; raises PluginNotFound."""
    check_known(name, switching.standing())
    return db.session.execute(_FAILURES, {"plugin": name}).mappings().all()


def trouble() -> dict[str, RowMapping]:
    """How often each plugin failed in this shop (`failures`), how many events are `stuck` at it; calm ones are missing."""
    return {row["plugin"]: row for row in db.session.execute(_TROUBLE).mappings()}


def check_known(name: str, standing: Standing) -> None:
    """Raise PluginNotFound for a name that is neither installed nor left anything in the shop."""
    installed = name in host().loaded or name in host().unfit
    if name in HISTORIES or not (installed or domain.known(standing, name)):
        raise PluginNotFound


def _row(name: str, standing: Standing) -> dict[str, Any]:
    here, turned = host(), standing.plugins.get(name)
    plugin = here.loaded[name].plugin if name in here.loaded else None
    return {
        "name": name,
        "title": plugin.title if plugin else name,
        "summary": plugin.summary if plugin else "",
        "version": plugin.version if plugin else None,
        "icon": plugin.icon if plugin else "puzzle",
        "origin": _origin(name),
        "state": domain.state_of(name, here, standing),
        "switch": standing.state(name),
        "since": turned and turned.since,
        "enabled_version": turned and turned.version,
        "in_plan": domain.in_plan(name, standing),
        "requires": list(plugin.requires) if plugin else [],
        "conflicts": list(plugin.conflicts) if plugin else [],
        "has_settings": bool(plugin and plugin.settings and forms.describe(plugin.settings)),
        "has_tables": name in standing.revisions,
        "behind": plugin is not None and switching.behind(here.loaded[name], standing),
        "reasons": list(domain.reasons(name, here, standing)),
    }


def _origin(name: str) -> str | None:
    found = host().loaded.get(name) or host().unfit.get(name)
    return found and found.origin


def _told(problems: Sequence[Problem]) -> list[dict[str, str]]:
    return [{"code": problem.code, "message": problem.message} for problem in problems]
