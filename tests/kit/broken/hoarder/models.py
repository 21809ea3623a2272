from __future__ import annotations

from sqlalchemy.orm import Mapped

from core.plugin.data import Id, core_ref, tables

Base = tables("hoarder")


class Visit(Base):
    __tablename__ = "hoarder_visit"

    id: Mapped[Id]
    buyer_id: Mapped[int] = core_ref(Base, "buyer.id")
    order_id: Mapped[int] = core_ref(Base, "orders.id")


class Wish(Base):
    __tablename__ = "hoarder_wish"

    id: Mapped[Id]
    buyer_id: Mapped[int] = core_ref(Base, "buyer.id")
    order_id: Mapped[int] = core_ref(Base, "orders.id")
