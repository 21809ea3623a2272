"""Handing events over: deliveries that are due are claimed in batches, one consumer and one transaction each.

A handler's own writes and its delivery's `done` commit together, so inside our database every handler has effect exactly
once, however often a worker dies; towards the outside `event.id` is the idempotency key. A batch ends after
BATCH_SECONDS: handlers that call out commit one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from time import perf_counter

import structlog
from sqlalchemy import Row, text

from core.clock import now
from core.db import db
from core.host import enclosure
from core.host.consumers import SIDES, Delivered, Side
from core.host.telling import told
from core.plugin.problems import NotYet

log = structlog.get_logger()

MAX_ATTEMPTS = 8
BACKOFF_SECONDS = (2, 5, 15, 60, 300, 900, 3600)
BATCH = 100
BATCH_SECONDS = 0.05

# The oldest of its aggregate, asked as a minimum: for an anti-join the planner takes the wrong index while it has no
# statistics, and a batch of 50 out of 4,000 costs 140 ms instead of 1.
_FIRST_IN_LINE = """
    d.event_id = (SELECT min(line.event_id) FROM event_delivery line
                  WHERE line.aggregate = d.aggregate AND line.consumer = d.consumer AND line.state = 'pending')
"""
_WAITING = text(
    """
    SELECT consumer FROM unnest(CAST(:consumers AS text[])) AS known(consumer)
    WHERE EXISTS (SELECT 1 FROM event_delivery d
                  WHERE d.consumer = known.consumer AND d.state = 'pending' AND d.due_at <= :now)
    """
)
_CLAIM = text(
    f"""
    WITH claimed AS (
        SELECT d.event_id, d.attempts, d.due_at FROM event_delivery d
        WHERE d.consumer = :consumer AND d.state = 'pending' AND d.due_at <= :now AND {_FIRST_IN_LINE}
        ORDER BY d.due_at, d.event_id LIMIT :limit FOR UPDATE OF d SKIP LOCKED
    )
    SELECT e.id, claimed.attempts, e.name, e.version, e.payload
    FROM claimed JOIN event e ON e.id = claimed.event_id ORDER BY claimed.due_at, e.id
    """
)
_DONE = text(
    "UPDATE event_delivery SET state = 'done', done_at = :now, last_error = NULL, attempts = attempts + 1"
    " WHERE consumer = :consumer AND event_id = ANY(:done)"
)
_FAILED = text(
    "UPDATE event_delivery SET state = :state, attempts = attempts + 1, due_at = :due_at, last_error = :error"
    " WHERE event_id = :event_id AND consumer = :consumer AND state = 'pending'"
)

_NEXT_DUE = f"""
    SELECT min(first.due_at) FROM unnest(CAST(:consumers_QUEUE AS text[])) AS known(consumer)
    CROSS JOIN LATERAL (SELECT d.due_at FROM event_delivery d
                        WHERE d.consumer = known.consumer AND d.state = 'pending' AND {_FIRST_IN_LINE}
                        ORDER BY d.due_at LIMIT 1) AS first
"""


def next_due(queue: str) -> str:
    """SQL for the moment of the queue's next delivery; what waits for an earlier one is not due. See `known`."""
    return _NEXT_DUE.replace("QUEUE", queue)


def known(queue: str) -> dict[str, list[str]]:
    """The parameters of `next_due`."""
    return {f"consumers_{queue}": SIDES[queue].names()}


def deliver_due(queue: str = "core", limit: int = 500, seconds: float = float("inf")) -> int:
    """Hand over due deliveries of the bound tenant, at most `limit` and no new batch after `seconds`.

    `queue` says whose: the core's consumers' or the plugins'. Returns how many were tried.
    """
    side, end, tried = SIDES[queue], perf_counter() + seconds, 0
    while waiting := _waiting(side):
        before = tried
        while waiting:
            for consumer in list(waiting):
                if tried >= limit or perf_counter() >= end:
                    return tried
                count = _batch(side, consumer, min(BATCH, limit - tried))
                tried += count
                if not count:
                    waiting.remove(consumer)
        if tried == before:
            break
    return tried


def _waiting(side: Side) -> list[str]:
    """Consumers that have something due; each gets a batch in turn, so that none waits for another's thousands."""
    consumers = side.names()
    if not consumers:
        return []
    found = db.session.execute(_WAITING, {"consumers": consumers, "now": now()}).scalars().all()
    db.session.rollback()
    return list(found)


def _batch(side: Side, consumer: str, size: int) -> int:
    """Claim up to `size` deliveries, hand them over, commit; returns how many were tried.

    If anything goes wrong all of it is undone, and each delivery gets a transaction of its own.
    """
    rows = db.session.execute(_CLAIM, {"consumer": consumer, "now": now(), "limit": size}).all()
    if not rows:
        db.session.rollback()
        return 0
    handed: list[Row] = []
    try:
        for row in _within(rows, perf_counter() + BATCH_SECONDS):
            handed.append(row)
            enclosure.run(partial(side.tell, consumer, _event(row)))
        db.session.execute(_DONE, {"consumer": consumer, "done": [row.id for row in handed], "now": now()})
        db.session.commit()
    except (Exception, SystemExit) as error:
        enclosure.undo()
        if len(handed) > 1:
            return sum(_batch(side, consumer, 1) for _ in handed)
        _fail(side, consumer, rows[0], error)
        db.session.commit()
    return len(handed)


def _within(rows: Sequence[Row], end: float) -> Iterator[Row]:
    """The first row, and the following ones until `end`."""
    for row in rows:
        yield row
        if perf_counter() > end:
            break


def _event(row: Row) -> Delivered:
    return Delivered(row.id, row.name, row.version, row.payload)


def _fail(side: Side, consumer: str, row: Row, error: BaseException) -> None:
    """Note the failure in the current transaction: due again later, stuck after MAX_ATTEMPTS."""
    if isinstance(error, NotYet):
        log.warning("delivery_postponed", consumer=consumer, event_id=row.id, error=told(error))
    else:
        side.failed(consumer, _event(row), error)
    stuck = row.attempts + 1 >= MAX_ATTEMPTS
    wait = BACKOFF_SECONDS[min(row.attempts, len(BACKOFF_SECONDS) - 1)]
    values = {
        "event_id": row.id,
        "consumer": consumer,
        "state": "stuck" if stuck else "pending",
        "due_at": now() + timedelta(seconds=wait),
        "error": told(error),
    }
    db.session.execute(_FAILED, values)
