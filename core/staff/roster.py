"""Who works for the shop: reading the accounts, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import RowMapping, text

from core.crypto import fingerprint
from core.db import db
from core.staff.errors import StaffNotFound

EDITED = ("name", "role", "active", "store_ids", "permissions_added", "permissions_removed")
"""What an editor changes, and `version` is made of."""

_SELECT = """
    SELECT m.id, m.phone, m.name, m.role, m.active, m.created_at, m.permissions_added, m.permissions_removed,
           m.locked_until, m.totp_since IS NOT NULL AS two_factor,
           (SELECT max(s.seen_at) FROM staff_session s WHERE s.staff_id = m.id) AS seen_at,
           ARRAY(SELECT store_id FROM staff_store x WHERE x.staff_id = m.id ORDER BY store_id) AS store_ids
    FROM staff m
"""
_PAGE = text(
    _SELECT + """
    WHERE m.id > :after AND (CAST(:active AS boolean) IS NULL OR m.active = :active)
      AND strpos(m.name || ' ' || m.phone, :words) > 0
    ORDER BY m.id LIMIT :limit
    """
)
_ONE = text(_SELECT + " WHERE m.id = :id")
_COUNTS = text(
    "SELECT count(*) FILTER (WHERE active) AS on, count(*) FILTER (WHERE NOT active) AS off FROM staff"
)
_NAMES = text("SELECT id, name FROM staff WHERE id = ANY(CAST(:ids AS bigint[]))")
_FIRST = text("SELECT id, name FROM staff ORDER BY NOT active, id LIMIT :limit")


def page(limit: int, after: int | None = None, active: bool | None = None, words: str = "") -> Sequence[RowMapping]:
    """Accounts, the oldest first, behind the id `after`; `words` are part of name or phone.

    A row has: id, phone, name, role, active, created_at, store_ids (empty: all), two_factor, locked_until, seen_at,
    permissions_added, permissions_removed.
    """
    values = {"limit": limit, "after": after or 0, "active": active, "words": words.replace("\x00", "")}
    return db.session.execute(_PAGE, values).mappings().all()


def find(staff_id: int) -> RowMapping:
    """The same of one account; raises StaffNotFound."""
    row = db.session.execute(_ONE, {"id": staff_id}).mappings().first()
    if row is None:
        raise StaffNotFound
    return row


def counts() -> tuple[int, int]:
    """How many accounts may log in, and how many are switched off."""
    row = db.session.execute(_COUNTS).one()
    return row.on, row.off


def names(ids: Iterable[int]) -> dict[int, str]:
    """What these people are called, by id."""
    return {row.id: row.name for row in db.session.execute(_NAMES, {"ids": sorted(ids)})}


def choices(limit: int = 200) -> dict[int, str]:
    """People to choose from, those who work here first."""
    return {row.id: row.name for row in db.session.execute(_FIRST, {"limit": limit})}


def version(row: RowMapping) -> str:
    """What `people.change` compares with: another one whenever something that it changes is another."""
    return fingerprint(repr([row[name] for name in EDITED])).hex()[:16]
