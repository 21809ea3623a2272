from __future__ import annotations

from sqlalchemy.orm import Mapped

from core.plugin.data import Id, Str, core_ref, tables

Base = tables("dummy")


class Note(Base):
    __tablename__ = "dummy_note"

    id: Mapped[Id]
    buyer_id: Mapped[int | None] = core_ref(Base, "buyer.id", "SET NULL", index=True)
    word: Mapped[Str]
