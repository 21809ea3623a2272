"""What the registry knows of one tenant's plugins: which are on, which its plan allows, where their histories stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

import psycopg
from psycopg import errors, sql
from sqlalchemy import URL

from tenants import history as histories
from tenants import provision, replay
from tenants.context import TenantRef
from tenants.errors import MigrationTrespass, SwitchBusy, UnknownTenant
from tenants.history import History
from tenants.lint import lint
from tenants.patience import GAVE_WAY, patiently
from tenants.urls import connect

TURN_TIMEOUT = "5s"
LOCK_TIMEOUT = "2s"
"""A plugin's foreign key locks a table that the shop writes: whoever waits longer makes the shop wait."""
STATEMENT_TIMEOUT = "30s"

Result = TypeVar("Result")

_STANDING = """
    SELECT t.id, p.limits -> 'plugin_names',
           (SELECT jsonb_object_agg(x.plugin, jsonb_build_array(x.state, x.version, x.since))
              FROM platform.tenant_plugin x WHERE x.tenant_id = t.id),
           (SELECT jsonb_object_agg(r.history, r.revision) FROM platform.tenant_revision r WHERE r.key = t.key)
      FROM platform.tenant t LEFT JOIN platform.plan p ON p.id = t.plan_id WHERE t.key = %s
"""
_SAVE = """
    INSERT INTO platform.tenant_plugin AS x (tenant_id, plugin, state, version, since)
    VALUES (%(tenant_id)s, %(plugin)s, %(state)s, %(version)s, %(at)s)
    ON CONFLICT (tenant_id, plugin) DO UPDATE SET state = excluded.state, version = excluded.version,
           since = CASE WHEN x.state = excluded.state THEN x.since ELSE excluded.since END
"""
# What a migration of a plugin must leave alone: one row per column outside its prefix.
_OUTSIDE = """
    SELECT c.relname || '.' || coalesce(a.attname, '') || ' ' || coalesce(a.atttypid::regtype::text, '')
           || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
      FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
     WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
       AND NOT starts_with(c.relname, %s) AND c.relname <> %s
"""
_TABLES = """
    SELECT c.relname FROM pg_class c
     WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p')
       AND (starts_with(c.relname, %s) OR c.relname = %s) ORDER BY c.relname
"""


class PluginRow(NamedTuple):
    """The switch as it was last set: `state` is on, closing or off; `version` the plugin's at that moment."""

    state: str
    version: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """One tenant: `allowed` is the plan's list of plugins, None for all; `revisions` by history."""

    tenant_id: int
    allowed: frozenset[str] | None = None
    plugins: Mapping[str, PluginRow] = field(default_factory=dict)
    revisions: Mapping[str, str] = field(default_factory=dict)

    def state(self, name: str) -> str:
        """The switch's position; `off` for a plugin that was never on."""
        row = self.plugins.get(name)
        return "off" if row is None else row.state

    def in_use(self) -> frozenset[str]:
        """Plugins that are on or closing, installed or not."""
        return frozenset(name for name, row in self.plugins.items() if row.state != "off")


def standing(fetch: Callable[[str, Any], Any], key: str) -> Standing:
    """Everything in one query; `fetch(query, parameters)` returns its row. Raises UnknownTenant."""
    row = fetch(_STANDING, (key,))
    if row is None:
        raise UnknownTenant
    tenant_id, allowed, plugins, revisions = row
    rows = {name: PluginRow(state, version, datetime.fromisoformat(since))
            for name, (state, version, since) in (plugins or {}).items()}
    return Standing(tenant_id, None if allowed is None else frozenset(allowed), rows, revisions or {})


@contextmanager
def switching(owner_url: str | URL, ref: TenantRef) -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection (autocommit) for switching plugins of one tenant, one such block at a time.

    Raises SwitchBusy when another one does not end within five seconds.
    """
    with closing(connect(owner_url, autocommit=True)) as connection:
        connection.execute(f"SET lock_timeout = '{TURN_TIMEOUT}'; SET statement_timeout = '{STATEMENT_TIMEOUT}'")
        try:
            connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"jishi switch {ref.key}"])
        except errors.LockNotAvailable as error:
            raise SwitchBusy from error
        yield connection


def _giving_way(connection: psycopg.Connection[Any], change: Callable[[], Result]) -> Result:
    """`change` in a transaction that gives way to the shop: tried again, then SwitchBusy."""

    def attempt() -> Result:
        with connection.transaction():
            connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            return change()

    try:
        return patiently(attempt)
    except GAVE_WAY as error:
        raise SwitchBusy("店铺正忙，请稍后再试") from error


def save_state(connection: psycopg.Connection[Any], standing: Standing, name: str, row: PluginRow) -> None:
    """Note the switch's new position; `since` stays when the position does."""
    values = {"tenant_id": standing.tenant_id, "plugin": name, "state": row.state, "version": row.version}
    connection.execute(_SAVE, {**values, "at": row.since})


def install(connection: psycopg.Connection[Any], history: History, ref: TenantRef, at: str | None) -> str | None:
    """Bring a plugin's tables from revision `at` (None: nothing) to head in one transaction.

    Returns the new revision, or None if there was nothing to do. Raises HistoryError, psycopg.Error, and
    MigrationTrespass for a script that touches what is not the plugin's, SwitchBusy; nothing of it stays then.
    """
    end = histories.initial(history).end
    if at == end:
        return None
    steps = [histories.initial(history)] if at is None else histories.path(history, at, end)
    _check(lint([line for step in steps for line in step.statements], history.name))
    statements = provision.install_statements(history, ref.key, steps) if at is None else (
        provision.advance_statements(history, ref.key, steps)
    )

    def play() -> None:
        before = _outside(connection, history, ref)
        replay.run_script(connection, statements)
        _check(sorted(before ^ _outside(connection, history, ref)))

    _giving_way(connection, play)
    return end


def drop_tables(connection: psycopg.Connection[Any], ref: TenantRef, name: str, spared: Iterable[str]) -> list[str]:
    """Drop every table of a plugin and its revision row in one transaction; returns their names.

    Tables in `spared` (the core's) stay whatever they are called. Raises SwitchBusy.
    """

    def drop() -> list[str]:
        doomed = [table for table in own_tables(connection, ref, name) if table not in set(spared)]
        if doomed:
            tables = sql.SQL(", ").join(sql.Identifier(ref.schema, table) for table in doomed)
            connection.execute(sql.SQL("DROP TABLE {}").format(tables))
        query = "DELETE FROM platform.tenant_revision WHERE key = %s AND history = %s"
        connection.execute(query, [ref.key, name])
        return doomed

    return _giving_way(connection, drop)


def own_tables(connection: psycopg.Connection[Any], ref: TenantRef, name: str) -> Sequence[str]:
    """A plugin's tables in the tenant's schema, its version table included."""
    rows = connection.execute(_TABLES, [ref.schema, f"{name}_", f"alembic_version_{name}"]).fetchall()
    return [table for (table,) in rows]


def forget(connection: psycopg.Connection[Any], standing: Standing, name: str) -> None:
    """Delete the switch itself."""
    query = "DELETE FROM platform.tenant_plugin WHERE tenant_id = %s AND plugin = %s"
    connection.execute(query, [standing.tenant_id, name])


def _check(problems: Sequence[str]) -> None:
    if problems:
        raise MigrationTrespass(f"插件的迁移脚本不合规：{'；'.join(problems[:5])}")


def _outside(connection: psycopg.Connection[Any], history: History, ref: TenantRef) -> set[str]:
    rows = connection.execute(_OUTSIDE, [ref.schema, f"{history.name}_", history.version_table]).fetchall()
    return {row for (row,) in rows}
