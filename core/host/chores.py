"""What has to be done from rows, again and again until it is done: deadlines, reconciling, deliveries.

A feature registers a chore; a tick runs all chores of one tenant and one queue: plugins have a queue of their own, so that
none of them delays money. Chores claim rows one by one (SKIP LOCKED or a conditional UPDATE), so ticks may overlap and die
anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.host import delivery, due, plugin_jobs
from tenants.context import current

log = structlog.get_logger()

PLUGIN_LIMIT = 10_000
PLUGIN_SECONDS = 1.0
"""A tick in queue `plugins` begins nothing new after this time: other shops and the core are waiting."""


@dataclass(frozen=True, slots=True)
class Chore:
    """`run()` works off what is due and returns how much that was (or None).

    `next_due` is SQL for the earliest moment (timestamptz or null) of the rest, `parameters()` are its own.
    """

    name: str
    run: Callable[[], object]
    next_due: str
    queue: str
    parameters: Callable[[], Mapping[str, Any]]


_chores: dict[str, Chore] = {}


def register(
    name: str,
    run: Callable[[], object],
    next_due: str,
    queue: str = "core",
    parameters: Callable[[], Mapping[str, Any]] = dict,
) -> None:
    """Add a chore; the same name replaces (several apps in one process share the list)."""
    _chores[name] = Chore(name, run, next_due, queue, parameters)


register("outbox", delivery.deliver_due, delivery.next_due("core"), parameters=lambda: delivery.known("core"))
register(
    "plugin_outbox",
    lambda: delivery.deliver_due("plugins", limit=PLUGIN_LIMIT, seconds=PLUGIN_SECONDS),
    delivery.next_due("plugins"),
    queue="plugins",
    parameters=lambda: delivery.known("plugins"),
)
register(
    "plugin_jobs",
    lambda: plugin_jobs.run_due(PLUGIN_SECONDS),
    plugin_jobs.NEXT_DUE,
    queue="plugins",
    parameters=plugin_jobs.wanted,
)


def tick(queue: str = "core") -> bool:
    """Run every chore of the bound tenant in `queue`, then note when it is due again; one failing chore does not stop
    the next. Returns whether more is due at once and it makes sense to go on.
    """
    done = [_run(chore) for chore in _chores.values() if chore.queue == queue]
    moment = schedule(queue)
    return any(isinstance(count, int) and count > 0 for count in done) and moment is not None and moment <= now()


def _run(chore: Chore) -> object:
    try:
        return chore.run()
    except Exception:
        db.session.rollback()
        log.exception("chore_failed", chore=chore.name)
        return None


def schedule(queue: str = "core") -> datetime | None:
    """Ask the tenant's tables when it is due next in `queue`, leave the hint and return the moment."""
    moment = next_due(queue)
    if moment is not None:
        due.mark(current().key, max(moment, now()).timestamp(), queue)
    return moment


def next_due(queue: str = "core") -> datetime | None:
    """The earliest moment at which any chore of the bound tenant in `queue` has work."""
    chores = [chore for chore in _chores.values() if chore.queue == queue]
    parameters = {name: value for chore in chores for name, value in chore.parameters().items()}
    parts = ", ".join(f"({chore.next_due})" for chore in chores)
    moment = db.session.execute(text(f"SELECT least({parts})"), parameters).scalar()
    db.session.rollback()
    return moment
