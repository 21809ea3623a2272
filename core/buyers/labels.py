"""Labels that a shop makes for its members (会员标签), and notes about them. The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, text

from core.buyers.errors import LabelNotFound, LabelTaken, MemberNotFound, NoteNotFound
from core.clock import now
from core.db import db
from core.staff import audit

COLOURS = {"grey": "灰", "red": "红", "orange": "橙", "green": "绿", "blue": "蓝", "purple": "紫"}

_ALL = text(
    """
    SELECT t.id, t.name, t.colour, (SELECT count(*) FROM buyer_tagging g WHERE g.tag_id = t.id) AS members
    FROM buyer_tag t ORDER BY t.name
    """
)
_CREATE = text(
    "INSERT INTO buyer_tag (name, colour, created_at) VALUES (:name, :colour, :now)"
    " ON CONFLICT (name) DO NOTHING RETURNING id"
)
_CHANGE = text(
    """
    UPDATE buyer_tag SET name = :name, colour = :colour WHERE id = :id
      AND NOT EXISTS (SELECT 1 FROM buyer_tag o WHERE o.name = :name AND o.id <> :id) RETURNING id
    """
)
_EXISTS = text("SELECT 1 FROM buyer_tag WHERE id = :id")
_REMOVE = text("DELETE FROM buyer_tag WHERE id = :id RETURNING name")
_TAG = text(
    """
    INSERT INTO buyer_tagging (tag_id, buyer_id, at)
    SELECT t.id, b.id, :now FROM buyer_tag t, buyer b
    WHERE t.id = :tag AND b.id = ANY(CAST(:buyers AS bigint[])) AND b.erased_at IS NULL ORDER BY b.id
    ON CONFLICT DO NOTHING RETURNING buyer_id
    """
)
_UNTAG = text(
    "DELETE FROM buyer_tagging WHERE tag_id = :tag AND buyer_id = ANY(CAST(:buyers AS bigint[])) RETURNING buyer_id"
)


def all_labels() -> Sequence[RowMapping]:
    """Every label by name: id, name, colour, and how many people carry it."""
    return db.session.execute(_ALL).mappings().all()


def create_label(name: str, colour: str = "grey") -> int:
    """Raises LabelTaken."""
    label = db.session.execute(_CREATE, {"name": name, "colour": colour, "now": now()}).scalar()
    if label is None:
        raise LabelTaken(f"已有名为“{name}”的标签", field="name")
    audit.record("members.label.create", f"label:{label}", name=name)
    return label


def change_label(label_id: int, name: str, colour: str) -> None:
    """Rename, recolour. Raises LabelNotFound, LabelTaken."""
    if db.session.execute(_CHANGE, {"id": label_id, "name": name, "colour": colour}).first() is None:
        _check(label_id)
        raise LabelTaken(f"已有名为“{name}”的标签", field="name")
    audit.record("members.label.change", f"label:{label_id}", name=name)


def remove_label(label_id: int) -> None:
    """Take the label off everybody and forget it. Raises LabelNotFound."""
    name = db.session.execute(_REMOVE, {"id": label_id}).scalar()
    if name is None:
        raise LabelNotFound
    audit.record("members.label.remove", f"label:{label_id}", name=name)


def tag(label_id: int, buyer_ids: Sequence[int]) -> int:
    """Give people a label; returns how many did not have it. One statement for all. Raises LabelNotFound."""
    return _tagged(_TAG, "members.tag", label_id, buyer_ids)


def untag(label_id: int, buyer_ids: Sequence[int]) -> int:
    """Take a label off people; returns how many had it. Raises LabelNotFound."""
    return _tagged(_UNTAG, "members.untag", label_id, buyer_ids)


def _tagged(statement: Any, action: str, label_id: int, buyer_ids: Sequence[int]) -> int:
    values = {"tag": label_id, "buyers": sorted(set(buyer_ids)), "now": now()}
    changed = db.session.execute(statement, values).scalars().all()
    if not changed:
        _check(label_id)
        return 0
    target = f"buyer:{changed[0]}" if len(changed) == 1 else "buyers"
    audit.record(action, target, label=str(label_id), people=len(changed))
    return len(changed)


def _check(label_id: int) -> None:
    if db.session.execute(_EXISTS, {"id": label_id}).first() is None:
        raise LabelNotFound


_NOTE = text(
    """
    INSERT INTO buyer_note (buyer_id, staff_id, staff_name, text, at)
    SELECT b.id, s.id, coalesce(s.name, ''), :text, :now
    FROM buyer b LEFT JOIN staff s ON s.id = CAST(:staff AS bigint)
    WHERE b.id = :buyer AND b.erased_at IS NULL RETURNING id
    """
)
_FORGET = text("DELETE FROM buyer_note WHERE id = :id AND buyer_id = :buyer RETURNING id")
_NOTES = text(
    "SELECT id, staff_name, text, at FROM buyer_note WHERE buyer_id = :buyer ORDER BY id DESC LIMIT :limit"
)


def note(buyer_id: int, words: str, staff_id: int | None) -> int:
    """Write something down about a buyer; returns the note's id. Raises MemberNotFound."""
    values = {"buyer": buyer_id, "text": words, "staff": staff_id, "now": now()}
    note_id = db.session.execute(_NOTE, values).scalar()
    if note_id is None:
        raise MemberNotFound
    audit.record("members.note", f"buyer:{buyer_id}", note=str(note_id))
    return note_id


def remove_note(buyer_id: int, note_id: int) -> None:
    """Raises NoteNotFound."""
    if db.session.execute(_FORGET, {"id": note_id, "buyer": buyer_id}).first() is None:
        raise NoteNotFound
    audit.record("members.note.remove", f"buyer:{buyer_id}", note=str(note_id))


def notes(buyer_id: int, limit: int = 50) -> Sequence[RowMapping]:
    """The newest notes first: id, staff_name, text, at."""
    return db.session.execute(_NOTES, {"buyer": buyer_id, "limit": limit}).mappings().all()
