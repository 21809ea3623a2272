"""The connection and its engine: one message per binding, strict protocol, recycling, forks."""

from __future__ import annotations

import inspect
import os

import psycopg
import pytest
from psycopg import pq
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError

from tenants import engine as engines
from tenants.connection import StrictCursor, TenantBegin, TenantConnection
from tenants.context import TenantRef, bind
from tenants.db import TenantSession, db
from tenants.engine import app_engine, check_server, engine_options, statement_allowed
from tenants.errors import AutocommitRefused, PostgresTooOld, TenantMismatch
from tests.tenants.conftest import traced
from tests.tenants.notes import Author, Note

REF = TenantRef(1, "x1", "slug", "name", "active")


def driver_of(session: TenantSession) -> TenantConnection:
    return session.connection().connection.driver_connection


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (psycopg._connection_base.BaseConnection, "_get_tx_start_command", ["self"]),
        (psycopg._connection_base.BaseConnection, "_exec_command", ["self", "command", "result_format"]),
        (psycopg._connection_base.BaseConnection, "_check_connection_ok", ["self"]),
        (psycopg._cursor_base.BaseCursor, "_execute_send", ["self", "query", "force_extended", "binary"]),
    ],
)
def test_private_names_of_psycopg_are_still_there(owner, name, parameters):
    assert list(inspect.signature(getattr(owner, name)).parameters) == parameters


def test_begin_carries_tenant_in_one_message():
    assert TenantBegin.of(b"BEGIN", REF) == b"BEGIN; SET LOCAL search_path = t_x1, pg_temp; SET LOCAL ROLE r_t_x1"


def test_binding_costs_no_round_trip(pair, session_of, tmp_path):
    with bind(pair[0]):
        session = session_of()
        with traced(driver_of(session), tmp_path) as sent:
            session.scalars(select(Note.title)).all()
    assert sent == ["Query", "Parse", "Bind", "Describe", "Execute", "Sync"]


def test_isolation_level_stands_in_the_same_begin(pair, session_of):
    with bind(pair[0]):
        session = session_of()
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        shown = session.execute(text("SELECT current_setting('transaction_isolation'), current_user::text")).one()
    assert shown == ("repeatable read", pair[0].role)


def test_pipeline_is_bound(pair, session_of):
    with bind(pair[0]):
        driver = driver_of(session_of())
        with driver.pipeline():
            first = driver.execute("SELECT current_user::text")
            second = driver.execute("SELECT title FROM note")
        assert (first.fetchone(), second.fetchone()) == ((pair[0].role,), (f"secret of {pair[0].slug}",))


def test_executemany_as_first_statement_is_bound(pair, session_of, world):
    ref = world.tenant()
    with bind(ref):
        session = session_of()
        session.connection().connection.driver_connection.cursor().executemany(
            "INSERT INTO author (name) VALUES (%s)", [["a"], ["b"]]
        )
        assert session.scalars(select(Author.name).order_by(Author.id)).all() == ["a", "b"]


def test_server_side_cursor_is_bound(pair, session_of):
    with bind(pair[0]):
        rows = session_of().execute(select(Note.title), execution_options={"yield_per": 1})
        assert rows.scalars().all() == [f"secret of {pair[0].slug}"]


def test_statements_are_never_prepared(pair, session_of):
    with bind(pair[0]):
        session = session_of()
        for _ in range(8):
            session.scalars(select(Note.title)).all()
        assert session.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar() == 0


def test_strict_cursor_refuses_two_statements(world):
    with world.platform.connect() as connection, pytest.raises(DBAPIError, match="multiple commands"):
        connection.execute(text("SELECT 1; SELECT 2"))


def test_autocommit_refused(pair, session_of):
    with bind(pair[0]):
        driver = driver_of(session_of())
        with pytest.raises(AutocommitRefused):
            driver.autocommit = True
        with pytest.raises(AutocommitRefused):
            driver.set_autocommit(True)
    with pytest.raises(AutocommitRefused):
        db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def test_tenant_can_not_change_inside_a_transaction(pair, session_of):
    with bind(pair[0]):
        session = session_of()
        session.scalars(select(Note.title)).all()
        with pytest.raises(TenantMismatch):
            driver_of(session).tenant = pair[1]


def test_backend_is_replaced_after_many_uses(world, monkeypatch):
    monkeypatch.setattr(engines, "RECYCLE_USES", 3)
    engine = app_engine(world.urls.app, pool_size=1, max_overflow=0)
    backends = []
    for _ in range(7):
        with engine.connect() as connection:
            backends.append(connection.execute(text("SELECT pg_backend_pid()")).scalar())
    engine.dispose()
    assert [backends.count(backend) for backend in dict.fromkeys(backends)] == [3, 3, 1]


def test_forked_child_gets_connections_of_its_own(world):
    engine = app_engine(world.urls.app, pool_size=1, max_overflow=0)
    query = text("SELECT pg_backend_pid()")
    with engine.connect() as connection:
        parent = connection.execute(query).scalar()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with engine.connect() as connection:
            os.write(writer, str(connection.execute(query).scalar()).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(reader, 20)) != parent
    with engine.connect() as connection:
        assert connection.execute(query).scalar() == parent
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("SELECT 1", True),
        ("\n  select 1", True),
        ("(SELECT 1) UNION (SELECT 2)", True),
        ("/* hint */ WITH x AS (SELECT 1) SELECT * FROM x", True),
        ("INSERT INTO a VALUES (1)", True),
        ("SAVEPOINT a", True),
        ("ROLLBACK TO SAVEPOINT a", True),
        ("RELEASE SAVEPOINT a", True),
        (";", True),
        ("ROLLBACK", False),
        ("SET ROLE x", False),
        ("/* SELECT */ SET ROLE x", False),
        ("/*/**/ SELECT */SET ROLE x", False),
        ("--SELECT\nSET ROLE x", False),
        ("SELECTED", False),
        ("DO $$$$", False),
        ("COPY a TO STDOUT", False),
    ],
)
def test_statement_allowed(statement, allowed):
    assert statement_allowed(statement) is allowed


def test_server_older_than_17_refused():
    check_server(170000)
    with pytest.raises(PostgresTooOld) as refusal:
        check_server(150020)
    assert refusal.value.message == "需要 PostgreSQL 17 或更高版本，当前服务器是 15.20"


def test_options_forbid_prepared_statements():
    options = engine_options("app")
    assert options["connect_args"]["prepare_threshold"] is None
    assert options["connect_args"]["cursor_factory"] is StrictCursor
    assert options["pool_reset_on_return"] == "rollback"


def test_failed_binding_leaves_a_usable_connection(pair):
    with bind(TenantRef(0, "ghost", "ghost", "", "active")), TenantSession(db) as session, pytest.raises(DBAPIError):
        session.execute(text("SELECT 1"))
    with bind(pair[0]), TenantSession(db) as session:
        assert session.execute(text("SELECT current_user::text")).scalar() == pair[0].role
        assert driver_of(session).pgconn.transaction_status == pq.TransactionStatus.INTRANS


def test_plain_engine_has_no_guards(world):
    engine = create_engine(world.urls.app)
    with engine.connect() as connection:
        connection.execute(text("RESET ROLE"))
    engine.dispose()
