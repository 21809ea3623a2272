"""The plugin's tables. A change here needs a new revision in `migrations/versions/`."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.plugin.data import Bigints, Fen, Id, Moment, Str, core_ref, own_ref, tables

Base = tables("fullreduction")


class CampaignRow(Base):
    """A campaign (满减送活动) as the merchant entered it; `levels` are those of `schemas.LevelSchema`, ascending.

    The lowest `priority` is asked first. `version` grows with every change and is what the price ledger names.
    """

    __tablename__ = "fullreduction_rule"
    __table_args__ = (
        CheckConstraint("basis IN ('amount', 'pieces')", name="basis"),
        CheckConstraint("mode IN ('ladder', 'every')", name="mode"),
        Index("ix_fullreduction_rule_active", "priority", "id", postgresql_where=text("active")),
    )

    id: Mapped[Id]
    title: Mapped[Str]
    priority: Mapped[int]
    active: Mapped[bool]
    basis: Mapped[Str]
    mode: Mapped[Str]
    levels: Mapped[list] = mapped_column(JSONB)
    max_times: Mapped[int | None]
    max_off_fen: Mapped[Fen | None]
    with_coupons: Mapped[bool]
    products: Mapped[Bigints]
    categories: Mapped[Bigints]
    starts_at: Mapped[Moment]
    ends_at: Mapped[Moment | None]
    version: Mapped[int] = mapped_column(server_default="1")


class GiftRow(Base):
    """A gift (赠品) and how many the shop has left to give; it is no SKU and is not sold."""

    __tablename__ = "fullreduction_gift"
    __table_args__ = (CheckConstraint("stock >= 0", name="stock"),)

    id: Mapped[Id]
    name: Mapped[Str]
    stock: Mapped[int]


class ExcludedRow(Base):
    """A product that no campaign covers (不参加满减送), whatever the campaign says."""

    __tablename__ = "fullreduction_excluded"

    product_id: Mapped[int] = core_ref(Base, "product.id", primary_key=True)


class UseRow(Base):
    """What a campaign took off an order, and what the order came to. `gone`: it was closed, cancelled or refunded."""

    __tablename__ = "fullreduction_use"
    __table_args__ = (
        CheckConstraint("state IN ('placed', 'paid', 'gone')", name="state"),
        Index("ix_fullreduction_use_rule", "rule_id", "at"),
    )

    order_id: Mapped[int] = core_ref(Base, "orders.id", primary_key=True)
    rule_id: Mapped[int] = own_ref("fullreduction_rule.id", "CASCADE", primary_key=True)
    number: Mapped[Str]
    off_fen: Mapped[Fen]
    payable_fen: Mapped[Fen]
    state: Mapped[Str]
    at: Mapped[Moment]


class GivenRow(Base):
    """A gift that an order won. `out_of_stock`: none was left; `review`: part of the order was refunded, staff decide."""

    __tablename__ = "fullreduction_given"
    __table_args__ = (
        UniqueConstraint("order_id", "rule_id"),
        CheckConstraint("state IN ('given', 'out_of_stock', 'review', 'returned')", name="state"),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = core_ref(Base, "orders.id")
    rule_id: Mapped[int | None] = own_ref("fullreduction_rule.id", "SET NULL")
    gift_id: Mapped[int] = own_ref("fullreduction_gift.id", "CASCADE")
    quantity: Mapped[int]
    state: Mapped[str] = mapped_column(Text)
    at: Mapped[Moment]
