"""Inviting people to work for the shop (邀请员工): a link that is good once, for three days. The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, RowMapping, text

from core.clock import now
from core.crypto import fingerprint, new_token
from core.db import db
from core.limits import service as limits
from core.staff import audit, people, powers
from core.staff.domain import INVITATION_LIFE, Grants, StaffFacts
from core.staff.errors import AlreadyInvited, InvitationGone, InvitationNotFound, PhoneTaken, UnknownStores
from core.staff.sessions import LoggedIn, open_session

_OPEN = "used_at IS NULL AND revoked_at IS NULL"
_STORES_MISSING = text(
    "SELECT 1 FROM unnest(CAST(:stores AS bigint[])) AS w(id) LEFT JOIN store s USING (id) WHERE s.id IS NULL LIMIT 1"
)
_INVITE = text(
    f"""
    INSERT INTO staff_invitation AS i (phone, name, role, store_ids, token_hash, invited_by, created_at, expires_at)
    SELECT :phone, :name, :role, CAST(:stores AS bigint[]), :token, :by, :now, :until
    WHERE NOT EXISTS (SELECT 1 FROM staff WHERE phone = :phone)
    ON CONFLICT (phone) WHERE {_OPEN} DO UPDATE SET
        name = excluded.name, role = excluded.role, store_ids = excluded.store_ids, token_hash = excluded.token_hash,
        invited_by = excluded.invited_by, created_at = excluded.created_at, expires_at = excluded.expires_at
    WHERE i.expires_at <= :now
    RETURNING id
    """
)
_TAKEN = text("SELECT 1 FROM staff WHERE phone = :phone")
_LIST = f"""
    SELECT i.id, i.phone, i.name, i.role, i.store_ids, i.created_at, i.expires_at, i.expires_at <= :now AS expired,
           s.name AS invited_by_name
    FROM staff_invitation i LEFT JOIN staff s ON s.id = i.invited_by
    WHERE {_OPEN}
"""
_PAGE = text(_LIST + " AND (CAST(:before AS bigint) IS NULL OR i.id < :before) ORDER BY i.id DESC LIMIT :limit")
_ONE = text(_LIST + " AND i.id = :id")
_LOCK = text(f"SELECT role, store_ids FROM staff_invitation WHERE id = :id AND {_OPEN} FOR UPDATE")
_RENEW = text(
    f"""
    UPDATE staff_invitation SET token_hash = :token, expires_at = :until, invited_by = :by
    WHERE id = :id AND {_OPEN} RETURNING id
    """
)
_REVOKE = text(f"UPDATE staff_invitation SET revoked_at = :now WHERE id = :id AND {_OPEN} RETURNING id")
_LOOK = text(
    f"""
    SELECT phone, name, role, store_ids, expires_at FROM staff_invitation
    WHERE token_hash = :token AND expires_at > :now AND {_OPEN}
    """
)
_TAKE = text(
    f"""
    UPDATE staff_invitation SET used_at = :now WHERE token_hash = :token AND expires_at > :now AND {_OPEN}
    RETURNING id, phone, role, store_ids
    """
)


@dataclass(frozen=True, slots=True)
class Invited:
    """`token` belongs into the link; only its fingerprint is kept, so nobody can show it again."""

    id: int
    token: str
    expires_at: datetime


def invite(actor: StaffFacts, data: dict[str, Any]) -> Invited:
    """Invite by phone, name, role and store_ids (empty: every store) of InvitationInSchema.

    Raises PhoneTaken, AlreadyInvited, UnknownStores; AboveOwnRole, NotOwnToGive, OtherStore for more than `actor` has.
    An invitation for the phone that has expired is replaced.
    """
    _check(actor, data["role"], data["store_ids"])
    if db.session.execute(_STORES_MISSING, {"stores": data["store_ids"]}).first() is not None:
        raise UnknownStores(field="store_ids")
    fresh, moment = new_token(), now()
    values = {name: data[name] for name in ("phone", "name", "role")}
    values |= {"stores": data["store_ids"], "by": actor.id, "token": fingerprint(fresh), "now": moment}
    values["until"] = moment + INVITATION_LIFE
    invitation_id = db.session.execute(_INVITE, values).scalar()
    if invitation_id is None:
        _refuse(data["phone"])
    audit.record("staff.invite", f"invitation:{invitation_id}", role=data["role"])
    return Invited(invitation_id, fresh, values["until"])


def _refuse(phone: str) -> None:
    taken = db.session.execute(_TAKEN, {"phone": phone}).first() is not None
    raise (PhoneTaken if taken else AlreadyInvited)(field="phone")


def _check(actor: StaffFacts, role: str, store_ids: Sequence[int]) -> None:
    powers.check_grants(actor, Grants(role))
    powers.check_scope(actor, store_ids)


def pending(limit: int, before: int | None = None) -> Sequence[RowMapping]:
    """Invitations that nobody accepted or withdrew, the newest first, of a smaller id than `before`: id, phone, name,
    role, store_ids, created_at, expires_at, expired, invited_by_name.
    """
    return db.session.execute(_PAGE, {"now": now(), "limit": limit, "before": before}).mappings().all()


def find(invitation_id: int) -> RowMapping:
    """One of them; raises InvitationNotFound."""
    row = db.session.execute(_ONE, {"now": now(), "id": invitation_id}).mappings().first()
    if row is None:
        raise InvitationNotFound
    return row


def resend(actor: StaffFacts, invitation_id: int) -> Invited:
    """A new link that is good for three days; the old one is dead. Raises what `invite` does for the same powers."""
    _locked(actor, invitation_id)
    fresh, until = new_token(), now() + INVITATION_LIFE
    values = {"id": invitation_id, "token": fingerprint(fresh), "until": until, "by": actor.id}
    db.session.execute(_RENEW, values)
    audit.record("staff.invite.resend", f"invitation:{invitation_id}")
    return Invited(invitation_id, fresh, until)


def revoke(actor: StaffFacts, invitation_id: int) -> None:
    """Withdraw an invitation; raises InvitationNotFound, and what `invite` does for the same powers."""
    _locked(actor, invitation_id)
    db.session.execute(_REVOKE, {"id": invitation_id, "now": now()})
    audit.record("staff.invite.revoke", f"invitation:{invitation_id}")


def _locked(actor: StaffFacts, invitation_id: int) -> Row:
    row = db.session.execute(_LOCK, {"id": invitation_id}).first()
    if row is None:
        raise InvitationNotFound
    _check(actor, row.role, row.store_ids)
    return row


def look(token: str) -> RowMapping:
    """What a link offers: phone, name, role, store_ids, expires_at; raises InvitationGone."""
    row = db.session.execute(_LOOK, {"token": fingerprint(token), "now": now()}).mappings().first()
    if row is None:
        raise InvitationGone
    return row


def accept(token: str, name: str, password: str) -> LoggedIn:
    """Use the link up: the account is made and logged in. Raises InvitationGone, PlanLimit, PhoneTaken, UnknownStores.

    The plan's turn is taken before the invitation's row, as everywhere: two locks in two orders wait for each other.
    """
    look(token)
    limits.check_staff()
    moment = now()
    taken = db.session.execute(_TAKE, {"token": fingerprint(token), "now": moment}).first()
    if taken is None:
        raise InvitationGone
    data = {"phone": taken.phone, "role": taken.role, "name": name, "password": password}
    staff_id = people.insert(data, taken.store_ids)
    audit.record_as(staff_id, "staff.invite.accept", f"invitation:{taken.id}", staff=str(staff_id), role=taken.role)
    return open_session(staff_id, moment)
