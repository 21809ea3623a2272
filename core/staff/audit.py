"""Who did what when: every write of the console leaves a line, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from flask import g, has_request_context
from sqlalchemy import RowMapping, TextClause, text

from core.clock import now
from core.db import db
from core.host.registry import host
from core.staff import actions

_RECORD = text(
    """
    INSERT INTO audit_log (at, actor, actor_id, action, target, detail)
    VALUES (:at, :actor, :actor_id, :action, :target, CAST(:detail AS jsonb)) RETURNING id
    """
)
_LIST = """
    SELECT a.id, a.at, a.actor, a.actor_id, s.name AS actor_name, a.action, a.target, a.detail
    FROM audit_log a LEFT JOIN staff s ON a.actor = 'staff' AND s.id = a.actor_id
"""
_FILTERS = {
    "before": "a.id < :before",
    "actor_id": "a.actor = 'staff' AND a.actor_id = :actor_id",
    "actor": "a.actor = :actor",
    "action": "a.action ~>=~ :action AND a.action ~<~ :action_end",
    "target": "a.target = :target",
    "since": "a.at >= :since",
    "until": "a.at < :until",
}
ACTORS = ("staff", "system", "support")
"""Somebody of the shop, nobody (a job), somebody of the platform who entered the shop."""

_AFTER_ANY = "\U0010ffff"


def record(action: str, target: str, **detail: Any) -> int:
    """Note in the current transaction that the logged-in staff member did `action` (`orders.adjust`) to `target`
    (`order:123`); without one it was the system. `detail` are JSON values, never secrets or personal data. Returns the
    line's id.

    Somebody of the platform's in the place of staff (`core.operator.domain.SupportFacts`) signs for themselves.
    """
    staff = g.get("staff") if has_request_context() else None
    if hasattr(staff, "signature"):
        return _write(staff.actor_id, action, target, {**detail, **staff.signature}, actor=staff.actor)
    return _write(staff.id if staff else None, action, target, detail)


def record_as(staff_id: int, action: str, target: str, **detail: Any) -> None:
    """The same for somebody who is only about to be logged in."""
    _write(staff_id, action, target, detail)


def _write(staff_id: int | None, action: str, target: str, detail: dict[str, Any], actor: str = "staff") -> int:
    values = {
        "at": now(),
        "actor": "system" if staff_id is None else actor,
        "actor_id": staff_id,
        "action": action,
        "target": target,
        "detail": orjson.dumps(detail, default=str).decode(),
    }
    return db.session.execute(_RECORD, values).scalar_one()


def called(action: str) -> str:
    """What people call `action`, the core's or a plugin's."""
    return actions.label(action, host().audit_words(action))


def entries(limit: int, **filters: Any) -> Sequence[RowMapping]:
    """The newest entries first, at most `limit`. Filters that are None don't count:

    `before` (id of the last entry of the page before), `actor_id` (staff), `actor` (one of ACTORS), `action` (how it
    begins: `orders.`), `target` (`order:123`), `since` and `until` (instants, the second excluded).
    """
    wanted = {name: value for name, value in filters.items() if value is not None}
    statement = _statement(*wanted)
    if "action" in wanted:
        wanted["action_end"] = wanted["action"] + _AFTER_ANY
    return db.session.execute(statement, {**wanted, "limit": limit}).mappings().all()


def _statement(*names: str) -> TextClause:
    where = " AND ".join(_FILTERS[name] for name in names) or "true"
    return text(f"{_LIST} WHERE {where} ORDER BY a.id DESC LIMIT :limit")
