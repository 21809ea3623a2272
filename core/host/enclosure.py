"""Where handlers and jobs run: in a transaction of ours, which is not theirs to end."""

from __future__ import annotations

from collections.abc import Callable

from psycopg.pq import TransactionStatus
from sqlalchemy import event
from sqlalchemy.orm import Session

from core.db import db
from tenants.db import TenantSession

_INSIDE, _TOUCHED = "enclosure", "enclosure_touched"


class Meddled(Exception):
    """The code committed, rolled back or closed what it was called in, or tried to."""


class Poisoned(Exception):
    """The code caught an SQL error and went on, without a savepoint of its own around the statement."""


def run(call: Callable[[], object]) -> None:
    """Call it in the current transaction; savepoints of its own are allowed, commit and rollback are not.

    Raises what it raises (also SystemExit), Meddled, or Poisoned; whatever it is, the caller has to roll back. If
    nothing is raised, what it wrote is in the transaction.
    """
    session = db.session()
    root = session.get_transaction() or session.begin()
    before = _status(session)
    session.info[_INSIDE] = True
    try:
        call()
        if session.info.get(_TOUCHED) or db.session() is not session or session.get_transaction() is not root:
            raise Meddled("commit and rollback belong to the caller of handlers and jobs")
        session.flush()
        if _status(session) not in {TransactionStatus.INTRANS, before}:
            raise Poisoned("an SQL error was caught and nothing after it can be kept")
    finally:
        session.info.pop(_INSIDE, None)
        session.info.pop(_TOUCHED, None)


def undo() -> None:
    """Roll back what is left of the current transaction; a connection that the code broke is dropped."""
    session = db.session()
    try:
        session.rollback()
    except Exception:
        session.invalidate()


def _status(session: Session) -> TransactionStatus:
    """Of the connection: idle before the first statement, then in a transaction that takes statements, or in none."""
    return session.connection().connection.driver_connection.pgconn.transaction_status


@event.listens_for(TenantSession, "before_commit")
def _refuse(session: Session) -> None:
    if session.info.get(_INSIDE) and not session.in_nested_transaction():
        session.info[_TOUCHED] = True
        raise Meddled("commit belongs to the caller of handlers and jobs")
