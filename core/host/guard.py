"""What a hook may do with the database while it is asked: read in a savepoint of its own, or nothing at all.

The savepoint opens with the hook's first statement, and the next statement of anybody else rolls it back: nothing at
all is sent for a plugin that runs none. It is read-only and short of time; what poisons it does not reach the caller's
transaction. The session is not the hook's to commit, roll back or flush.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

from core.db import db
from core.host.policies import Sql
from tenants.connection import TenantConnection
from tenants.db import TenantSession, lent

TIMEOUT_MS = 2000
"""The longest that one statement of a hook may take."""

_OPEN = f"SAVEPOINT jishi_hook; SET LOCAL statement_timeout = {TIMEOUT_MS}; SET LOCAL transaction_read_only = on".encode()
_CLOSE = b"ROLLBACK TO SAVEPOINT jishi_hook; RELEASE SAVEPOINT jishi_hook;"


class SqlRefused(Exception):
    """A hook that has no database ran a statement."""


class WriteRefused(Exception):
    """A hook that reads tried to write, or left something in the session that would be written."""


class Poisoned(Exception):
    """A hook swallowed an SQL error: what it read after that was nothing."""


class Watch:
    """Over the hooks of one dispatch, one after the other: they share a savepoint until one of them breaks it.

    `meddled`: one of them left something in the session, and the next may have been blamed for it. `touched`: the
    present one ran, or tried to run, a statement.
    """

    __slots__ = ("_opened", "meddled", "refused", "savepoint", "session", "sql", "touched")

    def __init__(self, sql: Sql, session: Session | None) -> None:
        self.sql = sql
        self.session = session
        self.savepoint = session and session.get_nested_transaction()
        self.meddled = self.touched = False
        self.refused: SqlRefused | None = None
        self._opened: TenantConnection | None = None

    def check_may_read(self) -> None:
        if self.sql is Sql.NONE:
            self.touched = True
            self.refused = SqlRefused("this hook has no database: what it needs is read before it is called")
            raise self.refused

    def before_statement(self, connection: Connection) -> None:
        self.check_may_read()
        self.touched = True
        if self._opened is None:
            self._opened = _driver(connection)
            self._opened.send_script(_OPEN)

    def end(self) -> Exception | None:
        """After each hook: undo what it did; returns what was wrong, in case the hook kept it to itself."""
        session = self.session or _session()
        if not self.touched and (session is None or self._untouched(session)):
            return None
        left = session and self._tidy(session)
        return self._judge() or left

    def close(self) -> None:
        """After the last hook: whoever speaks next rolls the savepoint back."""
        if self._opened is not None:
            self._opened.owed, self._opened = _CLOSE, None

    def _untouched(self, session: Session) -> bool:
        return session._is_clean() and session.get_nested_transaction() is self.savepoint

    def _tidy(self, session: Session) -> Exception | None:
        wrong = None
        while (nested := session.get_nested_transaction()) is not None and nested is not self.savepoint:
            nested.rollback()
            wrong = WriteRefused("a savepoint was left open")
        if not session._is_clean():
            for stray in [*session.new, *session.deleted]:
                session.expunge(stray)
            for changed in session.dirty:
                session.expire(changed)
            wrong = WriteRefused("objects in the session were changed")
        self.meddled = self.meddled or wrong is not None
        return wrong

    def _judge(self) -> Exception | None:
        refused, self.refused, self.touched = self.refused, None, False
        driver = self._opened
        if driver is None or driver.pgconn.transaction_status != TransactionStatus.INERROR:
            return refused
        self.close()
        driver.pay()
        return Poisoned("an SQL error was swallowed")


_watch: ContextVar[Watch | None] = ContextVar("plugin_hook", default=None)


def register(engine: Engine) -> None:
    """Watch the statements of `engine`, the one of the tenants' tables."""
    event.listen(engine, "before_cursor_execute", _before_statement)


def check_may_read() -> None:
    """Raise SqlRefused inside a hook that has no database, whether what it asks for happens to be at hand or not."""
    watch = _watch.get()
    if watch is not None:
        watch.check_may_read()


@contextmanager
def watching(sql: Sql) -> Iterator[Watch]:
    """Inside, every hook is followed by `end`; what the caller still has in the session is written before."""
    session = _session()
    if session is not None and not session._is_clean():
        session.flush()
    watch = Watch(sql, session)
    token = _watch.set(watch)
    try:
        with lent():
            yield watch
    finally:
        _watch.reset(token)
        watch.close()


def _session() -> Session | None:
    return db.session() if db.session.registry.has() else None


def _driver(connection: Connection) -> TenantConnection:
    return connection.connection.driver_connection  # type: ignore[return-value]


def _before_statement(connection: Connection, *_: Any) -> None:
    watch = _watch.get()
    if watch is not None:
        watch.before_statement(connection)
    elif (driver := _driver(connection)).owed:
        driver.pay()


@event.listens_for(TenantSession, "before_flush")
def _refuse_flush(session: Session, *_: Any) -> None:
    if _watch.get() is not None:
        raise WriteRefused("this hook reads: it can't write objects of the session")
