from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Bigints, Fen, Moment, Str, db, ref
from core.orders.models import Order
from core.payments.models import Refund

PHASES = ("marked", "computing")

Index("ix_orders_paid_at", Order.paid_at, Order.id)
Index("ix_refund_done_at", Refund.done_at, postgresql_where=text("state = 'success' AND kind = 'customer'"))


def _key() -> Mapped[int]:
    """An id that the rows behind the roll-up vouch for."""
    return mapped_column(BigInteger, primary_key=True, autoincrement=False)


def _sum() -> Mapped[Decimal]:
    return mapped_column(Numeric(18, 3), server_default="0")


def _count() -> Mapped[int]:
    return mapped_column(server_default="0")


def _fen() -> Mapped[int]:
    return mapped_column(BigInteger, server_default="0")


class RollupDirty(db.Model):
    """A shop day whose roll-ups no longer tell what the rows say.

    A day that is marked while it is being computed has two rows, so that it is computed again.
    """

    __tablename__ = "rollup_dirty"
    __table_args__ = (CheckConstraint(f"phase IN {PHASES!r}", name="phase"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    phase: Mapped[Str] = mapped_column(primary_key=True)
    due_at: Mapped[Moment]


class RollupRefund(db.Model):
    """A refund that was promised and has not reached its end: its money counts on the day on which it arrives."""

    __tablename__ = "rollup_refund"

    refund_id: Mapped[int] = ref("refund.id", primary_key=True)


class RollupDay(db.Model):
    """A day of a store and channel: sales by the moment of payment, refunds by the moment of their success.

    list − discounts borne by shop, supplier and platform = goods; goods + shipping = paid.
    """

    __tablename__ = "rollup_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    store_id: Mapped[int] = _key()
    channel: Mapped[str] = mapped_column(Text, primary_key=True)
    orders: Mapped[int] = _count()
    lines: Mapped[int] = _count()
    quantity: Mapped[Decimal] = _sum()
    list_fen: Mapped[int] = _fen()
    member_disc_fen: Mapped[int] = _fen()
    coupon_fen: Mapped[int] = _fen()
    coupon_match_fen: Mapped[int] = _fen()
    sales_value_fen: Mapped[int] = _fen()
    shop_borne_fen: Mapped[int] = _fen()
    supplier_borne_fen: Mapped[int] = _fen()
    platform_borne_fen: Mapped[int] = _fen()
    goods_fen: Mapped[int] = _fen()
    shipping_fen: Mapped[int] = _fen()
    paid_fen: Mapped[int] = _fen()
    refunds: Mapped[int] = _count()
    refunded_fen: Mapped[int] = _fen()


class RollupHour(db.Model):
    """An hour (0–23) of a store's day."""

    __tablename__ = "rollup_hour"

    day: Mapped[date] = mapped_column(primary_key=True)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    store_id: Mapped[int] = _key()
    orders: Mapped[int] = _count()
    paid_fen: Mapped[int] = _fen()
    refunded_fen: Mapped[int] = _fen()


class RollupSku(db.Model):
    """A day of a SKU in a store: sold by the moment of payment, given back by the moment of the refund's success."""

    __tablename__ = "rollup_sku"
    __table_args__ = (Index("ix_rollup_sku_sku", "sku_id", "day"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    store_id: Mapped[int] = _key()
    sku_id: Mapped[int] = _key()
    orders: Mapped[int] = _count()
    quantity: Mapped[Decimal] = _sum()
    list_fen: Mapped[int] = _fen()
    paid_fen: Mapped[int] = _fen()
    refunded_quantity: Mapped[Decimal] = _sum()
    refunded_fen: Mapped[int] = _fen()


class RollupBuyer(db.Model):
    """A day of a buyer in a store; `kept` orders are those that were not given back whole.

    `is_first`: the buyer's first paid order in the shop is among them (新客).
    """

    __tablename__ = "rollup_buyer"
    __table_args__ = (Index("ix_rollup_buyer_first", "buyer_id", "day", postgresql_where=text("is_first")),)

    day: Mapped[date] = mapped_column(primary_key=True)
    store_id: Mapped[int] = _key()
    buyer_id: Mapped[int] = _key()
    orders: Mapped[int]
    kept: Mapped[int]
    paid_fen: Mapped[Fen]
    is_first: Mapped[bool]


class RollupLifetime(db.Model):
    """What a buyer bought altogether and kept: orders paid and not called off, their money less refunds.

    Store 0 is the whole shop. Who bought nothing has no row.
    """

    __tablename__ = "rollup_lifetime"
    __table_args__ = (
        Index("ix_rollup_lifetime_spent", "store_id", "spent_fen", "buyer_id"),
        Index("ix_rollup_lifetime_orders", "store_id", "orders", "buyer_id"),
        Index("ix_rollup_lifetime_last", "store_id", "last_order_at", "buyer_id"),
    )

    store_id: Mapped[int] = _key()
    buyer_id: Mapped[int] = ref("buyer.id", primary_key=True, index=True)
    orders: Mapped[int]
    spent_fen: Mapped[Fen]
    last_order_at: Mapped[Moment]


class RollupSource(db.Model):
    """A day's orders by the scene of the buyer's first or the order's last touch; scene '' is none."""

    __tablename__ = "rollup_source"
    __table_args__ = (CheckConstraint("touch IN ('first', 'last')", name="touch"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    store_id: Mapped[int] = _key()
    touch: Mapped[Str] = mapped_column(primary_key=True)
    scene: Mapped[Str] = mapped_column(primary_key=True)
    orders: Mapped[int]
    paid_fen: Mapped[Fen]
    new_buyers: Mapped[int]


class RollupRule(db.Model):
    """A day's orders that a rule made cheaper, and what that cost whom; buyers as a set, so that periods count them once."""

    __tablename__ = "rollup_rule"

    day: Mapped[date] = mapped_column(primary_key=True)
    store_id: Mapped[int] = _key()
    source: Mapped[Str] = mapped_column(primary_key=True)
    rule: Mapped[Str] = mapped_column(primary_key=True)
    reason: Mapped[Str]
    orders: Mapped[int]
    paid_fen: Mapped[Fen]
    shop_borne_fen: Mapped[Fen]
    supplier_borne_fen: Mapped[Fen]
    platform_borne_fen: Mapped[Fen]
    buyers: Mapped[Bigints]
    new_buyers: Mapped[int]


class RollupVisit(db.Model):
    """A day's visits and the visitors behind them; store 0 is the whole shop, scene '*' all scenes."""

    __tablename__ = "rollup_visit"

    day: Mapped[date] = mapped_column(primary_key=True)
    store_id: Mapped[int] = _key()
    scene: Mapped[Str] = mapped_column(primary_key=True)
    visits: Mapped[int]
    visitors: Mapped[int]


class Visit(db.Model):
    """A visitor came by a scene: once per shop day, with the buyer once we know who it was."""

    __tablename__ = "visit"
    __table_args__ = (
        Index("ix_visit_visitor", "visitor", postgresql_where=text("buyer_id IS NULL")),
        Index("ix_visit_buyer", "buyer_id", "at", postgresql_where=text("buyer_id IS NOT NULL")),
    )

    day: Mapped[date] = mapped_column(primary_key=True)
    visitor: Mapped[Str] = mapped_column(primary_key=True)
    scene: Mapped[Str] = mapped_column(primary_key=True)
    store_id: Mapped[int | None] = ref("store.id", "SET NULL")
    buyer_id: Mapped[int | None] = ref("buyer.id", "SET NULL")
    at: Mapped[Moment]


class BuyerTouch(db.Model):
    """The scene of a buyer's first visit (首次来源)."""

    __tablename__ = "buyer_touch"

    buyer_id: Mapped[int] = ref("buyer.id", primary_key=True)
    scene: Mapped[Str]
    at: Mapped[Moment]
