"""Operators log in: password, then the code of their app where one is enrolled. Every function commits by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Row, text
from werkzeug.security import check_password_hash

from core import totp
from core.clock import now
from core.crypto import SecretUnreadable, fingerprint, new_token, nobodys_password
from core.db import db
from core.errors import Unauthenticated
from core.operator import log
from core.operator.domain import CODE_LIFE, IDLE_LIFE, LOCK_TIME, MAX_FAILED_LOGINS, SESSION_LIFE, OperatorFacts
from core.operator.errors import LoginLocked, OperatorSessionExpired, WrongLogin
from core.services import services
from tenants.db import PLATFORM

_PREFIX = "op_"

_ACCOUNT = text(
    "SELECT id, login, name, password_hash, active, locked_until, totp_secret, totp_confirmed, totp_step"
    " FROM platform.operator WHERE login = :login"
)
_FAILED = text(
    """
    UPDATE platform.operator SET
        failed_logins = CASE WHEN locked_until <= :now THEN 1 ELSE failed_logins + 1 END,
        locked_until = CASE WHEN locked_until <= :now THEN NULL
                            WHEN failed_logins + 1 >= :most THEN :until ELSE locked_until END
    WHERE id = :id
    """
)
_PASSED = text(
    """
    UPDATE platform.operator SET failed_logins = 0, locked_until = NULL, totp_step = :step
    WHERE id = :id AND active AND password_hash = :hash AND totp_step = :before
      AND (locked_until IS NULL OR locked_until <= :now) RETURNING id
    """
)
_OPEN = text(
    """
    INSERT INTO platform.operator_session (operator_id, token_hash, complete, created_at, seen_at, expires_at)
    VALUES (:operator, :hash, :complete, :now, :now, :until) RETURNING id
    """
)
_HALF = text(
    """
    SELECT s.id AS session_id, o.id, o.login, o.name, o.password_hash, o.active, o.locked_until, o.totp_secret,
           o.totp_confirmed, o.totp_step
    FROM platform.operator_session s JOIN platform.operator o ON o.id = s.operator_id
    WHERE s.token_hash = :hash AND NOT s.complete AND s.revoked_at IS NULL AND s.expires_at > :now
    """
)
_COMPLETE = text(
    """
    UPDATE platform.operator_session SET complete = true, token_hash = :new, created_at = :now, seen_at = :now,
        expires_at = :until
    WHERE id = :id AND NOT complete AND revoked_at IS NULL AND expires_at > :now RETURNING id
    """
)
# One statement finds the session and moves its idle time on; a fresh `seen_at` is left alone to spare the write.
_SEEN = text(
    """
    WITH found AS (
        SELECT s.id, s.seen_at, s.expires_at, s.revoked_at, o.id AS operator_id, o.login, o.name, o.active,
               o.totp_confirmed
        FROM platform.operator_session s JOIN platform.operator o ON o.id = s.operator_id
        WHERE s.token_hash = :hash AND s.complete
    ), seen AS (
        UPDATE platform.operator_session s SET seen_at = :now FROM found
        WHERE s.id = found.id AND found.seen_at <= :stale AND found.seen_at > :idle
          AND found.revoked_at IS NULL AND found.expires_at > :now
    )
    SELECT * FROM found
    """
)
_REVOKE = text("UPDATE platform.operator_session SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL")
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class OperatorLogin:
    """`needs_code`: the token is good for `complete_login` only, and for five minutes."""

    token: str
    needs_code: bool
    expires_at: datetime


def login(name: str, password: str) -> OperatorLogin:
    """A session for the right password, or half of one where a second factor is enrolled.

    Raises WrongLogin, LoginLocked. After five failures the account is locked for fifteen minutes, whatever is entered.
    """
    with db.engines[PLATFORM].connect() as connection:
        account = connection.execute(_ACCOUNT, {"login": name}).first()
    right = check_password_hash(account.password_hash if account else nobodys_password(), password)
    if account is None:
        raise WrongLogin
    moment = now()
    _check_not_locked(account, moment)
    if not right or not account.active:
        _fail(account, moment)
    with db.engines[PLATFORM].begin() as connection:
        if not account.totp_confirmed:
            _pass(connection, account, account.totp_step, moment)
            log.record(connection, _facts(account, 0), "operator.login")
        return _open(connection, account, moment)


def complete_login(token: str, code: str) -> OperatorLogin:
    """The second factor: a session of its own token for the half one and the app's code, each code once.

    Raises OperatorSessionExpired for an unknown, used or old `token`; WrongLogin, LoginLocked.
    """
    moment = now()
    with db.engines[PLATFORM].connect() as connection:
        account = connection.execute(_HALF, {"hash": fingerprint(token), "now": moment}).first()
    if account is None:
        raise OperatorSessionExpired
    _check_not_locked(account, moment)
    step = _matching_step(account, code, moment)
    if step is None or not account.active:
        _fail(account, moment)
    fresh, until = _new_token(), moment + SESSION_LIFE
    values = {"id": account.session_id, "new": fingerprint(fresh), "now": moment, "until": until}
    with db.engines[PLATFORM].begin() as connection:
        _pass(connection, account, step, moment)
        if connection.execute(_COMPLETE, values).first() is None:
            raise OperatorSessionExpired
        log.record(connection, _facts(account, account.session_id), "operator.login")
    return OperatorLogin(fresh, False, until)


def find_session(token: str) -> OperatorFacts:
    """Who holds `token`; raises Unauthenticated (`bad_token`), OperatorSessionExpired (also after two idle hours)."""
    moment = now()
    if not token.startswith(_PREFIX):
        raise Unauthenticated("登录凭证无效，请重新登录", code="bad_token")
    idle = moment - IDLE_LIFE
    values = {"hash": fingerprint(token), "now": moment, "idle": idle, "stale": moment - _SEEN_EVERY}
    with db.engines[PLATFORM].begin() as connection:
        row = connection.execute(_SEEN, values).first()
    if row is None:
        raise Unauthenticated("登录凭证无效，请重新登录", code="bad_token")
    if row.revoked_at is not None or row.expires_at <= moment or row.seen_at <= idle or not row.active:
        raise OperatorSessionExpired
    return OperatorFacts(row.operator_id, row.login, row.name, row.totp_confirmed, row.id)


def logout(who: OperatorFacts) -> None:
    """End this session."""
    with db.engines[PLATFORM].begin() as connection:
        connection.execute(_REVOKE, {"id": who.session_id, "now": now()})
        log.record(connection, who, "operator.logout")


def totp_place(operator_id: int) -> str:
    """What a sealed second factor is bound to."""
    return f"platform/operator/{operator_id}/totp"


def _check_not_locked(account: Row, moment: datetime) -> None:
    if account.locked_until is not None and account.locked_until > moment:
        raise LoginLocked(locked_until=account.locked_until)


def _fail(account: Row, moment: datetime) -> None:
    values = {"id": account.id, "now": moment, "most": MAX_FAILED_LOGINS, "until": moment + LOCK_TIME}
    with db.engines[PLATFORM].begin() as connection:
        connection.execute(_FAILED, values)
    raise WrongLogin


def _pass(connection: Connection, account: Row, step: int, moment: datetime) -> None:
    """Whoever was faster with the same code, or locked or changed the account meanwhile, wins."""
    values = {"id": account.id, "hash": account.password_hash, "step": step, "before": account.totp_step, "now": moment}
    if connection.execute(_PASSED, values).first() is None:
        raise WrongLogin


def _open(connection: Connection, account: Row, moment: datetime) -> OperatorLogin:
    token, half = _new_token(), account.totp_confirmed
    until = moment + (CODE_LIFE if half else SESSION_LIFE)
    values = {"operator": account.id, "hash": fingerprint(token), "complete": not half, "now": moment, "until": until}
    connection.execute(_OPEN, values)
    return OperatorLogin(token, half, until)


def _matching_step(account: Row, code: str, moment: datetime) -> int | None:
    try:
        secret = services().vault.open(account.totp_secret, totp_place(account.id))
    except SecretUnreadable:
        return None
    return totp.matching_step(secret, code, moment, account.totp_step)


def _facts(account: Row, session_id: int) -> OperatorFacts:
    return OperatorFacts(account.id, account.login, account.name, account.totp_confirmed, session_id)


def _new_token() -> str:
    return _PREFIX + new_token(32)
