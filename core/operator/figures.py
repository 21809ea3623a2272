"""Figures of every tenant for the operator, in `platform.tenant_daily` and `platform.tenant_health`.

Every tick notes its tenant in a Redis set; once in a while a duty takes what is noted and upserts each tenant's own
figures, so that a busy shop is counted twice a minute and a view of the platform binds no tenant at all. Lost notes cost
a day: then the tenant is counted anyway.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import RowMapping, text

from core.clock import SHOP_ZONE, now, shop_time
from core.db import db
from core.limits import counting
from core.services import services
from tenants.context import TenantRef, bind, current
from tenants.db import PLATFORM

log = structlog.get_logger()

EVERY_SECONDS = 30
SLICE = 200
NOTED = "jishi:figures"
RECENT_DAYS, FIRST_DAYS = 2, 31
STALE = timedelta(days=1)
STALE_SLICE = 50

_DAYS = text(
    """
    SELECT CAST(paid_at AT TIME ZONE :zone AS date) AS day, count(*) AS orders,
           CAST(sum(payable_fen) AS bigint) AS paid_fen
    FROM orders WHERE paid_at >= :since GROUP BY 1 ORDER BY 1
    """
)
_DELIVERIES = text(
    """
    SELECT (SELECT count(*) FROM event_delivery WHERE state = 'pending') AS pending,
           (SELECT count(*) FROM event_delivery WHERE state = 'stuck') AS stuck,
           (SELECT count(*) FROM event_delivery WHERE state = 'parked') AS parked,
           (SELECT min(due_at) FROM event_delivery WHERE state = 'pending' AND due_at <= :now) AS oldest_due
    """
)
_SAVE_DAYS = text(
    """
    INSERT INTO platform.tenant_daily (tenant_id, day, orders, paid_fen)
    SELECT :tenant, * FROM unnest(CAST(:days AS date[]), CAST(:orders AS int[]), CAST(:paid AS bigint[]))
    ON CONFLICT (tenant_id, day) DO UPDATE SET orders = excluded.orders, paid_fen = excluded.paid_fen
    """
)
_SAVE_HEALTH = text(
    """
    INSERT INTO platform.tenant_health (tenant_id, at, pending, stuck, parked, oldest_due, stores, staff, orders_month)
    VALUES (:tenant, :at, :pending, :stuck, :parked, :oldest_due, :stores, :staff, :orders_month)
    ON CONFLICT (tenant_id) DO UPDATE SET at = excluded.at, pending = excluded.pending, stuck = excluded.stuck,
        parked = excluded.parked, oldest_due = excluded.oldest_due, stores = excluded.stores, staff = excluded.staff,
        orders_month = excluded.orders_month
    """
)
_STALE = text(
    """
    SELECT t.key FROM platform.tenant t LEFT JOIN platform.tenant_health h ON h.tenant_id = t.id
    WHERE t.status IN ('active', 'suspended') AND (h.at IS NULL OR h.at < :before)
    ORDER BY h.at NULLS FIRST LIMIT :limit
    """
)


def note() -> None:
    """Chore: something may have happened in the bound tenant."""
    services().redis.sadd(NOTED, current().key)


def collect() -> None:
    """Duty: count the tenants that were noted, and some of those that nobody counted for a day."""
    for key in services().redis.spop(NOTED, SLICE):
        _count(key.decode(), RECENT_DAYS)
    with db.engines[PLATFORM].connect() as connection:
        stale = connection.execute(_STALE, {"before": now() - STALE, "limit": STALE_SLICE}).scalars().all()
    for key in stale:
        _count(key, FIRST_DAYS)


def refresh(days: int = RECENT_DAYS) -> None:
    """Upsert the bound tenant's figures of the last `days` days, today included; three statements on its tables."""
    moment = now()
    midnight = shop_time(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight - timedelta(days=days - 1)
    paid = db.session.execute(_DAYS, {"since": since, "zone": str(SHOP_ZONE)}).mappings().all()
    health = {**db.session.execute(_DELIVERIES, {"now": moment}).mappings().one(), **counting.counts()}
    db.session.rollback()
    with db.engines[PLATFORM].begin() as connection:
        if paid:
            connection.execute(_SAVE_DAYS, {"tenant": current().id, **_columns(paid)})
        connection.execute(_SAVE_HEALTH, {"tenant": current().id, "at": moment, **health})


def _columns(paid: list[RowMapping]) -> dict[str, list[object]]:
    return {
        "days": [row["day"] for row in paid],
        "orders": [row["orders"] for row in paid],
        "paid": [row["paid_fen"] for row in paid],
    }


def _count(key: str, days: int) -> None:
    ref = services().registry.by_key(key)
    if ref is None or ref.status not in {"active", "suspended"}:
        return
    try:
        _refresh_bound(ref, days)
    except Exception:
        log.exception("tenant_figures_failed", tenant=key)


def _refresh_bound(ref: TenantRef, days: int) -> None:
    try:
        with bind(ref):
            refresh(days)
    finally:
        db.session.remove()
