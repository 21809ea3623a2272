"""From a request in the registry to an open shop: the work is done by a worker, and by the clock when a job was lost."""

from __future__ import annotations

from typing import Any

import structlog
from redis.exceptions import RedisError
from sqlalchemy import text

from core.db import db
from core.host import jobs
from core.migrations import HISTORY
from core.services import services
from core.signup.errors import SignupNotFound
from core.staff.service import hash_password, seed_owner
from tenants import provision, signup
from tenants.errors import TenantStateConflict
from tenants.owner import owning

log = structlog.get_logger()

LOST_AFTER_SECONDS = 60
REFILL_SECONDS = 60
SPARES, FEW_SPARES = 6, 2

_STATUS = text(
    "SELECT slug, status FROM platform.tenant WHERE slug = :slug AND status IN ('requested', 'provisioning', 'active')"
)


def request(data: dict[str, Any]) -> str:
    """Note a sign-up (fields of SignupSchema), hand it to a worker and return its slug.

    Raises SignupInvalid, NameTaken. Without Redis it waits for the clock, which finds it in the registry.
    """
    made = signup.request(db.engines["platform"], data, hash_password)
    try:
        jobs.enqueue_platform(activate, made.id, job_id=f"signup-{made.id}")
    except (RedisError, OSError) as error:
        log.warning("signup_job_not_enqueued", tenant_id=made.id, error=str(error))
    return made.slug


def status(slug: str) -> dict[str, str]:
    """`status` is `requested`, `provisioning` or `active`, and then `address` says where; raises SignupNotFound."""
    with db.engines["platform"].connect() as connection:
        row = connection.execute(_STATUS, {"slug": slug}).first()
    if row is None:
        raise SignupNotFound
    answer = {"slug": row.slug, "status": row.status}
    if row.status == "active":
        answer["address"] = f"{row.slug}.{services().config.domain}"
    return answer


def activate(tenant_id: int) -> None:
    """Job: schema, owner's account, opening. Done before, or a second time at once, it changes nothing."""
    try:
        with owning(services().config) as engine:
            signup.activate(engine, HISTORY, tenant_id, seed_owner)
    except TenantStateConflict as error:
        log.warning("signup_not_waiting", tenant_id=tenant_id, error=str(error))
    finally:
        db.session.remove()


def retry_lost() -> None:
    """Duty: finish the sign-ups whose job nobody finished."""
    for tenant_id in signup.waiting(db.engines["platform"], LOST_AFTER_SECONDS):
        activate(tenant_id)


def refill_spares() -> None:
    """Duty: have some schemas built in advance, so that opening a shop takes a moment."""
    with owning(services().config) as engine:
        built = provision.fill_spares(engine, HISTORY, SPARES, FEW_SPARES)
    if built:
        log.info("spares_built", count=built)
