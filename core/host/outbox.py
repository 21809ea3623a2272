"""The outbox: events are rows of the business transaction, deliveries rows beside them (architecture §5).

`emit` writes; `delivery` hands over. What a plugin still has to be told while it is off is parked.
"""

from __future__ import annotations

import orjson
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.host.consumers import SIDES, Delivered, subscribe
from core.host.delivery import deliver_due
from core.host.due import due_now
from core.plugin.events import DomainEvent
from core.plugin.problems import NotYet

__all__ = ["Delivered", "NotYet", "deliver_due", "emit", "park", "subscribe", "unpark"]

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
    names = {e.name for e in events}
    wanted = {q: [(n, c) for n in names for c in side.interested(n)] for q, side in SIDES.items()}
    pairs = [pair for found in wanted.values() for pair in found]
    db.session.execute(
        _EMIT,
        {
            "names": [e.name for e in events],
            "versions": [e.version for e in events],
            "aggregates": [e.aggregate for e in events],
            "payloads": [orjson.dumps(e, default=str).decode() for e in events],
            "wanted_names": [name for name, _ in pairs],
            "wanted_by": [consumer for _, consumer in pairs],
            "at": now(),
        },
    )
    for queue in filter(wanted.get, wanted):
        due_now(queue)


_PARK = text("UPDATE event_delivery SET state = 'parked' WHERE consumer = :plugin AND state = 'pending'")
_UNPARK = text(
    "UPDATE event_delivery SET state = 'pending', due_at = :now WHERE consumer = :plugin AND state = 'parked'"
)


def park(plugin: str) -> None:
    """Put aside what the plugin still has to be told, in the current transaction: it is being switched off."""
    db.session.execute(_PARK, {"plugin": plugin})


def unpark(plugin: str) -> None:
    """Make what was put aside due again, in the current transaction: the plugin is being switched on."""
    db.session.execute(_UNPARK, {"plugin": plugin, "now": now()})
    due_now("plugins")
