from __future__ import annotations

from sqlalchemy.orm import Mapped

from core.plugin.data import Id, Str, core_ref, tables

Base = tables("drifted")


class Note(Base):
    __tablename__ = "drifted_note"

    id: Mapped[Id]
    order_id: Mapped[int] = core_ref(Base, "orders.id")
    words: Mapped[Str | None]
