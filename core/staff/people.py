"""Who works for the shop: making and changing accounts. The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, text
from werkzeug.security import check_password_hash

from core.clock import now
from core.db import db
from core.editing.stale import stale
from core.limits import service as limits
from core.staff import audit, lockout, powers, roster, twofactor
from core.staff.domain import Grants, StaffFacts
from core.staff.errors import LastOwner, PhoneTaken, StaffNotFound, UnknownStores, WrongCredentials
from core.staff.service import hash_password
from core.staff.sessions import end_all, end_quietly

_CREATE = text(
    """
    INSERT INTO staff (phone, name, password_hash, role, active, created_at)
    VALUES (:phone, :name, :hash, :role, true, :now) ON CONFLICT (phone) DO NOTHING RETURNING id
    """
)
_CHANGE = text(
    """
    UPDATE staff SET name = coalesce(:name, name), role = :role, active = coalesce(:active, active),
        password_hash = coalesce(:hash, password_hash),
        failed_logins = CASE WHEN CAST(:hash AS text) IS NULL THEN failed_logins ELSE 0 END,
        locked_until = CASE WHEN CAST(:hash AS text) IS NULL THEN locked_until END,
        permissions_added = CAST(:added AS text[]), permissions_removed = CAST(:removed AS text[])
    WHERE id = :id
    """
)
_LOCK = text(
    """
    SELECT id, role, permissions_added, permissions_removed FROM staff
    WHERE role = 'owner' OR id = :id ORDER BY id FOR UPDATE
    """
)
_OWNERS_LEFT = text("SELECT count(*) FROM staff WHERE role = 'owner' AND active")
_STORES = text(
    """
    WITH wanted AS (SELECT DISTINCT unnest(CAST(:stores AS bigint[])) AS id),
    gone AS (
        DELETE FROM staff_store WHERE staff_id = :staff AND NOT store_id IN (SELECT id FROM wanted)
    ), added AS (
        INSERT INTO staff_store (staff_id, store_id) SELECT :staff, s.id FROM store s JOIN wanted USING (id)
        ON CONFLICT DO NOTHING
    )
    SELECT count(*) FROM wanted LEFT JOIN store s USING (id) WHERE s.id IS NULL
    """
)
_REVOKE_INVITATIONS = text(
    "UPDATE staff_invitation SET revoked_at = :now WHERE invited_by = :staff AND used_at IS NULL AND revoked_at IS NULL"
)
_RENAME = text("UPDATE staff SET name = :name WHERE id = :id")
_PASSWORD = text("SELECT password_hash, locked_until FROM staff WHERE id = :id")
_SET_PASSWORD = text(
    """
    UPDATE staff SET password_hash = :hash, failed_logins = 0, locked_until = NULL
    WHERE id = :id AND password_hash = :old RETURNING id
    """
)
POWER = {"role", "active", "store_ids", "permissions_added", "permissions_removed"}


def create(actor: StaffFacts, data: dict[str, Any]) -> RowMapping:
    """A new account from StaffInSchema; raises PhoneTaken, UnknownStores, OtherStore, AboveOwnRole, NotOwnToGive."""
    actor.check_every_store()
    powers.check_grants(actor, Grants(data["role"]))
    staff_id = insert(data, data["store_ids"])
    audit.record("staff.create", f"staff:{staff_id}", role=data["role"])
    return roster.find(staff_id)


def insert(data: dict[str, Any], store_ids: Sequence[int]) -> int:
    """An account without asking who makes it (phone, name, role, password); raises PlanLimit, PhoneTaken, UnknownStores."""
    limits.check_staff()
    values = {name: data[name] for name in ("phone", "name", "role")}
    values |= {"hash": hash_password(data["password"]), "now": now()}
    staff_id = db.session.execute(_CREATE, values).scalar()
    if staff_id is None:
        raise PhoneTaken(field="phone")
    _set_stores(staff_id, store_ids)
    return staff_id


def change(actor: StaffFacts, staff_id: int, data: dict[str, Any], seen: str | None = None) -> RowMapping:
    """Change an account by StaffChangeSchema; a new password, a new role or `active: false` ends its sessions.

    `seen` is the `roster.version` that the editor saw (None: don't ask). Raises StaleEdit, StaffNotFound, LastOwner,
    UnknownStores, OtherStore; AboveOwnRole, NotOwnToGive for what isn't `actor`'s to do; UnknownPermission,
    OwnerNotReduced. Owners are locked in id order, so that two changes at once can't leave the shop without one.
    """
    actor.check_every_store()
    before = _locked(staff_id)
    _check_fresh(staff_id, seen)
    after = _checked(actor, before, data)
    if "password" in data and actor.id != staff_id:
        powers.check_reach(actor, before)
    if data.get("active"):
        limits.check_staff(waking=staff_id)
    _update(staff_id, after, data)
    if POWER & data.keys():
        db.session.execute(_REVOKE_INVITATIONS, {"staff": staff_id, "now": now()})
    if {"password", "role"} & data.keys() or data.get("active") is False:
        end_quietly(staff_id)
    audit.record("staff.change", f"staff:{staff_id}", names=sorted(data), **_told(before, after))
    return roster.find(staff_id)


def _locked(staff_id: int) -> Grants:
    row = next((row for row in db.session.execute(_LOCK, {"id": staff_id}) if row.id == staff_id), None)
    if row is None:
        raise StaffNotFound
    return Grants(row.role, frozenset(row.permissions_added), frozenset(row.permissions_removed))


def _check_fresh(staff_id: int, seen: str | None) -> None:
    if seen is None:
        return
    row = roster.find(staff_id)
    if roster.version(row) != seen:
        values = {name: row[name] for name in roster.EDITED} | {"version": roster.version(row)}
        raise stale(f"staff:{staff_id}", values, action="staff.change")


def _checked(actor: StaffFacts, before: Grants, data: dict[str, Any]) -> Grants:
    role = data.get("role", before.role)
    kept = Grants(role) if role == "owner" else before
    after = Grants(
        role,
        frozenset(data.get("permissions_added", kept.added)),
        frozenset(data.get("permissions_removed", kept.removed)),
    )
    powers.check_role(actor, before.role)
    powers.check_names(after, actor.declared, before)
    powers.check_grants(actor, after, before)
    return after


def _update(staff_id: int, after: Grants, data: dict[str, Any]) -> None:
    values = {
        "id": staff_id,
        "name": data.get("name"),
        "active": data.get("active"),
        "role": after.role,
        "hash": hash_password(data["password"]) if "password" in data else None,
        "added": sorted(after.added),
        "removed": sorted(after.removed),
    }
    db.session.execute(_CHANGE, values)
    if not db.session.execute(_OWNERS_LEFT).scalar_one():
        raise LastOwner
    if "store_ids" in data:
        _set_stores(staff_id, data["store_ids"])


def _told(before: Grants, after: Grants) -> dict[str, Any]:
    """What the audit log says about powers that changed."""
    changed = {
        "role": (before.role, after.role),
        "permissions_added": (sorted(before.added), sorted(after.added)),
        "permissions_removed": (sorted(before.removed), sorted(after.removed)),
    }
    return {name: {"before": old, "after": new} for name, (old, new) in changed.items() if old != new}


def reset_two_factor(actor: StaffFacts, staff_id: int) -> None:
    """Switch off the two-factor login of somebody who lost the app and the recovery codes.

    Raises StaffNotFound, TwoFactorOff, and OtherStore, AboveOwnRole, NotOwnToGive for somebody with more power.
    """
    check_over(actor, staff_id)
    twofactor.clear(staff_id)
    audit.record("staff.two_factor.reset", f"staff:{staff_id}")


def end_sessions_of(actor: StaffFacts, staff_id: int) -> int:
    """Log somebody out everywhere; the refusals of `reset_two_factor` but TwoFactorOff. Returns how many sessions."""
    check_over(actor, staff_id)
    return end_all(staff_id)


def check_over(actor: StaffFacts, staff_id: int) -> None:
    """Raise StaffNotFound, and OtherStore, AboveOwnRole, NotOwnToGive unless `actor` may take over that account."""
    actor.check_every_store()
    powers.check_reach(actor, _locked(staff_id))


def rename(staff_id: int, name: str) -> None:
    """What one is called oneself."""
    db.session.execute(_RENAME, {"id": staff_id, "name": name})
    audit.record("staff.name", f"staff:{staff_id}")


def change_own_password(staff_id: int, session_id: int, old: str, new: str) -> None:
    """Replace one's password and end one's other sessions; raises WrongCredentials (422), AccountLocked.

    A wrong old one counts as a failed login: whoever sits at an open session may not guess on.
    """
    before, moment = db.session.execute(_PASSWORD, {"id": staff_id}).one(), now()
    lockout.check(before.locked_until, moment)
    if not check_password_hash(before.password_hash, old):
        lockout.count_failure(staff_id, moment)
        raise WrongCredentials("原密码不正确", status=422, field="old")
    values = {"id": staff_id, "hash": hash_password(new), "old": before.password_hash}
    if db.session.execute(_SET_PASSWORD, values).first() is None:
        raise WrongCredentials("密码刚刚被修改，请重新登录", status=422, field="old")
    end_quietly(staff_id, session_id)
    audit.record("staff.password", f"staff:{staff_id}")


def _set_stores(staff_id: int, store_ids: Sequence[int]) -> None:
    unknown = db.session.execute(_STORES, {"staff": staff_id, "stores": list(store_ids)}).scalar_one()
    if unknown:
        raise UnknownStores(field="store_ids")
