from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from core.plugin.data import Id, Moment, core_ref, tables

Base = tables("stamps")


class Stamp(Base):
    """One per completed order; `spent_on` is the order that used it."""

    __tablename__ = "stamps_stamp"
    __table_args__ = (UniqueConstraint("order_id"), Index("ix_stamps_stamp_buyer", "buyer_id", "id"))

    id: Mapped[Id]
    buyer_id: Mapped[int] = core_ref(Base, "buyer.id")
    order_id: Mapped[int] = core_ref(Base, "orders.id")
    spent_on: Mapped[int | None] = core_ref(Base, "orders.id", "SET NULL")
    at: Mapped[Moment]
