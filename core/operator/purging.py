"""Forgets operators' logins and entries into shops that are long over; the shop's own log keeps its lines."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from core.clock import now
from core.db import db
from tenants.db import PLATFORM

EVERY_SECONDS = 3600
SESSIONS_KEPT = timedelta(days=30)
ENTRIES_KEPT = timedelta(days=365)

_SESSIONS = text("DELETE FROM platform.operator_session WHERE expires_at < :before OR revoked_at < :before")
_ENTRIES = text("DELETE FROM platform.support_entry WHERE expires_at < :before")


def purge() -> None:
    """Duty: delete what ended longer ago than SESSIONS_KEPT and ENTRIES_KEPT."""
    moment = now()
    with db.engines[PLATFORM].begin() as connection:
        connection.execute(_SESSIONS, {"before": moment - SESSIONS_KEPT})
        connection.execute(_ENTRIES, {"before": moment - ENTRIES_KEPT})
