"""Suspending, resuming and ending a tenant. Each change is one conditional UPDATE in the caller's transaction: what is
noted about it there stands or falls with it.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import structlog
from sqlalchemy import Connection, Engine, text

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
_CLOSE = text(
    "UPDATE platform.tenant SET status = 'closed', closed_at = now()"
    " WHERE id = :id AND status IN ('active', 'suspended', 'moving') RETURNING key"
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


def suspend(connection: Connection, ref: TenantRef) -> TenantRef:
    """Stop serving an active tenant; other processes see it when their registry's entry expires."""
    return _change(connection, ref, "suspended", ["active"], "只有营业中的商户可以暂停")


def resume(connection: Connection, ref: TenantRef) -> TenantRef:
    """Serve a suspended or moved tenant again."""
    return _change(connection, ref, "active", ["suspended", "moving"], "只有已暂停或迁移中的商户可以恢复")


def start_move(connection: Connection, ref: TenantRef) -> TenantRef:
    """Quiesce a tenant while it is copied elsewhere: requests get "moving" and are retried by their clients."""
    return _change(connection, ref, "moving", ["active", "suspended"], "只有营业中或已暂停的商户可以迁移")


def close(owner: Connection, ref: TenantRef) -> None:
    """For good: the app loses the role, the schema is renamed, `purge` drops it after the retention.

    `owner` is a connection of the owner's login.
    """
    if owner.execute(_CLOSE, {"id": ref.id}).first() is None:
        raise TenantStateConflict(f"租户 {ref.slug} 已关闭或不存在")
    owner.execute(text(f"REVOKE {ref.role} FROM {APP}"))
    owner.execute(text(f"ALTER SCHEMA {ref.schema} RENAME TO {GONE}{ref.key}"))
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


def _change(connection: Connection, ref: TenantRef, wanted: str, allowed: list[str], refusal: str) -> TenantRef:
    row = connection.execute(_CHANGE, {"wanted": wanted, "id": ref.id, "allowed": allowed}).first()
    if row is None:
        raise TenantStateConflict(refusal, wanted=wanted)
    log.info("tenant_status_changed", tenant=ref.key, status=wanted)
    return TenantRef(*row)
