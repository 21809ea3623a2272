"""Getting back in: an account unlocked, a link that sets a new password. The caller commits.

The link is the line of the audit log that says who made it, signed; nothing else of it is kept. It is good for a day,
as long as it is the newest such line about the account, nobody withdrew it, and the account is as it was then. So it
works once, and dies with the next link, the next password or the next role; and with the power of whoever made it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, TextClause, text

from core.clock import now
from core.crypto import derive, same
from core.db import db
from core.services import services
from core.staff import audit, people
from core.staff.domain import StaffFacts
from core.staff.errors import NoPasswordLink, NotLocked, PasswordLinkGone
from core.staff.service import hash_password
from core.staff.sessions import end_quietly
from tenants.context import current

LINK_LIFE = timedelta(days=1)

_LINK = re.compile(r"([0-9]{1,18})\.([A-Za-z0-9_-]{22})")
_MAC_BYTES = 16
_AS_IT_IS = (
    "left(encode(sha256(convert_to(concat_ws('/', s.password_hash, s.role, array_to_string(s.permissions_added, ','),"
    " array_to_string(s.permissions_removed, ',')), 'UTF8')), 'hex'), 16)"
)
_PRINT = text(f"SELECT {_AS_IT_IS} FROM staff s WHERE s.id = :id AND s.active")
_GOOD = f"""
    SELECT s.id, s.name, s.phone, m.name AS made_by, l.at
    FROM audit_log l JOIN staff s ON l.target = 'staff:' || s.id JOIN staff m ON l.actor = 'staff' AND m.id = l.actor_id
    WHERE l.action = 'staff.password_link' AND l.at > :since AND s.active AND m.active
      AND l.detail ->> 'print' = {_AS_IT_IS}
      AND NOT EXISTS (SELECT FROM audit_log n WHERE n.target = l.target AND n.id > l.id
                      AND n.action IN ('staff.password_link', 'staff.password_link.withdraw'))
      AND NOT EXISTS (SELECT FROM audit_log n WHERE n.target = 'staff:' || m.id AND n.id > l.id
                      AND n.action = 'staff.change' AND n.detail -> 'names' ?| CAST(:power AS text[]))
"""
_BY_LINE = text(f"{_GOOD} AND l.id = :line")
_BY_PERSON = text(f"{_GOOD} AND s.id = :id AND l.target = :target")
_HOLD = text("SELECT 1 FROM staff WHERE id = :id FOR UPDATE")
_SET = text("UPDATE staff SET password_hash = :hash, failed_logins = 0, locked_until = NULL WHERE id = :id")
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
    """A link with which somebody sets a new password; one that was made before is dead. Raises PasswordLinkGone for an
    account that is switched off, and what `people.check_over` does.
    """
    people.check_over(actor, staff_id)
    state, until = db.session.execute(_PRINT, {"id": staff_id}).scalar(), now() + LINK_LIFE
    if state is None:
        raise PasswordLinkGone
    line = audit.record("staff.password_link", f"staff:{staff_id}", expires_at=until, print=state)
    return PasswordLink(f"{line}.{_mac(line)}", until)


def standing_link(staff_id: int) -> Row | None:
    """The link that still works for somebody: made_by, at (good for LINK_LIFE from then); None when there is none."""
    return _good(_BY_PERSON, id=staff_id, target=f"staff:{staff_id}")


def withdraw_link(actor: StaffFacts, staff_id: int) -> None:
    """Kill it before its time; raises NoPasswordLink when none works any more, and what `people.check_over` does."""
    people.check_over(actor, staff_id)
    if standing_link(staff_id) is None:
        raise NoPasswordLink
    audit.record("staff.password_link.withdraw", f"staff:{staff_id}")


def look(token: str) -> Row:
    """Whose password the link sets: id, name, phone; raises PasswordLinkGone."""
    found = _LINK.fullmatch(token)
    if found is None or not same(_mac(int(found[1])), found[2]):
        raise PasswordLinkGone
    account = _good(_BY_LINE, line=int(found[1]))
    if account is None:
        raise PasswordLinkGone
    return account


def set_password(token: str, password: str) -> None:
    """Use the link up: the password is new, the account not locked, every session of it over. Raises PasswordLinkGone.

    Two-factor stays on: whoever has the link alone doesn't get in. Who withdraws the link holds the account's row too,
    so that it is looked at again when nobody else does.
    """
    hashed, account = hash_password(password), look(token)
    db.session.execute(_HOLD, {"id": account.id})
    look(token)
    db.session.execute(_SET, {"id": account.id, "hash": hashed})
    end_quietly(account.id)
    audit.record_as(account.id, "staff.password_reset", f"staff:{account.id}")


def _good(statement: TextClause, **which: Any) -> Row | None:
    values = {**which, "since": now() - LINK_LIFE, "power": sorted(people.POWER)}
    return db.session.execute(statement, values).first()


def _mac(line: int) -> str:
    key = derive(services().config.master_key, "staff-password-link")
    message = f"{current().key}/{line}".encode()
    return urlsafe_b64encode(hmac.new(key, message, hashlib.sha256).digest()[:_MAC_BYTES]).decode().rstrip("=")
