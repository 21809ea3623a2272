"""Two-factor login (两步验证): binding an app, codes that work once, recovery codes. The caller commits.

The secret is sealed for the tenant and the person. A code is accepted by one conditional UPDATE that moves `totp_step`
on, so of two logins with the same code one fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, RowMapping, text
from werkzeug.security import check_password_hash

from core import totp
from core.clock import now
from core.db import db
from core.services import seal, unseal
from core.staff import audit, lockout
from core.staff.errors import EnrolmentMissing, StaffNotFound, TwoFactorOff, TwoFactorOn, WrongCode, WrongCredentials
from tenants.context import current

_STATE = text(
    """
    SELECT m.totp_since IS NOT NULL AS enabled, m.totp_since AS since,
           m.totp_secret IS NOT NULL AND m.totp_since IS NULL AS enrolling,
           (SELECT count(*) FROM staff_recovery_code c WHERE c.staff_id = m.id AND c.used_at IS NULL) AS codes_left
    FROM staff m WHERE m.id = :id
    """
)
_ENROL = text(
    "UPDATE staff SET totp_secret = :sealed, totp_step = 0 WHERE id = :id AND totp_since IS NULL RETURNING phone"
)
_ENROLLING = text(
    "SELECT phone, totp_secret FROM staff WHERE id = :id AND totp_since IS NULL AND totp_secret IS NOT NULL"
)
_CONFIRM = text(
    """
    UPDATE staff SET totp_since = :now, totp_step = :step
    WHERE id = :id AND totp_since IS NULL AND totp_secret = :sealed RETURNING id
    """
)
_ACCOUNT = text("SELECT id, password_hash, locked_until, totp_since, totp_secret, totp_step FROM staff WHERE id = :id")
_OPEN_AGAIN = """
    UPDATE staff SET failed_logins = 0, locked_until = NULL {more}
    WHERE id = :id AND active AND totp_since IS NOT NULL AND (locked_until IS NULL OR locked_until <= :now) {unless}
    RETURNING id
"""
_TAKE_STEP = text(
    _OPEN_AGAIN.format(more=", totp_step = :step", unless="AND totp_secret = :sealed AND totp_step < :step")
)
_TAKE_RECOVERY = text(
    "WITH used AS (UPDATE staff_recovery_code SET used_at = :now"
    " WHERE staff_id = :id AND code_hash = :print AND used_at IS NULL RETURNING staff_id)"
    + _OPEN_AGAIN.format(more="", unless="AND EXISTS (SELECT 1 FROM used)")
)
_NEW_CODES = text(
    """
    WITH gone AS (DELETE FROM staff_recovery_code WHERE staff_id = :id)
    INSERT INTO staff_recovery_code (staff_id, code_hash) SELECT :id, unnest(CAST(:prints AS bytea[]))
    """
)
_OFF = text(
    """
    WITH codes AS (DELETE FROM staff_recovery_code WHERE staff_id = :id),
    waiting AS (DELETE FROM staff_pending_login WHERE staff_id = :id)
    UPDATE staff SET totp_secret = NULL, totp_since = NULL, totp_step = 0
    WHERE id = :id AND totp_since IS NOT NULL RETURNING id
    """
)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the person scans or types into the app; `qr_svg` is an `<svg>` element."""

    secret: str
    uri: str
    qr_svg: str


def state(staff_id: int) -> RowMapping:
    """enabled, since (instant or None), enrolling (secret shown, not confirmed yet), codes_left; raises StaffNotFound."""
    row = db.session.execute(_STATE, {"id": staff_id}).mappings().first()
    if row is None:
        raise StaffNotFound
    return row


def enrol(staff_id: int) -> Enrolment:
    """A new secret, which counts once `confirm` gets a code made from it; raises TwoFactorOn."""
    secret = totp.new_secret()
    values = {"id": staff_id, "sealed": seal(secret, _place(staff_id))}
    phone = db.session.execute(_ENROL, values).scalar()
    if phone is None:
        raise TwoFactorOn
    audit.record("staff.two_factor.enrol", f"staff:{staff_id}")
    return _enrolment(secret, phone)


def enrolment(staff_id: int) -> Enrolment:
    """The secret that waits for its first code once more, for a page that is drawn again; raises EnrolmentMissing."""
    row = _enrolling(staff_id)
    return _enrolment(unseal(row.totp_secret, _place(staff_id)), row.phone)


def _enrolment(secret: str, phone: str) -> Enrolment:
    uri = totp.provisioning_uri(secret, phone, current().name)
    return Enrolment(secret, uri, totp.qr_svg(uri))


def _enrolling(staff_id: int) -> Row:
    row = db.session.execute(_ENROLLING, {"id": staff_id}).first()
    if row is None:
        raise EnrolmentMissing
    return row


def confirm(staff_id: int, code: str) -> Sequence[str]:
    """Switch on, from the first code; returns the recovery codes, which nobody can show again.

    Raises EnrolmentMissing, WrongCode (422).
    """
    moment, row = now(), _enrolling(staff_id)
    step = totp.matching_step(unseal(row.totp_secret, _place(staff_id)), code, moment, 0)
    if step is None:
        raise WrongCode(status=422, field="code")
    values = {"id": staff_id, "now": moment, "step": step, "sealed": row.totp_secret}
    if db.session.execute(_CONFIRM, values).first() is None:
        raise EnrolmentMissing
    audit.record("staff.two_factor.on", f"staff:{staff_id}")
    return _new_codes(staff_id)


def renew_recovery_codes(staff_id: int, code: str) -> Sequence[str]:
    """New recovery codes instead of the old ones, for a code; raises TwoFactorOff, WrongCode (422), AccountLocked."""
    _check_code(_account(staff_id), code)
    audit.record("staff.two_factor.codes", f"staff:{staff_id}")
    return _new_codes(staff_id)


def turn_off(staff_id: int, password: str, code: str) -> None:
    """Log in with the password alone from now on; raises TwoFactorOff, WrongCredentials (422), WrongCode (422),
    AccountLocked. Wrong ones count as failed logins.
    """
    account = _account(staff_id)
    if not check_password_hash(account.password_hash, password):
        lockout.count_failure(staff_id, now())
        raise WrongCredentials("密码不正确", status=422, field="password")
    _check_code(account, code)
    clear(staff_id)
    audit.record("staff.two_factor.off", f"staff:{staff_id}")


def clear(staff_id: int) -> None:
    """Forget the person's secret and codes; raises TwoFactorOff."""
    if db.session.execute(_OFF, {"id": staff_id}).first() is None:
        raise TwoFactorOff


def _account(staff_id: int) -> Row:
    account = db.session.execute(_ACCOUNT, {"id": staff_id}).one()
    if account.totp_since is None:
        raise TwoFactorOff
    lockout.check(account.locked_until, now())
    return account


def _check_code(account: Row, code: str) -> None:
    if not accept(account, code, now()):
        lockout.count_failure(account.id, now())
        raise WrongCode(status=422, field="code")


def accept(account: Row, code: str, moment: datetime) -> bool:
    """Use up `code` of the app or of the recovery codes, and forget earlier failures; False for a wrong or used one.

    `account` has id, totp_secret and totp_step; it must have two-factor on, be active and not locked.
    """
    step = totp.matching_step(unseal(account.totp_secret, _place(account.id)), code, moment, account.totp_step)
    if step is not None:
        values = {"id": account.id, "now": moment, "step": step, "sealed": account.totp_secret}
        return db.session.execute(_TAKE_STEP, values).first() is not None
    values = {"id": account.id, "now": moment, "print": totp.recovery_print(code)}
    if db.session.execute(_TAKE_RECOVERY, values).first() is None:
        return False
    audit.record_as(account.id, "staff.two_factor.recovery", f"staff:{account.id}")
    return True


def _new_codes(staff_id: int) -> Sequence[str]:
    codes = totp.new_recovery_codes()
    db.session.execute(_NEW_CODES, {"id": staff_id, "prints": [totp.recovery_print(code) for code in codes]})
    return codes


def _place(staff_id: int) -> str:
    return f"staff/{staff_id}/totp"
