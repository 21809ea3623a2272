"""Who has work when: a sorted set in Redis that tells the clock which tenants to visit.

It is a hint, nothing more: what is due stands in the tenants' tables, and the clock's sweep visits everybody from time to
time, so an empty Redis delays work and loses none.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from redis.exceptions import RedisError
from sqlalchemy import event
from sqlalchemy.orm import SessionTransaction

from core.clock import now
from core.db import db
from core.services import services
from tenants.context import current
from tenants.db import TenantSession

log = structlog.get_logger()

WAITING_SECONDS = 60
"""How long a tick that was handed out is taken for waiting, should it get lost."""


def due_now(queue: str = "core") -> None:
    """After the current transaction commits the bound tenant is due at once in `queue` (`core` or `plugins`)."""
    due_at(now(), queue)


def due_at(moment: datetime, queue: str = "core") -> None:
    """After the current transaction commits the bound tenant is due at `moment`, or earlier if it already was."""
    hints = db.session.info.setdefault("due", {})
    score = moment.timestamp()
    hints[queue] = min(score, hints.get(queue, score))


@event.listens_for(TenantSession, "after_commit")
def _publish(session: TenantSession) -> None:
    if session.in_nested_transaction():
        return
    for queue, score in session.info.pop("due", {}).items():
        mark(current().key, score, queue)


@event.listens_for(TenantSession, "after_soft_rollback")
def _forget(session: TenantSession, previous: SessionTransaction) -> None:
    if not previous.nested:
        session.info.pop("due", None)


def due_set(queue: str) -> str:
    """The sorted set of tenant keys by the moment at which they are due."""
    return f"jishi:due:{queue}"


def mark(tenant_key: str, score: float, queue: str = "core") -> None:
    """Note that a tenant is due; without Redis the sweep will find out."""
    try:
        services().redis.zadd(due_set(queue), {tenant_key: score}, lt=True)
    except (RedisError, OSError) as error:
        log.warning("due_hint_lost", tenant=tenant_key, error=str(error))


def take(queue: str = "core", limit: int = 200) -> list[str]:
    """Keys of tenants that are due now; each is handed out once."""
    redis, source = services().redis, due_set(queue)
    keys = redis.zrange(source, "-inf", now().timestamp(), byscore=True, offset=0, num=limit)
    return [key.decode() for key in keys if redis.zrem(source, key)]


def wait_for_tick(queue: str) -> bool:
    """Whether a tick for the bound tenant should be handed out: not while one is waiting. Raises RedisError."""
    return bool(services().redis.set(_waiting(queue), 1, nx=True, ex=WAITING_SECONDS))


def tick_begins(queue: str) -> None:
    """From here on whatever becomes due needs another tick; raises RedisError."""
    services().redis.delete(_waiting(queue))


def _waiting(queue: str) -> str:
    return f"jishi:tick:{queue}:{current().key}"
