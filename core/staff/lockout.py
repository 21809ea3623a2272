"""Guessing ends: five wrong passwords or codes in a row lock the account for fifteen minutes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text

from core.db import db
from core.staff import audit
from core.staff.domain import LOCK_TIME, MAX_FAILED_LOGINS
from core.staff.errors import AccountLocked

_FAILED = text(
    """
    UPDATE staff SET
        failed_logins = CASE WHEN locked_until <= :now THEN 1 ELSE failed_logins + 1 END,
        locked_until = CASE WHEN locked_until <= :now THEN NULL
                            WHEN failed_logins + 1 >= :most THEN :until ELSE locked_until END
    WHERE id = :id RETURNING failed_logins
    """
)


def check(locked_until: datetime | None, moment: datetime) -> None:
    """Raise AccountLocked while the lock lasts."""
    if locked_until is not None and locked_until > moment:
        raise AccountLocked(locked_until=locked_until)


def count_failure(staff_id: int, moment: datetime) -> None:
    """Count one more. Whatever else the transaction held is undone; the count is committed."""
    db.session.rollback()
    values = {"id": staff_id, "now": moment, "most": MAX_FAILED_LOGINS, "until": moment + LOCK_TIME}
    failures = db.session.execute(_FAILED, values).scalar()
    if failures == MAX_FAILED_LOGINS:
        audit.record_as(staff_id, "staff.locked", f"staff:{staff_id}")
    db.session.commit()
