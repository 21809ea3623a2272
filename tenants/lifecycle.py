"""Suspending, resuming and ending a tenant. Each change is one conditional UPDATE."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import structlog
from sqlalchemy import Engine, text

from tenants import provision
from tenants.context import TenantRef
from tenants.errors import TenantStateConflict
from tenants.owner import transaction
from tenants.urls import APP

log = structlog.get_logger(__name__)

RETENTION_DAYS = 30
GONE = "del_"
_CHANGE = text(
    "UPDATE platform.tenant SET status = :wanted WHERE id = :id AND status = ANY(:allowed)"
    f" RETURNING {provision.REF_COLUMNS}"
)
_CLOSE = (
    "UPDATE platform.tenant SET status = 'closed', closed_at = now()"
    " WHERE id = %s AND status IN ('active', 'suspended', 'moving') RETURNING key"
)
_EXPIRED = (
    "SELECT id, key FROM platform.tenant"
    " WHERE status = 'closed' AND closed_at <= now() - make_interval(days => %s) ORDER BY closed_at"
)
_FORGET = """
    WITH gone AS (
        UPDATE platform.tenant SET status = 'deleted', seed = NULL
         WHERE id = %(id)s AND status = 'closed' RETURNING id),
    hosts AS (DELETE FROM platform.tenant_host WHERE tenant_id = %(id)s),
    appids AS (DELETE FROM platform.tenant_appid WHERE tenant_id = %(id)s),
    tokens AS (DELETE FROM platform.callback_token WHERE tenant_id = %(id)s)
    SELECT id FROM gone
"""


def suspend(engine: Engine, ref: TenantRef) -> TenantRef:
    """Stop serving an active tenant; other processes see it when their registry's entry expires."""
    return _change(engine, ref, "suspended", ["active"])


def resume(engine: Engine, ref: TenantRef) -> TenantRef:
    """Serve a suspended or moved tenant again."""
    return _change(engine, ref, "active", ["suspended", "moving"])


def start_move(engine: Engine, ref: TenantRef) -> TenantRef:
    """Quiesce a tenant while it is copied elsewhere: requests get "moving" and are retried by their clients."""
    return _change(engine, ref, "moving", ["active", "suspended"])


def delete(owner: Engine, ref: TenantRef) -> None:
    """Close for good: the app loses the role, the schema is renamed, `purge` drops it after the retention."""
    with transaction(owner) as connection:
        closed = connection.execute(_CLOSE, [ref.id]).fetchone()
        if closed is None:
            raise TenantStateConflict(f"租户 {ref.slug} 已关闭或不存在")
        connection.execute(f"REVOKE {ref.role} FROM {APP}")
        connection.execute(f"ALTER SCHEMA {ref.schema} RENAME TO {GONE}{ref.key}")
    log.info("tenant_closed", tenant=ref.key, slug=ref.slug)


def purge(owner: Engine, retention_days: int = RETENTION_DAYS) -> list[str]:
    """Drop schemas closed at least `retention_days` ago, one per transaction; returns their keys."""
    with transaction(owner) as connection:
        expired: Sequence[tuple[int, str]] = connection.execute(_EXPIRED, [retention_days]).fetchall()
    return [key for tenant_id, key in expired if _purge_one(owner, tenant_id, key)]


def _purge_one(owner: Engine, tenant_id: int, key: str) -> bool:
    try:
        with transaction(owner) as connection:
            if connection.execute(_FORGET, {"id": tenant_id}).fetchone() is None:
                return False
            provision.drop(connection, key, GONE)
    except psycopg.Error as error:
        log.error("tenant_purge_failed", tenant=key, error=str(error).strip())
        return False
    log.info("tenant_purged", tenant=key)
    return True


def _change(engine: Engine, ref: TenantRef, wanted: str, allowed: list[str]) -> TenantRef:
    values = {"wanted": wanted, "id": ref.id, "allowed": allowed}
    with engine.begin() as connection:
        row = connection.execute(_CHANGE, values).first()
    if row is None:
        raise TenantStateConflict(f"租户 {ref.slug} 当前状态不能改为 {wanted}", wanted=wanted)
    log.info("tenant_status_changed", tenant=ref.key, status=wanted)
    return TenantRef(*row)
