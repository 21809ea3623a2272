"""Schemas for tenants: built in advance from one rendered script, taken in a moment, dropped for good."""

from __future__ import annotations

import secrets
from base64 import b32encode
from collections.abc import Iterable, Sequence
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Engine

from tenants import history as histories
from tenants import replay
from tenants.context import TenantRef, check_key
from tenants.errors import NameTaken, TenantStateConflict
from tenants.history import History, Step
from tenants.owner import transaction
from tenants.registry import normal_host
from tenants.roles import role_statements

REF_COLUMNS = "id, key, slug, name, status, settings_version"
_FILL_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('jishi spares', 0))"
_READY = """
    FROM platform.spare_schema s
    JOIN platform.tenant_revision r ON r.key = s.key AND r.history = %(history)s
     AND r.revision = %(revision)s AND r.state = 'ok'
"""
_MOVED = (
    "UPDATE platform.tenant_revision SET revision = {}, state = 'ok', error = NULL, updated_at = now()"
    " WHERE key = {} AND history = {}"
)


def new_key() -> str:
    """16 characters of a-z2-7, unguessable: schema names are visible to everybody in pg_namespace."""
    return b32encode(secrets.token_bytes(10)).decode().lower()


def build(engine: Engine, history: History, mode: str = "script") -> str:
    """Make one spare schema with its role in one transaction; returns its key.

    `mode` "script" sends everything in one message; "statements" one by one, with a role that may log in
    (Citus).
    """
    step = histories.initial(history)
    with transaction(engine) as connection:
        key = build_in(connection, history, [step], mode)
        connection.execute("INSERT INTO platform.spare_schema (key) VALUES (%s)", [key])
    return key


def build_in(connection: psycopg.Connection[Any], history: History, steps: Sequence[Step], mode: str = "script") -> str:
    """The same within the caller's transaction, by any chain of steps and not listed as a spare."""
    key = new_key()
    statements = role_statements(key, login=mode == "statements")
    statements += install_statements(history, key, steps)
    replay.RUNNERS[mode](connection, statements)
    return key


def install(engine: Engine, history: History, ref: TenantRef, mode: str = "script") -> None:
    """Add a history (a plugin's) to an existing tenant, at head; fails if it is there already."""
    statements = install_statements(history, ref.key, [histories.initial(history)])
    with transaction(engine) as connection:
        replay.RUNNERS[mode](connection, statements)


def install_statements(history: History, key: str, steps: Sequence[Step]) -> list[str]:
    """What brings `history` from nothing to the end of `steps` in one schema, its revision row included."""
    schema, role = f"t_{check_key(key)}", f"r_t_{key}"
    body = [line for step in steps for line in replay.step_statements(step, history, role)]
    return [replay.enter(schema), *body, _revision_row(key, history.name, steps[-1].end)]


def advance_statements(history: History, key: str, steps: Sequence[Step]) -> list[str]:
    """What brings `history` on by `steps` in one schema, its revision row included."""
    schema, role = f"t_{check_key(key)}", f"r_t_{key}"
    body = [line for step in steps for line in replay.step_statements(step, history, role)]
    moved = sql.SQL(_MOVED).format(steps[-1].end, key, history.name).as_string(None)
    return [replay.enter(schema), *body, moved]


def spares_ready(engine: Engine, history: History) -> int:
    """How many spares stand at head."""
    with transaction(engine) as connection:
        return _ready(connection, history)


def fill_spares(engine: Engine, history: History, target: int = 20, low: int | None = None, mode: str = "script") -> int:
    """Build spares up to `target` if no more than `low` (default half) are ready; returns the number built.

    In batches, because every new role makes each live backend compute its memberships once more. While
    another process is filling, this does nothing.
    """
    threshold = target // 2 if low is None else low
    with transaction(engine) as lock:
        locked = lock.execute(_FILL_LOCK).fetchone()
        ready = _ready(lock, history)
        if not (locked and locked[0]) or ready > threshold:
            return 0
        missing = max(target - ready, 0)
        for _ in range(missing):
            build(engine, history, mode)
        return missing


def take(
    engine: Engine,
    history: History,
    slug: str,
    name: str,
    *,
    hosts: Iterable[str] = (),
    appids: Iterable[str] = (),
) -> TenantRef:
    """A new active tenant at once, without an owner's account; raises NameTaken for a slug in use."""
    with transaction(engine) as connection:
        tenant_id = insert_request(connection, slug, name)
        assign_in(connection, history, tenant_id)
        _insert_addresses(connection, tenant_id, hosts, appids)
        return activate_in(connection, tenant_id)


def insert_request(connection: psycopg.Connection[Any], slug: str, name: str) -> int:
    """The registry row of a tenant that has no schema yet; returns its id."""
    row = connection.execute(
        "INSERT INTO platform.tenant (slug, name) VALUES (%s, %s)"
        " ON CONFLICT (slug) WHERE status <> 'deleted' DO NOTHING RETURNING id",
        [slug, name],
    ).fetchone()
    if row is None:
        raise NameTaken(f"店铺网址 {slug} 已被使用，请换一个", field="slug")
    return row[0]


def assign(engine: Engine, history: History, tenant_id: int) -> TenantRef:
    """Give a requested tenant its schema; asked again (after a crash) it answers the same."""
    with transaction(engine) as connection:
        return assign_in(connection, history, tenant_id)


def assign_in(connection: psycopg.Connection[Any], history: History, tenant_id: int) -> TenantRef:
    """`assign` within the caller's transaction: takes a spare at head, or builds a schema if there is none."""
    row = connection.execute(
        "UPDATE platform.tenant SET status = 'provisioning' WHERE id = %s"
        " AND status IN ('requested', 'provisioning') RETURNING key",
        [tenant_id],
    ).fetchone()
    if row is None:
        raise TenantStateConflict(f"租户 {tenant_id} 不在待开通状态")
    key = row[0] or _take_spare(connection, history) or _build_now(connection, history)
    found = connection.execute(
        f"UPDATE platform.tenant SET key = %s WHERE id = %s RETURNING {REF_COLUMNS}", [key, tenant_id]
    ).fetchone()
    return TenantRef(*found or ())


def activate_in(connection: psycopg.Connection[Any], tenant_id: int) -> TenantRef:
    """Open a provisioned tenant; what was kept for its owner's account is wiped."""
    row = connection.execute(
        "UPDATE platform.tenant SET status = 'active', activated_at = now(), seed = NULL"
        f" WHERE id = %s AND status = 'provisioning' RETURNING {REF_COLUMNS}",
        [tenant_id],
    ).fetchone()
    if row is None:
        raise TenantStateConflict(f"租户 {tenant_id} 不在开通过程中")
    return TenantRef(*row)


def drop(connection: psycopg.Connection[Any], key: str, prefix: str = "t_") -> None:
    """Drop schema and role of one key and forget its revisions; one per transaction (about 430 locks)."""
    schema = replay.quoted(f"{prefix}{check_key(key)}")
    connection.execute(f"DROP SCHEMA {schema} CASCADE")
    connection.execute(f"DROP ROLE r_t_{key}")
    connection.execute("DELETE FROM platform.tenant_revision WHERE key = %s", [key])
    connection.execute("DELETE FROM platform.spare_schema WHERE key = %s", [key])


def _build_now(connection: psycopg.Connection[Any], history: History) -> str:
    return build_in(connection, history, [histories.initial(history)])


def _take_spare(connection: psycopg.Connection[Any], history: History) -> str | None:
    row = connection.execute(
        "DELETE FROM platform.spare_schema WHERE key = (SELECT s.key"
        + _READY
        + "ORDER BY s.created_at FOR UPDATE OF s SKIP LOCKED LIMIT 1) RETURNING key",
        _head(history),
    ).fetchone()
    return None if row is None else row[0]


def _ready(connection: psycopg.Connection[Any], history: History) -> int:
    row = connection.execute("SELECT count(*)" + _READY, _head(history)).fetchone()
    return row[0] if row else 0


def _head(history: History) -> dict[str, str]:
    return {"history": history.name, "revision": histories.initial(history).end}


def _revision_row(key: str, history: str, revision: str) -> str:
    query = sql.SQL("INSERT INTO platform.tenant_revision (key, history, revision) VALUES ({}, {}, {})")
    return query.format(key, history, revision).as_string(None)


def _insert_addresses(
    connection: psycopg.Connection[Any], tenant_id: int, hosts: Iterable[str], appids: Iterable[str]
) -> None:
    connection.execute(
        "WITH hosts AS (INSERT INTO platform.tenant_host (host, tenant_id) SELECT unnest(%s::text[]), %s)"
        " INSERT INTO platform.tenant_appid (appid, tenant_id) SELECT unnest(%s::text[]), %s",
        [[normal_host(host) for host in hosts], tenant_id, list(appids), tenant_id],
    )
