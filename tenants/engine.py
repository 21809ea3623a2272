"""What every engine of the product has in common, and what the tenants' one has on top."""

from __future__ import annotations

import os
import weakref
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from tenants.connection import StrictCursor, TenantConnection
from tenants.errors import PostgresTooOld, StatementRefused

OLDEST_SERVER = 170000
# Each backend keeps ~20 kB per table of every tenant it ever served; after this many uses it is replaced.
RECYCLE_USES = 500

_ALLOWED = frozenset(
    ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "TABLE", "LOCK", "EXPLAIN", "SHOW")
    + ("SAVEPOINT", "RELEASE")
)

_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


def engine_options(role: str = "app", pool_size: int = 5, max_overflow: int = 5) -> dict[str, Any]:
    """Options for `create_engine`: `role` ("app", "platform", "owner") shows in pg_stat_activity."""
    return {
        "pool_size": pool_size,
        "max_overflow": max_overflow,
        "pool_timeout": 10,
        "pool_reset_on_return": "rollback",
        "use_native_hstore": False,
        "connect_args": {
            "prepare_threshold": None,
            "cursor_factory": StrictCursor,
            "application_name": f"jishi-{role}",
            "connect_timeout": 10,
        },
    }


def app_engine(url: str | URL, **pool: int) -> Engine:
    """An engine for tenants' tables outside Flask."""
    return harden(create_engine(url, **engine_options("app", **pool)), tenants=True)


def platform_engine(url: str | URL, **pool: int) -> Engine:
    """An engine for schema `platform` outside Flask (registry, sign-up)."""
    return harden(create_engine(url, **engine_options("platform", **pool)), tenants=False)


def harden(engine: Engine, *, tenants: bool) -> Engine:
    """Install the guards: version, statement kinds, forks; for `tenants` also binding and recycling."""
    event.listen(engine, "connect", require_server)
    event.listen(engine, "before_cursor_execute", _refuse_statement)
    if tenants:
        event.listen(engine, "do_connect", _connect_tenant)
        event.listen(engine, "checkin", _forget_and_recycle)
    return guard_forks(engine)


def guard_forks(engine: Engine) -> Engine:
    """A forked child drops the pool it inherited, without closing the parent's connections."""
    _engines.add(engine)
    return engine


def statement_allowed(statement: str) -> bool:
    """Whether application code may send it: rows and savepoints yes; SET, DO, CALL, COPY, GRANT, DDL no."""
    if _first_words(statement[:64])[0] in _ALLOWED:
        return True
    first, second = _first_words(_skip_comments(statement)[:64])
    return first in _ALLOWED or not first or (first, second) == ("ROLLBACK", "TO")


def check_server(version: int) -> None:
    """`version` as libpq tells it (180006); raises PostgresTooOld below 17."""
    if version < OLDEST_SERVER:
        found = f"{version // 10000}.{version % 10000}"
        raise PostgresTooOld(f"需要 PostgreSQL 17 或更高版本，当前服务器是 {found}")


def require_server(connection: Any, entry: ConnectionPoolEntry) -> None:
    """Listener for `connect`: see check_server."""
    check_server(connection.info.server_version)


def _first_words(head: str) -> tuple[str, str]:
    words = [*head.lstrip("( \n\t").split(None, 2), "", ""]
    return words[0].upper().rstrip(";"), words[1].upper()


def _refuse_statement(
    connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> None:
    if not statement_allowed(statement):
        raise StatementRefused(f"应用代码不允许执行此类语句: {statement[:80]}")


def _skip_comments(statement: str) -> str:
    text = statement.lstrip()
    while text.startswith(("--", "/*")):
        text = (_after_line if text.startswith("--") else _after_block)(text).lstrip()
    return text


def _after_line(text: str) -> str:
    return text.partition("\n")[2]


def _after_block(text: str) -> str:
    depth, at = 0, 0
    while at < len(text):
        pair = text[at : at + 2]
        depth += {"/*": 1, "*/": -1}.get(pair, 0)
        at += 2 if pair in ("/*", "*/") else 1
        if depth == 0:
            break
    return text[at:]


def _connect_tenant(dialect: Any, entry: Any, args: Any, kwargs: Any) -> TenantConnection:
    return TenantConnection.connect(*args, **kwargs)


def _forget_and_recycle(connection: TenantConnection | None, entry: ConnectionPoolEntry) -> None:
    if connection is None:
        return
    connection.forget_tenant()
    entry.info["uses"] = entry.info.get("uses", 0) + 1
    if entry.info["uses"] >= RECYCLE_USES:
        entry.invalidate()


def _dispose_in_child() -> None:
    for engine in list(_engines):
        engine.dispose(close=False)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_dispose_in_child)
