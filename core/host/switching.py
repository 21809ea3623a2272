"""The switchboard of the bound shop: what is needed of registry, owner and plugin to turn one on, off, or out.

Everything here is one step; the order of steps, who may take them and what is written in the record stands in
`core.switches.service`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from flask import g, has_request_context

from core.clock import now
from core.db import db
from core.host import enclosure, failures, outbox, plugin_jobs, telling
from core.host.registry import Loaded, host
from core.plugin import Context, Problem
from core.services import services
from tenants import history as histories
from tenants import plugins as registry
from tenants.context import TenantRef, current
from tenants.db import PLATFORM
from tenants.plugins import PluginRow, Standing
from tenants.urls import role_urls


@dataclass(frozen=True, slots=True)
class Board:
    """One shop's switches while nobody else touches them."""

    connection: psycopg.Connection[Any]
    ref: TenantRef
    standing: Standing

    def install(self, loaded: Loaded) -> None:
        """Bring the plugin's tables to head, in a transaction of its own; what it raises see `tenants.plugins`."""
        if loaded.history is not None:
            registry.install(self.connection, loaded.history, self.ref, self.standing.revisions.get(loaded.plugin.name))

    def save(self, name: str, state: str, version: str) -> None:
        """Turn the switch; this process sees it at once, others within seconds."""
        registry.save_state(self.connection, self.standing, name, PluginRow(state, version, now()))
        services().registry.invalidate()

    def purge(self, name: str) -> list[str]:
        """Drop the plugin's tables and forget its revision; returns the tables' names."""
        return registry.drop_tables(self.connection, self.ref, name, db.metadata.tables)

    def forget(self, name: str) -> None:
        registry.forget(self.connection, self.standing, name)
        services().registry.invalidate()


@contextmanager
def board() -> Iterator[Board]:
    """The bound shop's switchboard; raises SwitchBusy while another process has it.

    The session's transaction is rolled back first: a plugin's tables take locks on tables that they refer to.
    """
    db.session.rollback()
    ref, config = current(), services().config
    with registry.switching(role_urls(config.database_url, config.master_key).owner, ref) as connection:
        yield Board(connection, ref, registry.standing(lambda q, v: connection.execute(q, v).fetchone(), ref.key))


def standing() -> Standing:
    """How the bound shop's switches stand, read past every cache."""
    with db.engines[PLATFORM].connect() as connection:
        return registry.standing(lambda q, v: connection.exec_driver_sql(q, v).first(), current().key)


def behind(loaded: Loaded, standing: Standing) -> bool:
    """Whether the shop has tables of the plugin that a newer version of it would change."""
    at = standing.revisions.get(loaded.plugin.name)
    return loaded.history is not None and at is not None and at != histories.initial(loaded.history).end


def start(name: str) -> None:
    """In the current transaction: its jobs come round, what was put aside is due, `on_enable`. Raises what that raises."""
    plugin_jobs.insert(name)
    outbox.unpark(name)
    enclosure.run(lambda: _told(name, "on_enable"))


def stop(name: str) -> None:
    """In the current transaction: no job, no delivery; before it, in one of its own, `on_disable`."""
    if name in host().loaded:
        _dismiss(name)
    plugin_jobs.remove(name)
    outbox.park(name)


def blockers(name: str) -> list[Problem]:
    """What still has to end before the plugin may go off; a plugin that fails to say so is one. A missing one has none."""
    if name not in host().loaded:
        return []
    found: list[Problem] = []
    asked = host().bus.read(frozenset({name}), "closing_blockers", _check, ctx=_context(), session=db.session)
    for answer in asked:
        found += [_unanswered(answer.error)] if answer.error is not None else answer.value or ()
    return [Problem(storable(problem.code), storable(problem.message)) for problem in found]


def storable(text: object) -> str:
    """What a plugin wrote for people, as any database and any JSON takes it."""
    return str(text).replace("\x00", "").encode("utf-8", "replace").decode()


def _dismiss(name: str) -> None:
    """A failure is reported and stops nothing; what the plugin wrote until then is undone."""
    plugin_jobs.remove(name)
    try:
        enclosure.run(lambda: _told(name, "on_disable"))
        db.session.commit()
    except (Exception, SystemExit) as error:
        db.session.rollback()
        failures.report(name, "hook:on_disable", error)


def _told(name: str, hook: str) -> None:
    for answer in host().bus.call(frozenset({name}), hook, ctx=_context(), session=db.session):
        if answer.error is not None:
            raise answer.error


def _check(value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, list | tuple) or not all(isinstance(problem, Problem) for problem in value):
        raise TypeError("closing_blockers has to answer a list of Problems")


def _unanswered(error: BaseException) -> Problem:
    return Problem("plugin_failed", f"插件未能说明是否可以停用（{telling.told(error)}）")


def _context() -> Context:
    staff = g.get("staff") if has_request_context() else None
    return Context(current().key, now(), staff_id=staff.id if staff else None)
