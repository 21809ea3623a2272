"""Plays rendered statements inside one schema, in the transaction of the caller."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from tenants import history as histories
from tenants.connection import StrictCursor
from tenants.history import BASE, History, Step

RIGHTS = "SELECT, INSERT, UPDATE, DELETE"
_CREATE_TABLE = re.compile(r'CREATE TABLE (?:IF NOT EXISTS )?(?:\w+\.)?"?(\w+)"?\s*\(', re.IGNORECASE)


def guard(version_table: str, revision: str) -> str:
    """A statement that fails unless the schema on the search_path stands exactly at `revision`.

    Alembic's own UPDATE of the version table changes no row at another revision and says nothing.
    """
    return (
        f"DO $guard$ BEGIN IF (SELECT array_agg(version_num::text) FROM {version_table}) "
        f"IS DISTINCT FROM ARRAY['{revision}'] THEN "
        f"RAISE EXCEPTION 'not at {revision}' USING ERRCODE = 'object_not_in_prerequisite_state'; "
        f"END IF; END $guard$"
    )


def created_tables(statements: Iterable[str], version_table: str = "") -> list[str]:
    """Names of the tables that `statements` create, the version table left out."""
    found = (match[1] for match in map(_CREATE_TABLE.match, statements) if match)
    return [name for name in found if name != version_table]


def grants(step: Step, history: History, role: str) -> list[str]:
    """Explicit grants for the tables that `step` creates: `ON ALL TABLES` would scan the whole catalogue."""
    tables = created_tables(step.statements, history.version_table)
    if not tables:
        return []
    return [f"GRANT {RIGHTS} ON TABLE {', '.join(quoted(name) for name in tables)} TO {role}"]


def step_statements(step: Step, history: History, role: str) -> list[str]:
    """Guard, body and grants of one step."""
    guards = [] if step.start == BASE else [guard(history.version_table, step.start)]
    return [*guards, *step.statements, *grants(step, history, role)]


def enter(schema: str) -> str:
    """The statement that makes `schema` the only one in which unqualified names are found."""
    return f"SET LOCAL search_path = {quoted(schema)}, pg_temp"


def run_script(connection: psycopg.Connection[Any], statements: Sequence[str]) -> None:
    """All statements in one message: one round trip."""
    connection.execute(";\n".join(statements))


def run_singly(connection: psycopg.Connection[Any], statements: Sequence[str]) -> None:
    """Statement by statement, as Citus needs it; refuses an element that holds two."""
    with StrictCursor(connection) as cursor:
        for statement in statements:
            cursor.execute(statement)


RUNNERS = {"script": run_script, "statements": run_singly}


def upgrade(connection: psycopg.Connection[Any], history: History, schema: str, role: str) -> list[Step]:
    """Bring one schema to head (from nothing if it has no version table); returns the steps played."""
    at = revision_of(connection, history, schema)
    first = histories.initial(history)
    steps = [first] if at == BASE else histories.path(history, at, first.end)
    for step in steps:
        run_script(connection, [enter(schema), *step_statements(step, history, role)])
    return steps


def revision_of(connection: psycopg.Connection[Any], history: History, schema: str) -> str:
    """Where `schema` stands, read from its own version table; `base` without one."""
    table = sql.SQL("{}.{}").format(sql.Identifier(schema), sql.Identifier(history.version_table))
    known = connection.execute("SELECT to_regclass(%s)", [table.as_string(connection)]).fetchone()
    if known is None or known[0] is None:
        return BASE
    row = connection.execute(sql.SQL("SELECT version_num FROM {}").format(table)).fetchone()
    return BASE if row is None else row[0]


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return sql.Identifier(name).as_string(None)
