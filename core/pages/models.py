from __future__ import annotations

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Id, Json, Moment, Str, db, ref


class HomeBlock(db.Model):
    """A block that the merchant put on the home page (店铺装修), in order of `position`."""

    __tablename__ = "home_block"

    id: Mapped[Id]
    position: Mapped[int]
    kind: Mapped[Str]
    settings: Mapped[Json]
    hidden: Mapped[bool] = mapped_column(server_default="false")


class ShopperOp(db.Model):
    """An operation a shopper asked a plugin for: the same key again gets the same reply and does nothing."""

    __tablename__ = "shopper_op"
    __table_args__ = (Index("ix_shopper_op_at", "at"),)

    buyer_id: Mapped[int] = ref("buyer.id", primary_key=True)
    key: Mapped[Str] = mapped_column(primary_key=True)
    op: Mapped[Str]
    digest: Mapped[Str]
    reply: Mapped[Json | None]
    at: Mapped[Moment]
