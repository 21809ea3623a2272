"""Staff: logging in with phone and password, sessions, and who works for the shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from werkzeug.security import check_password_hash, generate_password_hash

from core.clock import now
from core.crypto import fingerprint
from core.db import db
from core.errors import Unauthenticated
from core.host.registry import host
from core.staff.domain import LOCK_TIME, MAX_FAILED_LOGINS, SESSION_LIFE, StaffFacts
from core.staff.errors import AccountLocked, SessionExpired, WrongCredentials
from core.web.tokens import STAFF, issue
from tenants.context import TenantRef, current

_NOBODY = generate_password_hash("nobody has this password")
"""Compared with where the phone is unknown, so that the answer takes as long."""

_FIND = text(
    """
    SELECT s.id AS session_id, s.expires_at, s.revoked_at, m.id, m.name, m.phone, m.role, m.active,
           ARRAY(SELECT store_id FROM staff_store x WHERE x.staff_id = m.id) AS stores
    FROM staff_session s JOIN staff m ON m.id = s.staff_id WHERE s.token_hash = :hash
    """
)


def find_session(token: str) -> StaffFacts:
    """The staff member who holds `token`, with one statement; raises Unauthenticated (`bad_token`), SessionExpired."""
    row = db.session.execute(_FIND, {"hash": fingerprint(token)}).first()
    if row is None:
        raise Unauthenticated("登录凭证无效，请重新登录", code="bad_token")
    if row.revoked_at is not None or row.expires_at <= now() or not row.active:
        raise SessionExpired
    return StaffFacts(
        row.id, row.name, row.phone, row.role, frozenset(row.stores) or None, row.session_id, host().permissions()
    )


@dataclass(frozen=True, slots=True)
class LoggedIn:
    token: str
    staff_id: int
    expires_at: datetime


_ACCOUNT = text("SELECT id, password_hash, active, locked_until FROM staff WHERE phone = :phone")
_FAILED = text(
    """
    UPDATE staff SET
        failed_logins = CASE WHEN locked_until <= :now THEN 1 ELSE failed_logins + 1 END,
        locked_until = CASE WHEN locked_until <= :now THEN NULL
                            WHEN failed_logins + 1 >= :most THEN :until ELSE locked_until END
    WHERE id = :id
    """
)
_PASSED = text(
    """
    UPDATE staff SET failed_logins = 0, locked_until = NULL
    WHERE id = :id AND active AND password_hash = :hash AND (locked_until IS NULL OR locked_until <= :now)
    RETURNING id
    """
)
_OPEN = text(
    "INSERT INTO staff_session (staff_id, token_hash, created_at, expires_at) VALUES (:staff, :hash, :now, :until)"
)
_REVOKE = text("UPDATE staff_session SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL")


def login(phone: str, password: str) -> LoggedIn:
    """A session for the right password; raises WrongCredentials, AccountLocked.

    A failure is counted and committed here; after five the account is locked for fifteen minutes, the right password
    included. Success is committed by the caller.
    """
    account = db.session.execute(_ACCOUNT, {"phone": phone}).first()
    moment = now()
    if account is not None and account.locked_until is not None and account.locked_until > moment:
        raise AccountLocked(locked_until=account.locked_until)
    right = check_password_hash(account.password_hash if account else _NOBODY, password)
    if account is None:
        raise WrongCredentials
    if not right:
        _count_failure(account.id, moment)
        raise WrongCredentials
    passed = {"id": account.id, "hash": account.password_hash, "now": moment}
    if db.session.execute(_PASSED, passed).first() is None:
        raise WrongCredentials
    return _open_session(account.id, moment)


def _count_failure(staff_id: int, moment: datetime) -> None:
    values = {"id": staff_id, "now": moment, "most": MAX_FAILED_LOGINS, "until": moment + LOCK_TIME}
    db.session.execute(_FAILED, values)
    db.session.commit()


def _open_session(staff_id: int, moment: datetime) -> LoggedIn:
    token = issue(STAFF, current().key)
    values = {"staff": staff_id, "hash": fingerprint(token), "now": moment, "until": moment + SESSION_LIFE}
    db.session.execute(_OPEN, values)
    return LoggedIn(token, staff_id, values["until"])


def logout(session_id: int) -> None:
    """End one session; the caller commits."""
    db.session.execute(_REVOKE, {"id": session_id, "now": now()})


def hash_password(password: str) -> str:
    """scrypt; what sign-up keeps until the shop is there."""
    return generate_password_hash(password)


_SEED = text(
    """
    INSERT INTO staff (phone, name, password_hash, role, active, created_at)
    VALUES (:phone, :name, :hash, 'owner', true, :now) ON CONFLICT (phone) DO NOTHING
    """
)


def seed_owner(ref: TenantRef, data: dict[str, Any]) -> None:
    """The owner's account of a new shop, from what sign-up kept: phone and password_hash. Commits; twice makes one.

    Runs bound to `ref`, inside an app context.
    """
    values = {"phone": data["phone"], "name": "店主", "hash": data["password_hash"], "now": now()}
    db.session.execute(_SEED, values)
    db.session.commit()
