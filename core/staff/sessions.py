"""Where somebody is logged in, and ending it. The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, text

from core.clock import now
from core.crypto import fingerprint
from core.db import db
from core.staff import audit, device
from core.staff.domain import SEEN_EVERY, SESSION_LIFE
from core.staff.errors import SessionNotFound
from core.web.tokens import STAFF, issue
from tenants.context import current


@dataclass(frozen=True, slots=True)
class LoggedIn:
    token: str
    staff_id: int
    expires_at: datetime


_OPEN = text(
    """
    INSERT INTO staff_session (staff_id, token_hash, created_at, expires_at, seen_at, user_agent, ip_prefix)
    VALUES (:staff, :hash, :now, :until, :now, :user_agent, :ip_prefix)
    """
)
_SEEN = text("UPDATE staff_session SET seen_at = :now WHERE id = :id AND seen_at < :stale")
_LIVE = text(
    """
    SELECT id, created_at, seen_at, expires_at, user_agent, ip_prefix, id = :current AS current
    FROM staff_session WHERE staff_id = :staff AND revoked_at IS NULL AND expires_at > :now
    ORDER BY id = :current DESC, seen_at DESC, id DESC LIMIT 50
    """
)
_END = text(
    """
    UPDATE staff_session SET revoked_at = :now
    WHERE id = :id AND staff_id = :staff AND revoked_at IS NULL AND expires_at > :now RETURNING id
    """
)
_END_OTHERS = text(
    """
    WITH ended AS (
        UPDATE staff_session SET revoked_at = :now
        WHERE staff_id = :staff AND id <> :kept AND revoked_at IS NULL AND expires_at > :now RETURNING id
    )
    SELECT count(*) FROM ended
    """
)
_NONE = 0


def open_session(staff_id: int, moment: datetime) -> LoggedIn:
    """A session with a new token, whatever the device had before."""
    token = issue(STAFF, current().key)
    here = device.of_request()
    values = {"staff": staff_id, "hash": fingerprint(token), "now": moment, "until": moment + SESSION_LIFE}
    db.session.execute(_OPEN, {**values, "user_agent": here.user_agent, "ip_prefix": here.ip_prefix})
    return LoggedIn(token, staff_id, values["until"])


def note_use(session_id: int, seen_at: datetime, moment: datetime) -> None:
    """Keep the moment of use, at most every SEEN_EVERY. Then it commits: pages that only read don't."""
    stale = moment - SEEN_EVERY
    if seen_at < stale:
        db.session.execute(_SEEN, {"id": session_id, "now": moment, "stale": stale})
        db.session.commit()


def sessions(staff_id: int, current_session_id: int | None = None) -> Sequence[RowMapping]:
    """Where the person is logged in, the current session first, then the last used: id, created_at, seen_at,
    expires_at, user_agent (`Chrome 126 · Windows`), ip_prefix, current.
    """
    values = {"staff": staff_id, "current": current_session_id or _NONE, "now": now()}
    return db.session.execute(_LIVE, values).mappings().all()


def end_session(staff_id: int, session_id: int) -> None:
    """End one session of this person; raises SessionNotFound."""
    values = {"id": session_id, "staff": staff_id, "now": now()}
    if db.session.execute(_END, values).first() is None:
        raise SessionNotFound
    audit.record("staff.session.end", f"staff:{staff_id}")


def end_other_sessions(staff_id: int, kept_session_id: int) -> int:
    """End all the person's sessions but one, and return how many that were."""
    count = end_quietly(staff_id, kept_session_id)
    if count:
        audit.record("staff.session.end_others", f"staff:{staff_id}", count=count)
    return count


def end_all(staff_id: int) -> int:
    """End every session of the person, and return how many that were."""
    count = end_quietly(staff_id)
    if count:
        audit.record("staff.session.end_all", f"staff:{staff_id}", count=count)
    return count


def end_quietly(staff_id: int, kept_session_id: int | None = None) -> int:
    """The same as part of an act that leaves its own line in the audit log."""
    values = {"staff": staff_id, "kept": kept_session_id or _NONE, "now": now()}
    return db.session.execute(_END_OTHERS, values).scalar_one()
