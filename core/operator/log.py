"""What operators did: who, what, to which tenant, why. Written in the transaction of the act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, text

from core.clock import now
from core.db import db
from core.operator.domain import OperatorFacts
from tenants.db import PLATFORM

CONSOLE = "命令行"

_RECORD = text(
    """
    INSERT INTO platform.operator_log (at, operator_id, operator, action, tenant_id, reason, detail)
    VALUES (:at, :operator_id, :operator, :action, :tenant, :reason, CAST(:detail AS jsonb))
    """
)
_LIST = text(
    """
    SELECT l.id, l.at, l.operator_id, l.operator, l.action, l.tenant_id, t.slug, t.name AS tenant, l.reason, l.detail
    FROM platform.operator_log l LEFT JOIN platform.tenant t ON t.id = l.tenant_id
    WHERE (CAST(:before AS bigint) IS NULL OR l.id < :before)
      AND (CAST(:tenant AS bigint) IS NULL OR l.tenant_id = :tenant)
    ORDER BY l.id DESC LIMIT :limit
    """
)


def record(
    connection: Connection,
    who: OperatorFacts | None,
    action: str,
    tenant: int | None = None,
    reason: str = "",
    **detail: Any,
) -> None:
    """Note in the current transaction what `who` (None: the command line) did; `detail` are JSON values, no secrets."""
    values = {
        "at": now(),
        "operator_id": who and who.id,
        "operator": who.name if who else CONSOLE,
        "action": action,
        "tenant": tenant,
        "reason": reason,
        "detail": orjson.dumps(detail, default=str).decode(),
    }
    connection.execute(_RECORD, values)


def entries(before: int | None = None, tenant: int | None = None, limit: int = 50) -> Sequence[RowMapping]:
    """The newest first, older than `before` (an id), of one tenant or of all."""
    with db.engines[PLATFORM].connect() as connection:
        return connection.execute(_LIST, {"before": before, "tenant": tenant, "limit": limit}).mappings().all()
