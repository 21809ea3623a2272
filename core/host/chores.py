"""What has to be done from rows, again and again until it is done: deadlines, reconciling, deliveries.

A feature registers a chore; a tick runs all chores of one tenant. Chores claim rows one by one (SKIP LOCKED or a
conditional UPDATE), so ticks may overlap and die anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.host import due, outbox
from tenants.context import current

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Chore:
    """`run()` works off what is due; `next_due` is SQL for the earliest moment (timestamptz or null) of the rest."""

    name: str
    run: Callable[[], object]
    next_due: str


_chores: dict[str, Chore] = {}


def register(name: str, run: Callable[[], object], next_due: str) -> None:
    """Add a chore; the same name replaces (several apps in one process share the list)."""
    _chores[name] = Chore(name, run, next_due)


register(
    "outbox", outbox.deliver_due, "SELECT min(due_at) FROM event_delivery WHERE state = 'pending'"
)


def tick() -> None:
    """Run every chore of the bound tenant, then note when it is due again; one failing chore does not stop the next."""
    for chore in _chores.values():
        try:
            chore.run()
        except Exception:
            db.session.rollback()
            log.exception("chore_failed", chore=chore.name)
    schedule()


def schedule() -> None:
    """Ask the tenant's tables when it is due next and leave the hint."""
    moment = next_due()
    if moment is not None:
        due.mark(current().key, max(moment, now()).timestamp())


def next_due() -> datetime | None:
    """The earliest moment at which any chore of the bound tenant has work."""
    parts = ", ".join(f"({chore.next_due})" for chore in _chores.values())
    moment = db.session.execute(text(f"SELECT least({parts})")).scalar()
    db.session.rollback()
    return moment
