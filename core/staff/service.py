"""Staff: logging in with phone and password (and a code, with two-factor on), and who holds a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from werkzeug.security import check_password_hash, generate_password_hash

from core.clock import now
from core.crypto import fingerprint, new_token, nobodys_password
from core.db import db
from core.errors import Unauthenticated
from core.host.registry import host
from core.staff import audit, device, lockout, twofactor
from core.staff.domain import PENDING_LIFE, StaffFacts
from core.staff.errors import PendingLoginGone, SessionExpired, WrongCode, WrongCredentials
from core.staff.sessions import LoggedIn, note_use, open_session
from tenants.context import TenantRef

_FIND = text(
    """
    SELECT s.id AS session_id, s.expires_at, s.revoked_at, s.seen_at, m.id, m.name, m.phone, m.role, m.active,
           m.permissions_added, m.permissions_removed,
           ARRAY(SELECT store_id FROM staff_store x WHERE x.staff_id = m.id) AS stores
    FROM staff_session s JOIN staff m ON m.id = s.staff_id WHERE s.token_hash = :hash
    """
)


def find_session(token: str, idle: timedelta | None = None) -> StaffFacts:
    """The staff member who holds `token`, with one statement; raises Unauthenticated (`bad_token`), SessionExpired.

    With `idle` (IDLE_LIFE for cookies) a session that was not used for so long has expired. Ask before anything else
    of the request: every five minutes the moment of use is kept, and committed.
    """
    row, moment = db.session.execute(_FIND, {"hash": fingerprint(token)}).first(), now()
    if row is None:
        raise Unauthenticated("登录凭证无效，请重新登录", code="bad_token")
    if row.revoked_at is not None or row.expires_at <= moment or not row.active:
        raise SessionExpired
    if idle is not None and row.seen_at + idle <= moment:
        raise SessionExpired
    note_use(row.session_id, row.seen_at, moment)
    return StaffFacts(
        row.id,
        row.name,
        row.phone,
        row.role,
        frozenset(row.stores) or None,
        row.session_id,
        host().permissions(),
        frozenset(row.permissions_added),
        frozenset(row.permissions_removed),
    )


@dataclass(frozen=True, slots=True)
class SecondFactorNeeded:
    """The password was right; `pending` is good for one login with a code, until `expires_at`."""

    pending: str
    staff_id: int
    expires_at: datetime


_ACCOUNT = text("SELECT id, password_hash, active, locked_until, totp_since FROM staff WHERE phone = :phone")
_STILL = "id = :id AND active AND password_hash = :hash AND (locked_until IS NULL OR locked_until <= :now)"
_PASSED = text(
    f"""
    UPDATE staff SET failed_logins = 0, locked_until = NULL
    WHERE {_STILL} AND totp_since IS NULL RETURNING id
    """
)
_WAIT = text(
    f"""
    INSERT INTO staff_pending_login (staff_id, token_hash, password_print, expires_at)
    SELECT id, :token, sha256(convert_to(password_hash, 'UTF8')), :until
    FROM staff WHERE {_STILL} AND totp_since IS NOT NULL RETURNING id
    """
)
_PENDING = text(
    """
    SELECT p.id AS pending_id, m.id, m.locked_until, m.totp_secret, m.totp_step
    FROM staff_pending_login p JOIN staff m ON m.id = p.staff_id
    WHERE p.token_hash = :token AND p.used_at IS NULL AND p.expires_at > :now AND m.active
      AND m.totp_since IS NOT NULL AND p.password_print = sha256(convert_to(m.password_hash, 'UTF8'))
    """
)
_TAKE = text("UPDATE staff_pending_login SET used_at = :now WHERE id = :id AND used_at IS NULL RETURNING id")
_REVOKE = text("UPDATE staff_session SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL")


def login(phone: str, password: str) -> LoggedIn | SecondFactorNeeded:
    """A session for the right password, or what `complete_login` takes where two-factor is on; raises
    WrongCredentials, AccountLocked.

    A failure is counted and committed here; after five the account is locked for fifteen minutes, the right password
    included. Success is committed by the caller. A right password alone does not forget failures where a code is due.
    """
    account = db.session.execute(_ACCOUNT, {"phone": phone}).first()
    moment = now()
    if account is not None:
        lockout.check(account.locked_until, moment)
    right = check_password_hash(account.password_hash if account else nobodys_password(), password)
    if account is None:
        raise WrongCredentials
    if not right:
        lockout.count_failure(account.id, moment)
        raise WrongCredentials
    return _wait_for_code(account, moment) if account.totp_since else _let_in(account, moment)


def _let_in(account: Row, moment: datetime) -> LoggedIn:
    passed = {"id": account.id, "hash": account.password_hash, "now": moment}
    if db.session.execute(_PASSED, passed).first() is None:
        raise WrongCredentials
    return _opened(account.id, moment)


def _wait_for_code(account: Row, moment: datetime) -> SecondFactorNeeded:
    pending, until = new_token(), moment + PENDING_LIFE
    values = {"id": account.id, "hash": account.password_hash, "now": moment}
    if db.session.execute(_WAIT, {**values, "token": fingerprint(pending), "until": until}).first() is None:
        raise WrongCredentials
    return SecondFactorNeeded(pending, account.id, until)


def complete_login(pending: str, code: str) -> LoggedIn:
    """The session of a pending login, for a code of the app or a recovery code; raises PendingLoginGone, WrongCode,
    AccountLocked.

    A wrong code counts like a wrong password and leaves the pending login as it was; success is committed by the caller.
    """
    moment = now()
    account = db.session.execute(_PENDING, {"token": fingerprint(pending), "now": moment}).first()
    if account is None:
        raise PendingLoginGone
    lockout.check(account.locked_until, moment)
    if not twofactor.accept(account, code, moment):
        lockout.count_failure(account.id, moment)
        raise WrongCode(field="code")
    if db.session.execute(_TAKE, {"id": account.pending_id, "now": moment}).first() is None:
        raise PendingLoginGone
    return _opened(account.id, moment, second_factor=True)


def _opened(staff_id: int, moment: datetime, **detail: Any) -> LoggedIn:
    audit.record_as(staff_id, "staff.login", f"staff:{staff_id}", device=device.of_request().user_agent, **detail)
    return open_session(staff_id, moment)


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
