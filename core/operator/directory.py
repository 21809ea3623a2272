"""The tenants as the operator sees them: from `platform.*` alone, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, RowMapping, text

from core.clock import now, shop_time
from core.db import db
from core.limits import domain as limits
from core.limits.domain import Usage
from core.migrations import HISTORY
from core.operator import log
from core.operator.support import entries_of
from tenants import history as histories
from tenants import plans
from tenants.db import PLATFORM
from tenants.errors import UnknownTenant
from tenants.models import STATUSES

DAYS = 30
PAGE = 50
SHOWN = 10
"""The newest entries and lines beside a tenant; the log has all of them."""

_SELECT = """
    SELECT t.id, t.key, t.slug, t.name, t.status, t.canary, t.created_at, t.activated_at, t.closed_at, t.plan_id,
           p.name AS plan, last.day AS last_order_day, coalesce(month.orders, 0) AS orders_30,
           coalesce(month.paid_fen, 0) AS paid_30_fen,
           ARRAY(SELECT x.plugin FROM platform.tenant_plugin x
                 WHERE x.tenant_id = t.id AND x.state <> 'off' ORDER BY x.plugin) AS plugins,
           coalesce(h.pending, 0) AS pending, coalesce(h.stuck, 0) AS stuck, coalesce(h.parked, 0) AS parked,
           h.oldest_due, h.at AS counted_at, coalesce(h.stores, 0) AS stores, coalesce(h.staff, 0) AS staff,
           coalesce(h.orders_month, 0) AS orders_month, coalesce(moved.migration, 'none') AS migration
    FROM platform.tenant t
    LEFT JOIN platform.plan p ON p.id = t.plan_id
    LEFT JOIN platform.tenant_health h ON h.tenant_id = t.id
    LEFT JOIN LATERAL (SELECT d.day FROM platform.tenant_daily d WHERE d.tenant_id = t.id AND d.orders > 0
                       ORDER BY d.day DESC LIMIT 1) last ON true
    LEFT JOIN LATERAL (SELECT CAST(sum(d.orders) AS bigint) AS orders, CAST(sum(d.paid_fen) AS bigint) AS paid_fen
                       FROM platform.tenant_daily d WHERE d.tenant_id = t.id AND d.day > :since) month ON true
    LEFT JOIN LATERAL (SELECT CASE WHEN bool_or(r.state = 'failed') THEN 'failed'
                                   WHEN bool_or(r.history = 'core' AND r.revision <> :head) THEN 'behind'
                                   ELSE 'ok' END AS migration
                       FROM platform.tenant_revision r WHERE r.key = t.key HAVING count(*) > 0) moved ON true
"""
_LIST = text(
    f"""
    {_SELECT}
    WHERE (CAST(:before AS bigint) IS NULL OR t.id < :before)
      AND (CASE WHEN CAST(:status AS text) IS NULL THEN t.status <> 'deleted' ELSE t.status = :status END)
      AND (CAST(:plan AS bigint) IS NULL OR coalesce(t.plan_id, 0) = :plan)
      AND (NOT CAST(:trouble AS boolean) OR h.stuck > 0 OR moved.migration IN ('failed', 'behind'))
      AND (CAST(:words AS text) IS NULL OR t.slug ILIKE :words OR t.name ILIKE :words
           OR EXISTS (SELECT 1 FROM platform.tenant_host a WHERE a.tenant_id = t.id AND a.host ILIKE :words))
    ORDER BY t.id DESC LIMIT :limit
    """
)
_ONE = text(f"{_SELECT} WHERE t.id = :id")
_COUNTS = text("SELECT status, count(*) FROM platform.tenant WHERE status <> 'deleted' GROUP BY status")
_DAILY = text(
    "SELECT day, orders, paid_fen FROM platform.tenant_daily WHERE tenant_id = :id AND day > :since ORDER BY day"
)
_PLACES = text(
    """
    SELECT ARRAY(SELECT host FROM platform.tenant_host WHERE tenant_id = :id ORDER BY host) AS hosts,
           ARRAY(SELECT appid FROM platform.tenant_appid WHERE tenant_id = :id ORDER BY appid) AS appids
    """
)
_PLUGINS = text("SELECT plugin, state, version, since FROM platform.tenant_plugin WHERE tenant_id = :id ORDER BY plugin")
_REVISIONS = text(
    "SELECT history, revision, state, error, updated_at FROM platform.tenant_revision WHERE key = :key ORDER BY history"
)
_TOTALS = text(
    """
    SELECT day, CAST(sum(orders) AS bigint) AS orders, CAST(sum(paid_fen) AS bigint) AS paid_fen
    FROM platform.tenant_daily WHERE day > :since GROUP BY day ORDER BY day
    """
)


@dataclass(frozen=True, slots=True)
class Page:
    """`next_before` is what `before` has to be for the next page, None on the last one."""

    items: Sequence[RowMapping]
    next_before: int | None


@dataclass(frozen=True, slots=True)
class TenantDetail:
    """One tenant: its row of the list as `row`, and what stands around it."""

    row: RowMapping
    hosts: Sequence[str]
    appids: Sequence[str]
    plugins: Sequence[RowMapping]
    revisions: Sequence[RowMapping]
    usage: Sequence[Usage]
    daily: Sequence[RowMapping]
    entries: Sequence[RowMapping]
    log: Sequence[RowMapping]


def page(
    words: str = "",
    status: str | None = None,
    plan: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
    trouble: bool = False,
) -> Page:
    """Newest tenants first; `words` in slug, name or host, `plan` an id or 0 for none. One statement.

    `trouble`: only those with stuck deliveries or a schema that is behind.

    A row has: id, key, slug, name, status, canary, created_at, activated_at, closed_at, plan_id, plan, last_order_day,
    orders_30, paid_30_fen, plugins (names), pending, stuck, parked, oldest_due, counted_at, stores, staff,
    orders_month, and migration (none, ok, behind, failed). Deleted tenants only with status `deleted`.
    """
    values = {"words": _pattern(words), "status": status, "plan": plan, "before": before, "trouble": trouble}
    with db.engines[PLATFORM].connect() as connection:
        found = connection.execute(_LIST, {**values, **_today(), "limit": limit + 1}).mappings().all()
    items = found[:limit]
    return Page(items, items[-1]["id"] if len(found) > limit else None)


def counts() -> dict[str, int]:
    """Number of tenants by status, 0 too; deleted ones are not counted."""
    with db.engines[PLATFORM].connect() as connection:
        found = dict(connection.execute(_COUNTS).all())
    return {status: found.get(status, 0) for status in STATUSES if status != "deleted"}


def totals(days: int = DAYS) -> Sequence[RowMapping]:
    """Orders and what was paid on the whole platform, day by day."""
    with db.engines[PLATFORM].connect() as connection:
        return connection.execute(_TOTALS, {"since": _since(days)}).mappings().all()


def detail(tenant_id: int) -> TenantDetail:
    """Everything about one tenant in nine statements; raises UnknownTenant."""
    with db.engines[PLATFORM].connect() as connection:
        row = connection.execute(_ONE, {"id": tenant_id, **_today()}).mappings().first()
        if row is None:
            raise UnknownTenant
        place = connection.execute(_PLACES, {"id": tenant_id}).mappings().one()
        found = {
            "hosts": place["hosts"],
            "appids": place["appids"],
            "plugins": connection.execute(_PLUGINS, {"id": tenant_id}).mappings().all(),
            "revisions": connection.execute(_REVISIONS, {"key": row["key"]}).mappings().all(),
            "daily": connection.execute(_DAILY, {"id": tenant_id, "since": _since(DAYS)}).mappings().all(),
            "usage": _usage(connection, row),
        }
    return TenantDetail(row, **found, entries=entries_of(tenant_id, SHOWN), log=log.entries(tenant=tenant_id, limit=SHOWN))


def _usage(connection: Connection, row: RowMapping) -> list[Usage]:
    used = {"stores": row["stores"], "staff": row["staff"], "orders_month": row["orders_month"]}
    return limits.rows(plans.terms(connection, row["id"]), {**used, "plugins": len(row["plugins"])})


def _today() -> dict[str, Any]:
    return {"since": _since(DAYS), "head": head()}


def _since(days: int) -> date:
    return shop_time(now()).date() - timedelta(days=days)


def _pattern(words: str) -> str | None:
    plain = words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("\x00", "")
    return f"%{plain}%" if plain else None


@cache
def head() -> str:
    """The core's newest revision, where every tenant should stand."""
    return histories.initial(HISTORY).end
