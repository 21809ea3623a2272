"""Tables. Points are whole numbers; every change is a transaction whose entries sum to zero over the accounts.

The buyer of an entry on `buyer` or `held` is the buyer of its transaction. A buyer's balance = Σ entries on `buyer`
= Σ `left_points` of the lots − debt (PT-6, PT-7).
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.plugin.data import Fen, Id, Moment, Qty, Str, Strs, core_ref, own_ref, tables

Base = tables("points")
Points = Fen

ACCOUNTS = ("buyer", "held", "issued", "redeemed", "expired", "adjusted", "forfeited")


class Level(Base):
    """会员等级 (PT-10): from `growth` on, pays `price_percent` of list prices and earns `earn_percent` of the points."""

    __tablename__ = "points_level"
    __table_args__ = (
        UniqueConstraint("growth"),
        CheckConstraint("growth >= 0", name="growth"),
        CheckConstraint("price_percent BETWEEN 1 AND 100", name="price_percent"),
        CheckConstraint("earn_percent BETWEEN 0 AND 1000", name="earn_percent"),
    )

    id: Mapped[Id]
    name: Mapped[Str]
    growth: Mapped[Points]
    price_percent: Mapped[int]
    earn_percent: Mapped[int]


class Member(Base):
    """A buyer's account; its row is locked before anything of the buyer changes. A debt blocks use (PT-6)."""

    __tablename__ = "points_member"
    __table_args__ = (
        CheckConstraint("debt >= 0", name="debt"),
        Index("ix_points_member_review_at", "review_at", postgresql_where=text("review_at IS NOT NULL")),
    )

    buyer_id: Mapped[int] = core_ref(Base, "buyer.id", primary_key=True)
    balance: Mapped[Points] = mapped_column(server_default="0")
    debt: Mapped[Points] = mapped_column(server_default="0")
    growth: Mapped[Points] = mapped_column(server_default="0")
    level_id: Mapped[int | None] = own_ref("points_level.id", "SET NULL")
    level_locked: Mapped[bool] = mapped_column(server_default="false")
    review_at: Mapped[Moment | None]
    earned_on: Mapped[date | None]
    earned_today: Mapped[Points] = mapped_column(server_default="0")
    first_order_id: Mapped[int | None] = mapped_column(BigInteger)
    touched_at: Mapped[Moment]


class Transaction(Base):
    """Something that happened to points, once: `points` is what it did to the buyer's balance."""

    __tablename__ = "points_transaction"
    __table_args__ = (
        UniqueConstraint("kind", "reference", "direction"),
        Index("ix_points_transaction_buyer", "buyer_id", "id"),
        Index("ix_points_transaction_at", "at"),
    )

    id: Mapped[Id]
    kind: Mapped[Str]
    reference: Mapped[Str]
    direction: Mapped[Str]
    buyer_id: Mapped[int | None] = core_ref(Base, "buyer.id", "SET NULL")
    points: Mapped[Points]
    note: Mapped[Str] = mapped_column(server_default="")
    staff_id: Mapped[int | None] = core_ref(Base, "staff.id", "SET NULL")
    at: Mapped[Moment]


class Entry(Base):
    """One side of a transaction; a transaction's entries sum to zero."""

    __tablename__ = "points_entry"
    __table_args__ = (CheckConstraint(f"account IN {ACCOUNTS!r}", name="account"),)

    transaction_id: Mapped[int] = own_ref("points_transaction.id", primary_key=True)
    account: Mapped[Str] = mapped_column(primary_key=True)
    points: Mapped[Points]


class Lot(Base):
    """What is left of one credit, from when it can be used and until when (PT-7).

    `origin_id` is set for points that came back to a lot which had expired. `reminded` is the shortest number of days
    that the buyer was told about.
    """

    __tablename__ = "points_lot"
    __table_args__ = (
        CheckConstraint("left_points BETWEEN 0 AND amount", name="left_points"),
        Index("ix_points_lot_buyer", "buyer_id", postgresql_where=text("left_points > 0")),
        Index("ix_points_lot_expires_at", "expires_at", postgresql_where=text("left_points > 0")),
    )

    id: Mapped[Id]
    buyer_id: Mapped[int | None] = core_ref(Base, "buyer.id", "SET NULL")
    transaction_id: Mapped[int] = own_ref("points_transaction.id")
    origin_id: Mapped[int | None] = own_ref("points_lot.id", "SET NULL")
    amount: Mapped[Points]
    left_points: Mapped[Points]
    available_at: Mapped[Moment]
    expires_at: Mapped[Moment | None]
    reminded: Mapped[int | None]


class Use(Base):
    """How many points an order took from a lot, and how many of them came back."""

    __tablename__ = "points_use"
    __table_args__ = (CheckConstraint("returned BETWEEN 0 AND points", name="returned"),)

    order_id: Mapped[int] = core_ref(Base, "orders.id", primary_key=True)
    lot_id: Mapped[int] = own_ref("points_lot.id", primary_key=True)
    points: Mapped[Points]
    returned: Mapped[Points] = mapped_column(server_default="0")


class Order(Base):
    """What points have to do with an order: those it used, those it earns, the gift it redeems.

    `gift_quantity` is what of the gift is still taken; `refunds` are the refunds that were seen.
    """

    __tablename__ = "points_order"
    __table_args__ = (
        CheckConstraint("use_state IN ('none', 'held', 'spent', 'returned')", name="use_state"),
        CheckConstraint("award_state IN ('none', 'waiting', 'given', 'void')", name="award_state"),
        Index("ix_points_order_due_at", "due_at", postgresql_where=text("award_state = 'waiting'")),
        Index("ix_points_order_held", "order_id", postgresql_where=text("use_state = 'held'")),
        Index("ix_points_order_gift", "gift_id", "buyer_id", postgresql_where=text("gift_id IS NOT NULL")),
        Index("ix_points_order_buyer", "buyer_id", "order_id"),
    )

    order_id: Mapped[int] = core_ref(Base, "orders.id", primary_key=True)
    number: Mapped[Str]
    buyer_id: Mapped[int | None] = core_ref(Base, "buyer.id", "SET NULL")
    used: Mapped[Points] = mapped_column(server_default="0")
    used_fen: Mapped[Fen] = mapped_column(server_default="0")
    use_state: Mapped[Str] = mapped_column(server_default="none")
    gift_id: Mapped[int | None] = own_ref("points_gift.id", "SET NULL")
    gift_quantity: Mapped[int] = mapped_column(server_default="0")
    award_state: Mapped[Str] = mapped_column(server_default="none")
    moment: Mapped[Str | None]
    due_at: Mapped[Moment | None]
    awarded_at: Mapped[Moment | None]
    lot_id: Mapped[int | None] = own_ref("points_lot.id", "SET NULL")
    refunds: Mapped[Strs] = mapped_column(server_default="{}")
    seen_at: Mapped[Moment]


class Line(Base):
    """A line's share in what the order used and earns. Position 0 stands for a whole order whose lines are not known."""

    __tablename__ = "points_line"

    order_id: Mapped[int] = own_ref("points_order.order_id", primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    quantity: Mapped[Qty]
    paid_fen: Mapped[Fen]
    used: Mapped[Points] = mapped_column(server_default="0")
    returned: Mapped[Points] = mapped_column(server_default="0")
    award: Mapped[Points] = mapped_column(server_default="0")
    taken_back: Mapped[Points] = mapped_column(server_default="0")
    refunded_quantity: Mapped[Qty] = mapped_column(server_default="0")
    refunded_fen: Mapped[Fen] = mapped_column(server_default="0")


class Product(Base):
    """Products that may not be paid with points, or earn none; all others may and do."""

    __tablename__ = "points_product"

    product_id: Mapped[int] = core_ref(Base, "product.id", primary_key=True)
    spends: Mapped[bool]
    earns: Mapped[bool]


class Gift(Base):
    """A SKU of the gift shop (积分商城, PT-9): `points` and perhaps cash per unit; `taken` of `stock` are redeemed."""

    __tablename__ = "points_gift"
    __table_args__ = (
        CheckConstraint("points >= 1", name="points"),
        CheckConstraint("cash_fen >= 0", name="cash_fen"),
        CheckConstraint("taken BETWEEN 0 AND stock", name="taken"),
        Index("ix_points_gift_sku", "sku_id"),
    )

    id: Mapped[Id]
    sku_id: Mapped[int] = core_ref(Base, "sku.id")
    points: Mapped[Points]
    cash_fen: Mapped[Fen]
    per_buyer: Mapped[int | None]
    stock: Mapped[int]
    taken: Mapped[int] = mapped_column(server_default="0")
    active: Mapped[bool]
    starts_at: Mapped[Moment | None]
    ends_at: Mapped[Moment | None]
    sort: Mapped[int] = mapped_column(server_default="0")


class Growth(Base):
    """成长值: what a buyer paid in whole yuan; what a refund takes back is dated like what it takes (PT-10)."""

    __tablename__ = "points_growth"
    __table_args__ = (UniqueConstraint("kind", "reference"), Index("ix_points_growth_buyer", "buyer_id", "at"))

    id: Mapped[Id]
    buyer_id: Mapped[int] = core_ref(Base, "buyer.id")
    kind: Mapped[Str]
    reference: Mapped[Str]
    growth: Mapped[Points]
    at: Mapped[Moment]


class SignIn(Base):
    """A day on which a buyer signed in, and for how many days in a row."""

    __tablename__ = "points_signin"

    buyer_id: Mapped[int] = core_ref(Base, "buyer.id", primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    streak: Mapped[int]
    points: Mapped[Points]
