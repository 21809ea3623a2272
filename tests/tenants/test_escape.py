"""Hostile SQL inside a tenant's transaction gets nowhere: by the guard, by the protocol, and by the server alone."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tenants.context import TenantRef, bind
from tenants.db import TenantSession, db
from tenants.errors import StatementRefused


def denied(statement: str, ref: TenantRef) -> str:
    """The server's refusal of `statement` in a transaction of `ref`."""
    with bind(ref), TenantSession(db) as session, pytest.raises(DBAPIError) as refusal:
        session.execute(text(statement))
    return refusal.value.orig.diag.message_primary


def past_the_guard(statement: str, ref: TenantRef) -> str:
    """The same, sent by the driver, so that only the server can refuse."""
    with bind(ref), TenantSession(db) as session, pytest.raises(psycopg.Error) as refusal:
        session.connection().connection.driver_connection.execute(statement)
    return refusal.value.diag.message_primary


def test_tenant_may_not_read_the_platform(pair):
    assert denied("SELECT slug FROM platform.tenant", pair[0]) == "permission denied for schema platform"


def test_qualified_read_denied(pair):
    first, second = pair
    assert denied(f"SELECT title FROM {second.schema}.note", first) == f"permission denied for schema {second.schema}"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {0}.author (name) VALUES ('x')",
        "UPDATE {0}.note SET title = 'x'",
        "DELETE FROM {0}.note",
        "WITH gone AS (DELETE FROM {0}.note RETURNING *) SELECT * FROM gone",
    ],
)
def test_qualified_write_denied(pair, statement):
    first, second = pair
    assert denied(statement.format(second.schema), first) == f"permission denied for schema {second.schema}"


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("CREATE TABLE {other}.x (id int)", "permission denied for schema {other}"),
        ("DROP TABLE {other}.note", "permission denied for schema {other}"),
        ("CREATE TABLE x (id int)", "permission denied for schema {own}"),
        ("DROP TABLE note", "must be owner of table note"),
        ("TRUNCATE note", "permission denied for table note"),
        ("SELECT version_num FROM alembic_version_notes", "permission denied for table alembic_version_notes"),
        ("CREATE TEMP TABLE x (id int)", "permission denied to create temporary tables in database"),
        ("CREATE SCHEMA x", "permission denied for database"),
        ("DO $$ BEGIN NULL; END $$", "permission denied for language plpgsql"),
    ],
)
def test_ddl_denied_by_the_server(pair, statement, refusal):
    own, other = pair
    names = {"own": own.schema, "other": other.schema}
    assert past_the_guard(statement.format(**names), own).startswith(refusal.format(**names))


def test_stacked_injection_refused(pair):
    first, second = pair
    attack = f"SELECT 1; RESET ROLE; SET ROLE {second.role}; SELECT title FROM {second.schema}.note"
    assert denied(attack, first) == "cannot insert multiple commands into a prepared statement"


def test_set_config_escape_denied(pair):
    first, second = pair
    attack = (
        f"SELECT set_config('role', '{second.role}', true),"
        f" query_to_xml('SELECT title FROM {second.schema}.note', true, false, '')"
    )
    assert denied(attack, first) == "permission denied for function set_config"


def test_query_to_xml_runs_as_the_tenant(pair):
    first, second = pair
    attack = f"SELECT query_to_xml('SELECT title FROM {second.schema}.note', true, false, '')"
    assert denied(attack, first) == f"permission denied for schema {second.schema}"


def test_update_of_pg_settings_denied(pair):
    first, second = pair
    attack = f"UPDATE pg_settings SET setting = '{second.role}' WHERE name = 'role'"
    assert denied(attack, first) == "permission denied for function set_config"


@pytest.mark.parametrize(
    "statement",
    [
        "SET ROLE {0}",
        "RESET ROLE",
        "set local search_path = t_x",
        "/* harmless */ SET ROLE {0}",
        "-- harmless\n  SET ROLE {0}",
        "/* a /* nested */ one */\tReset ALL",
        "DO $$ BEGIN NULL; END $$",
        "CALL x()",
        "COPY note TO STDOUT",
        "GRANT SELECT ON note TO PUBLIC",
        "CREATE TABLE x (id int)",
        "COMMIT",
        "ROLLBACK",
        "PREPARE x AS SELECT 1",
    ],
)
def test_statement_that_is_no_business_of_the_app_refused(pair, session_of, statement):
    with bind(pair[0]), pytest.raises(StatementRefused):
        session_of().execute(text(statement.format(pair[1].role)))
