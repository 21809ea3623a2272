"""Logins, privileges and schema `platform`: what a database needs before the first tenant."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from psycopg import errors, sql
from sqlalchemy import URL

from tenants import platform, replay
from tenants.context import check_key
from tenants.db import PLATFORM
from tenants.urls import APP, OWNER, PLATFORM_LOGIN, RoleUrls, admin, connect, role_password, role_urls

__all__ = ["BootstrapReport", "RoleUrls", "bootstrap", "role_statements", "role_urls"]

log = structlog.get_logger(__name__)

ATTRIBUTES = {
    OWNER: "LOGIN CREATEROLE",
    APP: "LOGIN NOINHERIT",
    PLATFORM_LOGIN: "LOGIN",
}
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('jishi bootstrap', 0))"
_SET_CONFIG = "FUNCTION pg_catalog.set_config(text, text, boolean)"
_HARDENING = {
    "set_config": [
        f"REVOKE EXECUTE ON {_SET_CONFIG} FROM PUBLIC",
        f"GRANT EXECUTE ON {_SET_CONFIG} TO {OWNER}",
    ],
    "plpgsql": [
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
        f"GRANT USAGE ON LANGUAGE plpgsql TO {OWNER}",
    ],
    "public": [
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {OWNER}",
    ],
    "temporary": ["REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC"],
}
# A REVOKE without the right to it only warns, so what counts is what the app may still do.
_STILL_OPEN = f"""
    SELECT has_function_privilege('{APP}', 'pg_catalog.set_config(text,text,boolean)', 'EXECUTE')
               AS set_config,
           has_language_privilege('{APP}', 'plpgsql', 'USAGE') AS plpgsql,
           has_schema_privilege('{APP}', 'public', 'USAGE') AS public,
           has_database_privilege('{APP}', current_database(), 'TEMPORARY') AS temporary
"""
_RACES = (errors.UniqueViolation, errors.DuplicateObject, errors.InternalError_)


@dataclass(slots=True)
class BootstrapReport:
    """What was made, what is closed (`hardening`, per measure), which extensions are there."""

    created: list[str] = field(default_factory=list)
    hardening: dict[str, bool] = field(default_factory=dict)
    extensions: dict[str, bool] = field(default_factory=dict)
    migrated: list[str] = field(default_factory=list)


def bootstrap(admin_url: str | URL, master_key: bytes) -> BootstrapReport:
    """Make logins, privileges, extensions and schema `platform`; running it again changes nothing.

    `admin_url` is a superuser, or a role with CREATEROLE that owns the database; what it may not close is
    reported in `hardening` and logged. Safe in several processes and databases of one cluster at once.
    """
    report = _again(lambda: _prepare(admin(admin_url), master_key))
    _migrate_platform(role_urls(admin_url, master_key).owner, report)
    open_doors = [name for name, closed in report.hardening.items() if not closed]
    if open_doors:
        log.warning("bootstrap_hardening_incomplete", open=open_doors)
    log.info("bootstrap_done", created=report.created, migrated=report.migrated)
    return report


def role_statements(key: str, *, login: bool = False) -> list[str]:
    """Role and schema of one tenant: the app may become the role, the role may use this schema only.

    `login` for Citus, whose workers are dialled as the current role (pg_hba keeps it out from elsewhere).
    """
    check_key(key)
    schema, role = f"t_{key}", f"r_t_{key}"
    return [
        f"CREATE ROLE {role} {'LOGIN' if login else 'NOLOGIN'}",
        f"GRANT {role} TO {APP} WITH INHERIT FALSE, SET TRUE",
        f"CREATE SCHEMA {schema}",
        f"GRANT USAGE ON SCHEMA {schema} TO {role}",
    ]


def _again(work: Callable[[], BootstrapReport], attempts: int = 8) -> BootstrapReport:
    # Roles belong to the cluster, advisory locks to one database: two databases may make them at once.
    for attempt in range(1, attempts):
        try:
            return work()
        except _RACES as error:
            log.info("bootstrap_retry", attempt=attempt, error=str(error).strip())
            time.sleep(0.05 * attempt)
    return work()


def _prepare(url: URL, master_key: bytes) -> BootstrapReport:
    report = BootstrapReport()
    logins = _logins_that_work(url, master_key)
    with closing(connect(url)) as connection, connection:
        connection.execute(_LOCK)
        for role, attributes in ATTRIBUTES.items():
            password = None if role in logins else role_password(master_key, role)
            report.created += _ensure_role(connection, role, attributes, password)
        _grant_database(connection)
        for name, statements in _HARDENING.items():
            _try(connection, name, statements)
        report.hardening = _closed_doors(connection)
        report.extensions = {"pg_trgm": _ensure_extension(connection, "pg_trgm")}
    return report


def _logins_that_work(url: URL, master_key: bytes) -> set[str]:
    return {role for role in ATTRIBUTES if _can_login(url, role, role_password(master_key, role))}


def _can_login(url: URL, role: str, password: str) -> bool:
    try:
        connect(url.set(username=role, password=password)).close()
    except psycopg.OperationalError:
        return False
    return True


def _ensure_role(connection: psycopg.Connection[Any], role: str, attributes: str, password: str | None) -> Iterator[str]:
    known = connection.execute("SELECT rolconfig FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    name = sql.Identifier(role)
    if known is None:
        connection.execute(sql.SQL("CREATE ROLE {} " + attributes).format(name))
        yield role
    if password is not None:
        secret = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, sql.Literal(secret.decode())))
    if known is None or known[0] is None:
        connection.execute(sql.SQL("ALTER ROLE {} SET search_path = ''").format(name))


def _grant_database(connection: psycopg.Connection[Any]) -> None:
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL(f"GRANT CONNECT, CREATE ON DATABASE {{}} TO {OWNER}").format(database))
    connection.execute(sql.SQL(f"GRANT CONNECT ON DATABASE {{}} TO {APP}, {PLATFORM_LOGIN}").format(database))


def _try(connection: psycopg.Connection[Any], name: str, statements: list[str]) -> None:
    database = sql.Identifier(connection.info.dbname)
    try:
        with connection.transaction():
            for statement in statements:
                connection.execute(sql.SQL(statement).format(database=database))
    except psycopg.errors.InsufficientPrivilege as error:
        log.warning("bootstrap_hardening_refused", measure=name, error=str(error).strip())


def _closed_doors(connection: psycopg.Connection[Any]) -> dict[str, bool]:
    cursor = connection.execute(_STILL_OPEN)
    names = [column.name for column in cursor.description or ()]
    return {name: not is_open for name, is_open in zip(names, cursor.fetchone() or (), strict=True)}


def _ensure_extension(connection: psycopg.Connection[Any], name: str) -> bool:
    try:
        with connection.transaction():
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA public").format(sql.Identifier(name)))
    except psycopg.Error as error:
        log.warning("bootstrap_extension_missing", extension=name, error=str(error).strip())
        return False
    return True


def _migrate_platform(owner_url: URL, report: BootstrapReport) -> None:
    with closing(connect(owner_url)) as connection, connection:
        connection.execute(_LOCK)
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {PLATFORM}")
        connection.execute(f"GRANT USAGE ON SCHEMA {PLATFORM} TO {PLATFORM_LOGIN}")
        steps = replay.upgrade(connection, platform.HISTORY, PLATFORM, PLATFORM_LOGIN)
    report.migrated = [step.end for step in steps]
