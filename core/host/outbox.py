"""The outbox: events are rows of the business transaction, deliveries rows beside them (architecture §5).

`emit` writes; `deliver_due` hands over. A handler's own writes and the delivery's `done` commit together, so inside our
database every handler has effect exactly once; towards the outside `event.id` is the idempotency key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import structlog
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.host.due import due_now
from core.plugin.events import DomainEvent
from core.plugin.problems import NotYet

__all__ = ["Delivered", "NotYet", "deliver_due", "emit", "subscribe"]

log = structlog.get_logger()

MAX_ATTEMPTS = 8
BACKOFF_SECONDS = (2, 5, 15, 60, 300, 900, 3600)


@dataclass(frozen=True, slots=True)
class Delivered:
    """An event as a handler sees it; `payload` holds the event's fields as JSON types."""

    id: int
    name: str
    version: int
    payload: dict[str, Any]


Handler = Callable[[Delivered], None]
_consumers: dict[str, dict[str, Handler]] = {}


def subscribe(event: type[DomainEvent], consumer: str, handler: Handler) -> None:
    """Let `consumer` (`core.notices`) handle every `event` from now on; the handler must be idempotent."""
    _consumers.setdefault(event.name, {})[consumer] = handler


_EMIT = text(
    """
    WITH incoming AS (
        SELECT name, version, aggregate, payload::jsonb, ordinality
        FROM unnest(CAST(:names AS text[]), CAST(:versions AS int[]), CAST(:aggregates AS text[]),
                    CAST(:payloads AS text[])) WITH ORDINALITY AS t(name, version, aggregate, payload, ordinality)
    ), written AS (
        INSERT INTO event (name, version, aggregate, payload, occurred_at)
        SELECT name, version, aggregate, payload, :at FROM incoming ORDER BY ordinality
        RETURNING id, name, aggregate
    )
    INSERT INTO event_delivery (event_id, consumer, aggregate, due_at)
    SELECT written.id, wanted.consumer, written.aggregate, :at
    FROM written JOIN unnest(CAST(:wanted_names AS text[]), CAST(:wanted_by AS text[])) AS wanted(name, consumer)
      ON wanted.name = written.name
    """
)


def emit(*events: DomainEvent) -> None:
    """Write events and their deliveries into the current transaction, in one statement however many there are."""
    if not events:
        return
    wanted = [(name, consumer) for name in {e.name for e in events} for consumer in _consumers.get(name, ())]
    db.session.execute(
        _EMIT,
        {
            "names": [e.name for e in events],
            "versions": [e.version for e in events],
            "aggregates": [e.aggregate for e in events],
            "payloads": [orjson.dumps(e, default=str).decode() for e in events],
            "wanted_names": [name for name, _ in wanted],
            "wanted_by": [consumer for _, consumer in wanted],
            "at": now(),
        },
    )
    if wanted:
        due_now()


_CLAIM = text(
    """
    SELECT d.event_id, d.consumer, d.attempts, e.name, e.version, e.payload
    FROM event_delivery d JOIN event e ON e.id = d.event_id
    WHERE d.state = 'pending' AND d.due_at <= :now AND d.consumer = ANY(:known)
      AND NOT EXISTS (SELECT 1 FROM event_delivery earlier
                      WHERE earlier.aggregate = d.aggregate AND earlier.consumer = d.consumer
                        AND earlier.event_id < d.event_id AND earlier.state = 'pending')
    ORDER BY d.event_id LIMIT 1 FOR UPDATE OF d SKIP LOCKED
    """
)
_DONE = text(
    "UPDATE event_delivery SET state = 'done', done_at = :now, last_error = NULL, attempts = attempts + 1"
    " WHERE event_id = :event_id AND consumer = :consumer"
)
_FAILED = text(
    "UPDATE event_delivery SET state = :state, attempts = attempts + 1, due_at = :due_at, last_error = :error"
    " WHERE event_id = :event_id AND consumer = :consumer AND state = 'pending'"
)


def deliver_due(limit: int = 500) -> int:
    """Hand over due deliveries of the bound tenant, one transaction each; returns how many were tried."""
    for tried in range(limit):
        if not _deliver_next():
            return tried
    return limit


def _deliver_next() -> bool:
    session = db.session
    row = session.execute(_CLAIM, {"now": now(), "known": _known_consumers()}).mappings().first()
    if row is None:
        session.rollback()
        return False
    handler = _consumers[row["name"]][row["consumer"]]
    key = {"event_id": row["event_id"], "consumer": row["consumer"]}
    try:
        handler(Delivered(row["event_id"], row["name"], row["version"], row["payload"]))
        session.execute(_DONE, {**key, "now": now()})
        session.commit()
    except Exception as error:
        session.rollback()
        _record_failure(key, row["attempts"], error)
    return True


def _record_failure(key: dict[str, Any], attempts: int, error: Exception) -> None:
    if isinstance(error, NotYet):
        log.warning("delivery_postponed", **key, error=str(error))
    else:
        log.exception("delivery_failed", **key)
    stuck = attempts + 1 >= MAX_ATTEMPTS
    wait = BACKOFF_SECONDS[min(attempts, len(BACKOFF_SECONDS) - 1)]
    db.session.execute(
        _FAILED,
        {
            **key,
            "state": "stuck" if stuck else "pending",
            "due_at": now() + timedelta(seconds=wait),
            "error": f"{type(error).__name__}: {error}"[:500],
        },
    )
    db.session.commit()


def _known_consumers() -> Sequence[str]:
    return [consumer for consumers in _consumers.values() for consumer in consumers]
