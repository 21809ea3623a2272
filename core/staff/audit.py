"""Who did what when: every write of the console leaves a line, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from flask import g, has_request_context
from sqlalchemy import RowMapping, text

from core.clock import now
from core.db import db

_RECORD = text(
    """
    INSERT INTO audit_log (at, actor, actor_id, action, target, detail)
    VALUES (:at, :actor, :actor_id, :action, :target, CAST(:detail AS jsonb))
    """
)
_LIST = text(
    """
    SELECT a.id, a.at, a.actor, a.actor_id, s.name AS actor_name, a.action, a.target, a.detail
    FROM audit_log a LEFT JOIN staff s ON a.actor = 'staff' AND s.id = a.actor_id
    WHERE (CAST(:before AS bigint) IS NULL OR a.id < :before)
      AND (CAST(:action AS text) IS NULL OR a.action = :action)
    ORDER BY a.id DESC LIMIT :limit
    """
)


def record(action: str, target: str, **detail: Any) -> None:
    """Note in the current transaction that the logged-in staff member did `action` (`orders.adjust`) to `target`
    (`order:123`); without one it was the system. `detail` are JSON values, never secrets or personal data.
    """
    staff = g.get("staff") if has_request_context() else None
    values = {
        "at": now(),
        "actor": "staff" if staff else "system",
        "actor_id": staff.id if staff else None,
        "action": action,
        "target": target,
        "detail": orjson.dumps(detail, default=str).decode(),
    }
    db.session.execute(_RECORD, values)


def entries(before: int | None, action: str | None, limit: int) -> Sequence[RowMapping]:
    """The newest entries first, older than `before` (an id)."""
    values = {"before": before, "action": action, "limit": limit}
    return db.session.execute(_LIST, values).mappings().all()
