"""Members in sets, as the shop's old system and its tills know them (会员)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Row, text

from core.catalog.faults import NEW, UPDATED, Counts, Fault, counts, fault, repeated
from core.clock import now
from core.db import db

_FIELDS = ("phone", "name", "joined_at", "tags")

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || ' members', 0))")
_KNOWN = text(
    """
    SELECT id, member_no, phone, name, joined_at, tags FROM buyer
    WHERE member_no = ANY(:numbers) OR phone = ANY(CAST(:phones AS text[])) ORDER BY id FOR UPDATE
    """
)
_COLUMNS = "member_no text, phone text, name text, joined_at timestamptz, tags jsonb"
_ADD = text(
    f"""
    INSERT INTO buyer (member_no, phone, name, joined_at, tags, created_at)
    SELECT member_no, phone, name, coalesce(joined_at, :now), tags, :now
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS i({_COLUMNS}) ORDER BY member_no
    """
)
_CHANGE = text(
    f"""
    UPDATE buyer b SET member_no = i.member_no, phone = i.phone, name = i.name, tags = i.tags,
        joined_at = coalesce(i.joined_at, :now)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS i(id bigint, {_COLUMNS}) WHERE b.id = i.id
    """
)


def upsert_members(rows: Sequence[Mapping[str, Any]]) -> Counts:
    """Create or change members, found by `member_no`. The caller commits; four statements however many rows.

    Fields: member_no, phone, name, joined_at (aware), tags (texts by name). None keeps what is stored. A member who
    is new but whose phone a shopper without member number has bound becomes that shopper. A phone that belongs to
    anybody else is a fault of its row, and so is a member number that stood in an earlier row.
    """
    if not rows:
        return Counts()
    db.session.execute(_LOCK)
    batch = _Batch(rows)
    batch.plan()
    batch.write()
    return counts(batch.results, batch.faults)


class _Batch:
    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.rows = rows
        self.results: list[str | None] = [None] * len(rows)
        self.faults: list[Fault] = []
        self._new: list[dict[str, Any]] = []
        self._changed: list[dict[str, Any]] = []
        values = {"numbers": [r["member_no"] for r in rows], "phones": [r["phone"] for r in rows if r.get("phone")]}
        known = db.session.execute(_KNOWN, values).all()
        self._by_number = {row.member_no: row for row in known if row.member_no}
        self._by_phone: dict[str, Row[Any] | Mapping[str, Any]] = {row.phone: row for row in known if row.phone}

    def plan(self) -> None:
        twice = repeated([row["member_no"] for row in self.rows])
        for index, row in enumerate(self.rows):
            if index in twice:
                self.faults.append(fault(index, "member_no", row["member_no"], "duplicate_row"))
            else:
                self._plan_row(index, row)

    def _plan_row(self, index: int, row: Mapping[str, Any]) -> None:
        member, holder = self._by_number.get(row["member_no"]), self._by_phone.get(row.get("phone") or "")
        if holder is not None and holder is not member:
            taken = self._objection(index, row, member, holder)
            if taken is not None:
                self.faults.append(taken)
                return
            member = holder
        if row.get("phone"):
            self._by_phone[row["phone"]] = member if member is not None else row
        self._settle(index, row, member)

    def _objection(self, index: int, row: Mapping[str, Any], member: Any, holder: Any) -> Fault | None:
        """Why the row can't have its phone; None when the shopper who has it may become this member."""
        if isinstance(holder, Mapping):
            return fault(index, "phone", row["phone"], "phone_taken", owner=holder["member_no"])
        if holder.member_no is not None:
            return fault(index, "phone", row["phone"], "phone_taken", owner=holder.member_no)
        if member is not None:
            return fault(index, "phone", row["phone"], "phone_of_shopper", owner=member.member_no)
        return None

    def _settle(self, index: int, row: Mapping[str, Any], member: Any) -> None:
        given = {name: row[name] for name in _FIELDS if row.get(name) is not None}
        if member is None:
            self._new.append({"tags": {}, **given, "member_no": row["member_no"]})
            self.results[index] = NEW
            return
        stored = {name: getattr(member, name) for name in ("member_no", *_FIELDS)}
        wanted = {**stored, **given, "member_no": row["member_no"]}
        if wanted != stored:
            self._changed.append({**wanted, "id": member.id})
            self.results[index] = UPDATED

    def write(self) -> None:
        for statement, rows in ((_CHANGE, self._changed), (_ADD, self._new)):
            if rows:
                db.session.execute(statement, {"rows": orjson.dumps(rows).decode(), "now": now()})
