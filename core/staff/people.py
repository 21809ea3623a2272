"""Who works for the shop: making, changing and listing accounts. The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, text
from werkzeug.security import check_password_hash

from core.clock import now
from core.db import db
from core.staff.errors import LastOwner, PhoneTaken, StaffNotFound, UnknownStores, WrongCredentials
from core.staff.service import hash_password

_SELECT = """
    SELECT m.id, m.phone, m.name, m.role, m.active, m.created_at,
           ARRAY(SELECT store_id FROM staff_store x WHERE x.staff_id = m.id ORDER BY store_id) AS store_ids
    FROM staff m
"""
_ALL = text(_SELECT + " ORDER BY m.id")
_ONE = text(_SELECT + " WHERE m.id = :id")
_CREATE = text(
    """
    INSERT INTO staff (phone, name, password_hash, role, active, created_at)
    VALUES (:phone, :name, :hash, :role, true, :now) ON CONFLICT (phone) DO NOTHING RETURNING id
    """
)
_CHANGE = text(
    """
    UPDATE staff SET name = coalesce(:name, name), role = coalesce(:role, role), active = coalesce(:active, active),
        password_hash = coalesce(:hash, password_hash),
        failed_logins = CASE WHEN :hash IS NULL THEN failed_logins ELSE 0 END,
        locked_until = CASE WHEN :hash IS NULL THEN locked_until END
    WHERE id = :id RETURNING id
    """
)
_OWNERS = text("SELECT id FROM staff WHERE role = 'owner' ORDER BY id FOR UPDATE")
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
_END_SESSIONS = text("UPDATE staff_session SET revoked_at = :now WHERE staff_id = :staff AND revoked_at IS NULL")
_PASSWORD = text("SELECT password_hash FROM staff WHERE id = :id")
_SET_PASSWORD = text("UPDATE staff SET password_hash = :hash WHERE id = :id AND password_hash = :old RETURNING id")
_END_OTHERS = text(
    "UPDATE staff_session SET revoked_at = :now WHERE staff_id = :staff AND id <> :kept AND revoked_at IS NULL"
)


def everybody() -> Sequence[RowMapping]:
    return db.session.execute(_ALL).mappings().all()


def find(staff_id: int) -> RowMapping:
    """Raises StaffNotFound."""
    row = db.session.execute(_ONE, {"id": staff_id}).mappings().first()
    if row is None:
        raise StaffNotFound
    return row


def create(data: dict[str, Any]) -> RowMapping:
    """A new account from StaffInSchema; raises PhoneTaken, UnknownStores."""
    values = {name: data[name] for name in ("phone", "name", "role")}
    values |= {"hash": hash_password(data["password"]), "now": now()}
    staff_id = db.session.execute(_CREATE, values).scalar()
    if staff_id is None:
        raise PhoneTaken(field="phone")
    _set_stores(staff_id, data["store_ids"])
    return find(staff_id)


def change(staff_id: int, data: dict[str, Any]) -> RowMapping:
    """Change what `data` (StaffChangeSchema) names; raises StaffNotFound, LastOwner, UnknownStores.

    Owners are locked in id order, so that two changes at once can't leave the shop without one.
    """
    db.session.execute(_OWNERS)
    values = {name: data.get(name) for name in ("name", "role", "active")}
    values |= {"id": staff_id, "hash": hash_password(data["password"]) if "password" in data else None}
    if db.session.execute(_CHANGE, values).first() is None:
        raise StaffNotFound
    if not db.session.execute(_OWNERS_LEFT).scalar_one():
        raise LastOwner
    if "store_ids" in data:
        _set_stores(staff_id, data["store_ids"])
    if {"password", "role"} & data.keys() or data.get("active") is False:
        db.session.execute(_END_SESSIONS, {"staff": staff_id, "now": now()})
    return find(staff_id)


def change_own_password(staff_id: int, session_id: int, old: str, new: str) -> None:
    """Replace one's password and end one's other sessions; raises WrongCredentials for a wrong old one."""
    before = db.session.execute(_PASSWORD, {"id": staff_id}).scalar_one()
    if not check_password_hash(before, old):
        raise WrongCredentials("原密码不正确", status=422, field="old")
    values = {"id": staff_id, "hash": hash_password(new), "old": before}
    if db.session.execute(_SET_PASSWORD, values).first() is None:
        raise WrongCredentials("密码刚刚被修改，请重新登录", status=422, field="old")
    db.session.execute(_END_OTHERS, {"staff": staff_id, "kept": session_id, "now": now()})


def _set_stores(staff_id: int, store_ids: Sequence[int]) -> None:
    unknown = db.session.execute(_STORES, {"staff": staff_id, "stores": list(store_ids)}).scalar_one()
    if unknown:
        raise UnknownStores(field="store_ids")
