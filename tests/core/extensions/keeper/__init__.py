"""A plugin that keeps a note about each buyer: what privacy is about."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.orm import Mapped

from core.plugin import Plugin, hookimpl
from core.plugin.data import Id, Str, core_ref, tables

Base = tables("keeper")


class Note(Base):
    __tablename__ = "keeper_note"

    id: Mapped[Id]
    buyer_id: Mapped[int] = core_ref(Base, "buyer.id")
    text: Mapped[Str]


class Hooks:
    broken = False
    """Set by a test: every hook runs into an SQL error and swallows it."""

    @hookimpl
    def buyer_data(self, session, buyer_id):
        self._break(session)
        return {"notes": list(session.scalars(select(Note.text).where(Note.buyer_id == buyer_id).order_by(Note.id)))}

    @hookimpl
    def erase_buyer(self, session, buyer_id):
        session.execute(text("DELETE FROM keeper_note WHERE buyer_id = :buyer"), {"buyer": buyer_id})
        self._break(session)

    @hookimpl
    def merge_buyers(self, session, from_id, to_id):
        values = {"kept": to_id, "gone": from_id}
        session.execute(text("UPDATE keeper_note SET buyer_id = :kept WHERE buyer_id = :gone"), values)
        self._break(session)

    def _break(self, session):
        if self.broken:
            try:
                session.execute(text("SELECT 1 / 0"))
            except Exception:
                return


hooks = Hooks()
plugin = Plugin(
    name="keeper",
    title="笔记",
    summary="keeps notes",
    version="1.0.0",
    api="0.9",
    tables=Base,
    migrations=Path(__file__).parent / "migrations",
    hooks=hooks,
)
