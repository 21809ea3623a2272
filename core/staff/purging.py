"""Forgets what is over: sessions, pending logins, invitations."""

from __future__ import annotations

from sqlalchemy import text

from core.clock import now
from core.db import db
from core.staff.domain import KEPT_AFTER_END

_KEPT = f"interval '{KEPT_AFTER_END.days} days'"
_PURGE = text(
    """
    WITH sessions AS (DELETE FROM staff_session WHERE expires_at < :before OR revoked_at < :before),
    pending AS (DELETE FROM staff_pending_login WHERE expires_at < :before)
    DELETE FROM staff_invitation WHERE expires_at < :before OR used_at < :before OR revoked_at < :before
    """
)
NEXT_DUE = f"""
    SELECT {_KEPT} + least(
        (SELECT min(expires_at) FROM staff_session),
        (SELECT min(expires_at) FROM staff_pending_login),
        (SELECT min(expires_at) FROM staff_invitation)
    )
"""


def purge() -> None:
    """Delete what ended more than KEPT_AFTER_END ago; an ended session is looked for again when the next one expires."""
    db.session.execute(_PURGE, {"before": now() - KEPT_AFTER_END})
    db.session.commit()
