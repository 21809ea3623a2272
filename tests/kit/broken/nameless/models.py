from __future__ import annotations

from sqlalchemy.orm import Mapped

from core.plugin.data import Id, core_ref, tables

Base = tables("nameless")


class Note(Base):
    __tablename__ = "somebody_note"

    id: Mapped[Id]
    order_id: Mapped[int] = core_ref(Base, "orders.id")
