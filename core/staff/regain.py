"""Getting back in: an account unlocked, a link that sets a new password. The caller commits.

The link is signed, nothing of it is kept: it is good for a day, and only as long as the account is as it was when the
link was made. So it works once, and dies with the next password or the next role.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Row, text

from core.clock import now
from core.crypto import derive, same
from core.db import db
from core.services import services
from core.staff import audit, people
from core.staff.domain import StaffFacts
from core.staff.errors import NotLocked, PasswordLinkGone
from core.staff.service import hash_password
from core.staff.sessions import end_quietly
from tenants.context import current

LINK_LIFE = timedelta(days=1)

_LINK = re.compile(r"([0-9]{1,18})\.([0-9]{1,12})\.([A-Za-z0-9_-]{22})")
_MAC_BYTES = 16
_AS_IT_IS = (
    "encode(sha256(convert_to(concat_ws('/', password_hash, role, array_to_string(permissions_added, ','),"
    " array_to_string(permissions_removed, ',')), 'UTF8')), 'hex')"
)
_ACCOUNT = text(f"SELECT id, name, phone, {_AS_IT_IS} AS print FROM staff WHERE id = :id AND active")
_SET = text(
    f"""
    UPDATE staff SET password_hash = :hash, failed_logins = 0, locked_until = NULL
    WHERE id = :id AND active AND {_AS_IT_IS} = :print RETURNING id
    """
)
_UNLOCK = text(
    "UPDATE staff SET failed_logins = 0, locked_until = NULL WHERE id = :id AND locked_until > :now RETURNING id"
)


@dataclass(frozen=True, slots=True)
class PasswordLink:
    """`token` belongs into the link, which is good until `expires_at`."""

    token: str
    expires_at: datetime


def unlock(actor: StaffFacts, staff_id: int) -> None:
    """Let somebody try again who typed five wrong passwords; raises NotLocked, and what `people.check_over` does."""
    people.check_over(actor, staff_id)
    if db.session.execute(_UNLOCK, {"id": staff_id, "now": now()}).first() is None:
        raise NotLocked
    audit.record("staff.unlock", f"staff:{staff_id}")


def password_link(actor: StaffFacts, staff_id: int) -> PasswordLink:
    """A link with which somebody sets a new password; raises PasswordLinkGone for an account that is switched off, and
    what `people.check_over` does.
    """
    people.check_over(actor, staff_id)
    account = _account(staff_id)
    until = (now() + LINK_LIFE).replace(microsecond=0)
    audit.record("staff.password_link", f"staff:{staff_id}")
    return PasswordLink(f"{staff_id}.{int(until.timestamp())}.{_mac(account, int(until.timestamp()))}", until)


def look(token: str) -> Row:
    """Whose password the link sets: id, name, phone, print; raises PasswordLinkGone."""
    found = _LINK.fullmatch(token)
    if found is None or datetime.fromtimestamp(int(found[2]), UTC) <= now():
        raise PasswordLinkGone
    account = _account(int(found[1]))
    if not same(_mac(account, int(found[2])), found[3]):
        raise PasswordLinkGone
    return account


def set_password(token: str, password: str) -> None:
    """Use the link up: the password is new, the account not locked, every session of it over. Raises PasswordLinkGone.

    Two-factor stays on: whoever has the link alone doesn't get in.
    """
    account = look(token)
    values = {"id": account.id, "hash": hash_password(password), "print": account.print}
    if db.session.execute(_SET, values).first() is None:
        raise PasswordLinkGone
    end_quietly(account.id)
    audit.record_as(account.id, "staff.password_reset", f"staff:{account.id}")


def _account(staff_id: int) -> Row:
    account = db.session.execute(_ACCOUNT, {"id": staff_id}).first()
    if account is None:
        raise PasswordLinkGone
    return account


def _mac(account: Row, until: int) -> str:
    key = derive(services().config.master_key, "staff-password-link")
    message = f"{current().key}/{account.id}/{until}/{account.print}".encode()
    return urlsafe_b64encode(hmac.new(key, message, hashlib.sha256).digest()[:_MAC_BYTES]).decode().rstrip("=")
