"""Deliveries that nobody makes by themselves: stuck after too many tries, or parked while the plugin is off or gone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlalchemy import RowMapping, text

from core.clock import now
from core.db import db
from core.errors import Conflict, NotFound
from core.host.consumers import SIDES
from core.host.due import due_now

_CONSUMER = re.compile(r"[a-z0-9_.]{1,64}")


class DeliveryNotFound(NotFound):
    code = "delivery_not_found"
    message = "没有找到这条待处理的事件"


class DeliveryParked(Conflict):
    """Its plugin is off, missing or unfit; it will be told when it is back."""

    code = "delivery_parked"
    message = "插件未启用，启用后会自动处理"


_OPEN = """
    SELECT event_id, consumer, state, attempts, last_error FROM event_delivery
    WHERE state IN ('stuck', 'parked')
    UNION ALL
    SELECT event_id, consumer, 'parked', attempts, last_error FROM event_delivery
    WHERE state = 'pending' AND consumer <> ALL(CAST(:served AS text[]))
"""
_LIST = text(
    f"""
    SELECT d.event_id, d.consumer, d.state, d.attempts, d.last_error AS error,
           e.name AS event, e.payload ->> 'number' AS number, e.occurred_at AS since,
           CASE WHEN strpos(d.consumer, '.') = 0 THEN d.consumer END AS plugin
    FROM ({_OPEN}) d JOIN event e ON e.id = d.event_id
    WHERE (CAST(:before_id AS bigint) IS NULL OR (d.event_id, d.consumer) < (:before_id, CAST(:before_consumer AS text)))
      AND (CAST(:consumer AS text) IS NULL OR d.consumer = :consumer)
      AND (CAST(:state AS text) IS NULL OR d.state = :state)
    ORDER BY d.event_id DESC, d.consumer DESC LIMIT :limit
    """
)
_COUNTS = text(
    f"""
    SELECT (SELECT count(*) FROM event_delivery
            WHERE state = 'pending' AND consumer = ANY(CAST(:served AS text[])) AND strpos(consumer, '.') = 0) AS pending,
           count(*) FILTER (WHERE state = 'stuck') AS stuck, count(*) FILTER (WHERE state = 'parked') AS parked
    FROM ({_OPEN}) d WHERE strpos(consumer, '.') = 0
    """
)
_STATE = text(f"SELECT state FROM ({_OPEN}) d WHERE event_id = :event_id AND consumer = :consumer")
_RETRY = text(
    "UPDATE event_delivery SET state = 'pending', attempts = 0, due_at = :now"
    " WHERE event_id = :event_id AND consumer = :consumer AND state = 'stuck'"
    " AND consumer = ANY(CAST(:served AS text[])) RETURNING event_id"
)
_SKIP = text(
    "UPDATE event_delivery SET state = 'skipped', done_at = :now"
    " WHERE event_id = :event_id AND consumer = :consumer AND (state IN ('stuck', 'parked')"
    " OR (state = 'pending' AND consumer <> ALL(CAST(:served AS text[])))) RETURNING event_id"
)


_CHOSEN = """
    FROM unnest(CAST(:ids AS bigint[]), CAST(:consumers AS text[])) AS k(event_id, consumer)
    WHERE d.event_id = k.event_id AND d.consumer = k.consumer
"""
_RETRY_ALL = text(
    f"UPDATE event_delivery d SET state = 'pending', attempts = 0, due_at = :now {_CHOSEN}"
    " AND d.state = 'stuck' AND d.consumer = ANY(CAST(:served AS text[])) RETURNING d.consumer"
)
_SKIP_ALL = text(
    f"UPDATE event_delivery d SET state = 'skipped', done_at = :now {_CHOSEN} AND (d.state IN ('stuck', 'parked')"
    " OR (d.state = 'pending' AND d.consumer <> ALL(CAST(:served AS text[])))) RETURNING d.consumer"
)
_CONSUMERS = text(f"SELECT DISTINCT consumer FROM ({_OPEN}) d ORDER BY consumer")
_TALLY = text(f"SELECT state, count(*) FROM ({_OPEN}) d GROUP BY state")


def waiting(
    before: tuple[int, str] | None, limit: int, consumer: str | None = None, state: str | None = None
) -> Sequence[RowMapping]:
    """The newest first, older than `before` (event id, consumer); `plugin` is null for a consumer of the core.

    `consumer` and `state` (`stuck`, `parked`) choose some of them.
    """
    before_id, before_consumer = before or (None, None)
    values = {"before_id": before_id, "before_consumer": before_consumer, "limit": limit, "served": _served()}
    values |= {"consumer": consumer, "state": state}
    return db.session.execute(_LIST, values).mappings().all()


def counts() -> RowMapping:
    """How much plugins still have to be told by itself (`pending`), and what waits for a person (`stuck`, `parked`)."""
    return db.session.execute(_COUNTS, {"served": _served()}).mappings().one()


def retry(event_id: int, consumer: str) -> None:
    """Make a stuck delivery due now, with all its tries; raises DeliveryNotFound, DeliveryParked. The caller commits."""
    key = _key(event_id, consumer)
    if db.session.execute(_RETRY, {**key, "now": now()}).first() is None:
        raise DeliveryNotFound if db.session.execute(_STATE, key).first() is None else DeliveryParked
    due_now(_queue(consumer))


def skip(event_id: int, consumer: str) -> None:
    """Never make this delivery; what comes after it goes on. Raises DeliveryNotFound. The caller commits."""
    if db.session.execute(_SKIP, {**_key(event_id, consumer), "now": now()}).first() is None:
        raise DeliveryNotFound
    due_now(_queue(consumer))


def retry_all(keys: Sequence[tuple[int, str]]) -> int:
    """`retry` for many (event id, consumer) in one statement; those that can't be are left alone. Returns how many."""
    done = db.session.execute(_RETRY_ALL, {**_keys(keys), "now": now()}).scalars().all()
    for queue in {_queue(consumer) for consumer in done}:
        due_now(queue)
    return len(done)


def skip_all(keys: Sequence[tuple[int, str]]) -> int:
    """`skip` for many in one statement. Returns how many."""
    done = db.session.execute(_SKIP_ALL, {**_keys(keys), "now": now()}).scalars().all()
    for queue in {_queue(consumer) for consumer in done}:
        due_now(queue)
    return len(done)


def consumers() -> Sequence[str]:
    """Who has something stuck or parked."""
    return db.session.execute(_CONSUMERS, {"served": _served()}).scalars().all()


def tally() -> Mapping[str, int]:
    """How many wait for a person, by state, the core's own among them."""
    return dict(db.session.execute(_TALLY, {"served": _served()}).all())


def _keys(keys: Sequence[tuple[int, str]]) -> dict[str, object]:
    return {"ids": [key for key, _ in keys], "consumers": [name for _, name in keys], "served": _served()}


def _key(event_id: int, consumer: str) -> dict[str, object]:
    if not _CONSUMER.fullmatch(consumer):
        raise DeliveryNotFound
    return {"event_id": event_id, "consumer": consumer, "served": _served()}


def _queue(consumer: str) -> str:
    return "core" if "." in consumer else "plugins"


def _served() -> list[str]:
    """Consumers that can be told in the bound tenant."""
    return [name for side in SIDES.values() for name in side.names()]
