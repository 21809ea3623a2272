"""Operators' accounts: made and mended by other operators or on the command line, the own one by whoever is logged in.

`who` is None on the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, RowMapping, text
from werkzeug.security import check_password_hash, generate_password_hash

from core import totp
from core.clock import now
from core.db import db
from core.operator import domain, log
from core.operator.domain import OperatorFacts
from core.operator.errors import LoginTaken, OperatorNotFound, OwnAccount, WrongCode, WrongPassword
from core.operator.service import totp_place
from core.services import services
from tenants.db import PLATFORM

ISSUER = "Jishi"

_LIST = text(
    """
    SELECT id, login, name, active, totp_confirmed AS totp, locked_until, created_at,
           (SELECT max(s.seen_at) FROM platform.operator_session s WHERE s.operator_id = o.id AND s.complete) AS seen_at
    FROM platform.operator o WHERE login > :after ORDER BY login LIMIT :limit
    """
)
_CREATE = text(
    "INSERT INTO platform.operator (login, name, password_hash, created_at) VALUES (:login, :name, :hash, :now)"
    " ON CONFLICT (login) DO NOTHING RETURNING id"
)
_PASSWORD = text(
    "UPDATE platform.operator SET password_hash = :hash, failed_logins = 0, locked_until = NULL"
    " WHERE login = :login RETURNING id"
)
_ACTIVE = text("UPDATE platform.operator SET active = :active WHERE login = :login RETURNING id")
_NO_TOTP = text(
    "UPDATE platform.operator SET totp_secret = NULL, totp_confirmed = false WHERE login = :login RETURNING id"
)
_END_SESSIONS = text(
    """
    WITH support AS (
        UPDATE platform.support_entry SET ended_at = :now
        WHERE operator_id = :id AND ended_at IS NULL AND expires_at > :now
    )
    UPDATE platform.operator_session SET revoked_at = :now WHERE operator_id = :id AND revoked_at IS NULL
    """
)
_OWN_HASH = text("SELECT password_hash FROM platform.operator WHERE id = :id")
_OWN_PASSWORD = text(
    """
    WITH others AS (
        UPDATE platform.operator_session SET revoked_at = :now
        WHERE operator_id = :id AND id <> :session AND revoked_at IS NULL
    )
    UPDATE platform.operator SET password_hash = :hash WHERE id = :id AND password_hash = :before RETURNING id
    """
)
_NAME = text("SELECT name FROM platform.operator WHERE login = :login")
_ENROL = text(
    "UPDATE platform.operator SET totp_secret = :secret WHERE id = :id AND NOT totp_confirmed RETURNING id"
)
_ENROLLED = text("SELECT totp_secret, totp_step FROM platform.operator WHERE id = :id AND NOT totp_confirmed")
_CONFIRM = text(
    "UPDATE platform.operator SET totp_confirmed = true, totp_step = :step"
    " WHERE id = :id AND totp_secret = :secret AND NOT totp_confirmed RETURNING id"
)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs: the secret to type, or the URI for a QR code (`core.totp.qr_svg`)."""

    secret: str
    uri: str


def everybody(after: str = "", limit: int = 1000) -> Sequence[RowMapping]:
    """Operators by login, behind the login `after`."""
    with db.engines[PLATFORM].connect() as connection:
        return connection.execute(_LIST, {"after": after, "limit": limit}).mappings().all()


def name_of(login: str) -> str:
    """The name of the operator who logs in so; raises OperatorNotFound."""
    with db.engines[PLATFORM].connect() as connection:
        name = connection.execute(_NAME, {"login": login}).scalar()
    if name is None:
        raise _nobody(login)
    return name


def create(login: str, name: str, password: str, who: OperatorFacts | None = None) -> int:
    """A new account; returns its id. Raises OperatorInvalid, LoginTaken."""
    values = {
        "login": domain.checked_login(login),
        "name": domain.checked_name(name),
        "hash": generate_password_hash(domain.checked_password(password)),
        "now": now(),
    }
    with db.engines[PLATFORM].begin() as connection:
        operator_id = connection.execute(_CREATE, values).scalar()
        if operator_id is None:
            raise LoginTaken(f"登录名 {login} 已被使用", field="login")
        log.record(connection, who, "operator.create", login=login)
    return operator_id


def set_password(login: str, password: str, who: OperatorFacts | None = None) -> None:
    """A new password; it unlocks, and ends every session. Raises OperatorInvalid, OperatorNotFound, OwnAccount."""
    hashed = generate_password_hash(domain.checked_password(password))
    _change(_PASSWORD, "operator.password", login, who, hash=hashed)


def disable(login: str, who: OperatorFacts | None = None) -> None:
    """Switch an account off, which ends its sessions and its visits in shops. Raises OperatorNotFound, OwnAccount."""
    _change(_ACTIVE, "operator.disable", login, who, active=False)


def enable(login: str, who: OperatorFacts | None = None) -> None:
    """Switch an account on again. Raises OperatorNotFound, OwnAccount."""
    _change(_ACTIVE, "operator.enable", login, who, active=True)


def remove_totp(login: str, who: OperatorFacts | None = None) -> None:
    """Forget the second factor of somebody who lost it. Raises OperatorNotFound, OwnAccount."""
    _change(_NO_TOTP, "operator.totp_removed", login, who)


def change_own_password(who: OperatorFacts, old: str, new: str) -> None:
    """By the old one; the other sessions end. Raises WrongPassword, OperatorInvalid."""
    with db.engines[PLATFORM].connect() as connection:
        before = connection.execute(_OWN_HASH, {"id": who.id}).scalar_one()
    if not check_password_hash(before, old):
        raise WrongPassword(field="old")
    values = {"id": who.id, "session": who.session_id, "before": before, "now": now()}
    hashed = generate_password_hash(domain.checked_password(new))
    with db.engines[PLATFORM].begin() as connection:
        if connection.execute(_OWN_PASSWORD, {**values, "hash": hashed}).first() is None:
            raise WrongPassword(field="old")
        log.record(connection, who, "operator.own_password")


def enrol(who: OperatorFacts) -> Enrolment:
    """Begin with the second factor; it counts from `confirm` on. Raises OperatorNotFound when it is on already."""
    secret = totp.new_secret()
    sealed = services().vault.seal(secret, totp_place(who.id))
    with db.engines[PLATFORM].begin() as connection:
        if connection.execute(_ENROL, {"id": who.id, "secret": sealed}).first() is None:
            raise OperatorNotFound("动态验证码已启用")
    return Enrolment(secret, totp.provisioning_uri(secret, who.login, ISSUER))


def enrolment(who: OperatorFacts) -> Enrolment | None:
    """What was begun and not confirmed yet; None when there is no such thing."""
    with db.engines[PLATFORM].connect() as connection:
        row = connection.execute(_ENROLLED, {"id": who.id}).first()
    if row is None or row.totp_secret is None:
        return None
    secret = services().vault.open(row.totp_secret, totp_place(who.id))
    return Enrolment(secret, totp.provisioning_uri(secret, who.login, ISSUER))


def confirm(who: OperatorFacts, code: str) -> None:
    """Switch the second factor on with a first code of the app; raises WrongCode."""
    with db.engines[PLATFORM].begin() as connection:
        row = connection.execute(_ENROLLED, {"id": who.id}).first()
        if row is None or row.totp_secret is None:
            raise WrongCode(field="code")
        secret = services().vault.open(row.totp_secret, totp_place(who.id))
        step = totp.matching_step(secret, code, now(), row.totp_step)
        values = {"id": who.id, "secret": row.totp_secret, "step": step}
        if step is None or connection.execute(_CONFIRM, values).first() is None:
            raise WrongCode(field="code")
        log.record(connection, who, "operator.totp")


def _change(statement: object, action: str, login: str, who: OperatorFacts | None, **values: object) -> None:
    if who is not None and who.login == login:
        raise OwnAccount
    with db.engines[PLATFORM].begin() as connection:
        operator_id = connection.execute(statement, {"login": login, **values}).scalar()
        if operator_id is None:
            raise _nobody(login)
        _end_sessions(connection, operator_id)
        log.record(connection, who, action, login=login)


def _nobody(login: str) -> OperatorNotFound:
    return OperatorNotFound(f"没有登录名为 {login} 的运营账号")


def _end_sessions(connection: Connection, operator_id: int) -> None:
    connection.execute(_END_SESSIONS, {"id": operator_id, "now": now()})
