"""Two people edit the same thing: the second one is told who was faster, and what stands there now.

What has a row has a column `version`, and its UPDATE asks for the version that the editor saw; when that changes no
row, the caller raises `stale(…)`. What has none (the settings, the home page) is claimed by `claim(…)` before it is
written. A `seen` of None asks for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from core.clock import now, shop_time
from core.db import db
from core.editing.errors import StaleEdit
from core.web.reply import encode

_LAST = text(
    """
    SELECT a.at, s.name FROM audit_log a LEFT JOIN staff s ON a.actor = 'staff' AND s.id = a.actor_id
    WHERE a.target = :target AND (CAST(:action AS text) IS NULL OR a.action = :action) ORDER BY a.id DESC LIMIT 1
    """
)
_VERSION = text("SELECT version FROM edit_version WHERE target = :target")
_CLAIM = text(
    """
    INSERT INTO edit_version AS v (target, version)
    SELECT :target, 1 WHERE coalesce(CAST(:seen AS int), 0) = 0
        OR EXISTS (SELECT 1 FROM edit_version WHERE target = :target)
    ON CONFLICT (target) DO UPDATE SET version = v.version + 1
        WHERE CAST(:seen AS int) IS NULL OR v.version = :seen
    RETURNING version
    """
)


def stale(
    target: str, current: Mapping[str, Any], edited_at: datetime | None = None, action: str | None = None
) -> StaleEdit:
    """The refusal for `target` as the audit log names it (`store:3`), with what stands there now.

    `edited_at` is the moment of the last edit where the thing itself knows it; `action` names the edit where the log
    tells of other acts on `target` too.
    """
    last = db.session.execute(_LAST, {"target": target, "action": action}).first()
    if last is not None and edited_at is not None and last.at < edited_at:
        # Something else changed it since, a file that was imported for instance.
        last = None
    name = last.name if last is not None else None
    moment = edited_at or (last.at if last is not None else None)
    values = orjson.loads(encode(dict(current)))
    return StaleEdit(_sentence(name, moment), field="version", edited_at=moment, edited_by=name, current=values)


def _sentence(name: str | None, moment: datetime | None) -> str:
    who = f"被 {name} " if name else "被其他人"
    if moment is None:
        return f"刚刚{who}修改，请核对后再保存"
    at = shop_time(moment)
    when = f"{at:%H:%M}" if at.date() == shop_time(now()).date() else f"{at:%m-%d %H:%M}"
    return f"刚刚{who}{'' if name else ' '}在 {when} 修改，请核对后再保存"


def version_of(target: str) -> int:
    """The version of a thing without a row of its own; 0 as long as nobody saved it."""
    return db.session.execute(_VERSION, {"target": target}).scalar() or 0


def claim(target: str, seen: int | None, current: Callable[[], Mapping[str, Any]]) -> int:
    """The next version, for whoever saw the present one; raises StaleEdit with `current()` and its `version`."""
    version = db.session.execute(_CLAIM, {"target": target, "seen": seen}).scalar()
    if version is None:
        raise stale(target, {**current(), "version": version_of(target)})
    return version
