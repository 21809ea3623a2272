"""Who has work when: a sorted set in Redis that tells the clock which tenants to visit.

It is a hint, nothing more: what is due stands in the tenants' tables, and the clock's sweep visits everybody from time to
time, so an empty Redis delays work and loses none.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from redis.exceptions import RedisError
from sqlalchemy import event

from core.clock import now
from core.db import db
from core.services import services
from tenants.context import current
from tenants.db import TenantSession

log = structlog.get_logger()

DUE = "jishi:due"


def due_now() -> None:
    """After the current transaction commits the bound tenant is due at once."""
    due_at(now())


def due_at(moment: datetime) -> None:
    """After the current transaction commits the bound tenant is due at `moment`, or earlier if it already was."""
    info = db.session.info
    score = moment.timestamp()
    info["due"] = min(score, info.get("due", score))


@event.listens_for(TenantSession, "after_commit")
def _publish(session: TenantSession) -> None:
    score = session.info.pop("due", None)
    if score is not None:
        mark(current().key, score)


@event.listens_for(TenantSession, "after_soft_rollback")
def _forget(session: TenantSession, previous: object) -> None:
    session.info.pop("due", None)


def mark(tenant_key: str, score: float) -> None:
    """Note that a tenant is due; without Redis the sweep will find out."""
    try:
        services().redis.zadd(DUE, {tenant_key: score}, lt=True)
    except (RedisError, OSError) as error:
        log.warning("due_hint_lost", tenant=tenant_key, error=str(error))


def take(limit: int = 200) -> list[str]:
    """Keys of tenants that are due now; each is handed out once."""
    redis = services().redis
    keys = redis.zrange(DUE, "-inf", now().timestamp(), byscore=True, offset=0, num=limit)
    return [key.decode() for key in keys if redis.zrem(DUE, key)]
