from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Bigints, Fen, Id, Moment, Qty, Str, db, ref

STATES = (
    "pending",
    "paid",
    "preparing",
    "ready",
    "picked_up",
    "shipped",
    "delivered",
    "completed",
    "cancelled",
    "closed",
)


class Order(db.Model):
    """An order with its frozen quote: list − discounts + adjustment + shipping = payable.

    `reference` is the client's idempotency key (online) or the till's number (pos); `price_version` grows with every
    manual adjustment, so that a payment of an older price is recognised.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint(f"state IN {STATES!r}", name="state"),
        CheckConstraint("payable_fen >= 0", name="payable"),
        Index("uq_orders_buyer_reference", "buyer_id", "reference", unique=True,
              postgresql_where=text("channel = 'online'")),
        Index("uq_orders_pos_reference", "reference", unique=True, postgresql_where=text("channel <> 'online'")),
        Index("uq_orders_pickup_code", "store_id", "pickup_code", unique=True,
              postgresql_where=text("pickup_code IS NOT NULL")),
        Index("ix_orders_pending", "pay_by", postgresql_where=text("state = 'pending'")),
        Index("ix_orders_delivered", "id", postgresql_where=text("state = 'delivered'")),
        Index("ix_orders_placed", "placed_at", "id"),
        Index("ix_orders_store_placed", "store_id", "placed_at", "id"),
        Index("ix_orders_store_state", "store_id", "state", "placed_at", "id"),
        Index("ix_orders_phone_tail", text('"right"(contact_phone, 4)'), "placed_at", "id",
              postgresql_where=text("contact_phone IS NOT NULL")),
        Index("ix_orders_buyer", "buyer_id", "id"),
    )

    id: Mapped[Id]
    number: Mapped[Str]
    reference: Mapped[Str]
    request_digest: Mapped[Str]
    channel: Mapped[Str]
    store_id: Mapped[int] = ref("store.id", "RESTRICT")
    buyer_id: Mapped[int | None] = ref("buyer.id", "SET NULL")
    state: Mapped[Str]
    fulfilment: Mapped[Str]
    list_fen: Mapped[Fen]
    goods_fen: Mapped[Fen]
    shipping_fen: Mapped[Fen] = mapped_column(server_default="0")
    payable_fen: Mapped[Fen]
    refunded_fen: Mapped[Fen] = mapped_column(server_default="0")
    price_version: Mapped[int] = mapped_column(server_default="1")
    slot_starts_at: Mapped[Moment | None]
    slot_ends_at: Mapped[Moment | None]
    delivery_to: Mapped[dict | None] = mapped_column(JSONB)
    contact_phone: Mapped[Str | None]
    remark: Mapped[Str] = mapped_column(server_default="")
    pickup_code: Mapped[Str | None]
    placed_at: Mapped[Moment]
    pay_by: Mapped[Moment | None]
    paid_at: Mapped[Moment | None]
    completed_at: Mapped[Moment | None]


class OrderLine(db.Model):
    """A line as sold. `list_fen` is list price × quantity; `payable_fen` what is left after every goods step."""

    __tablename__ = "order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_order_line_sku", "sku_id", "order_id"),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = ref("orders.id")
    position: Mapped[int]
    sku_id: Mapped[int] = ref("sku.id", "RESTRICT")
    sku_code: Mapped[Str]
    title: Mapped[Str]
    spec: Mapped[Str]
    unit: Mapped[Str]
    quantity: Mapped[Qty]
    list_price_fen: Mapped[Fen | None]
    list_fen: Mapped[Fen]
    payable_fen: Mapped[Fen]
    refunded_quantity: Mapped[Qty] = mapped_column(server_default="0")
    refunded_fen: Mapped[Fen] = mapped_column(server_default="0")


class PriceStep(db.Model):
    """One step of the price ledger: who changed the price by how much, on which lines, and why (domain-rules §3).

    `amount_fen` is signed (a discount is negative); `allocation` has one entry per line in position order, Σ = amount;
    a shipping step has no allocation. `bearer` says who pays for a discount: shop, supplier or platform.
    """

    __tablename__ = "order_price_step"
    __table_args__ = (UniqueConstraint("order_id", "price_version", "seq"),)

    id: Mapped[Id]
    order_id: Mapped[int] = ref("orders.id")
    price_version: Mapped[int]
    seq: Mapped[int]
    lane: Mapped[Str]
    source: Mapped[Str]
    rule: Mapped[Str]
    rule_version: Mapped[Str] = mapped_column(server_default="")
    bearer: Mapped[Str]
    amount_fen: Mapped[Fen]
    allocation: Mapped[Bigints]
    reason: Mapped[Str]


class OrderMove(db.Model):
    """A change of state: who, when, why."""

    __tablename__ = "order_move"
    __table_args__ = (Index("ix_order_move_order", "order_id", "id"),)

    id: Mapped[Id]
    order_id: Mapped[int] = ref("orders.id")
    from_state: Mapped[Str | None]
    to_state: Mapped[Str]
    at: Mapped[Moment]
    actor: Mapped[Str]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    why: Mapped[Str]


class OrderHold(db.Model):
    """A reason why a paid order may not be handed out yet; it survives a crash of whoever wrote it."""

    __tablename__ = "order_hold"
    __table_args__ = (UniqueConstraint("order_id", "source", "code"),)

    id: Mapped[Id]
    order_id: Mapped[int] = ref("orders.id")
    source: Mapped[Str]
    code: Mapped[Str]
    message: Mapped[Str]
    created_at: Mapped[Moment]
    released_at: Mapped[Moment | None]


class Handover(db.Model):
    """The goods left the store: once per order, who gave them out, when, and how the customer was known."""

    __tablename__ = "handover"
    __table_args__ = (UniqueConstraint("order_id"), Index("ix_handover_code", "store_id", "code"))

    id: Mapped[Id]
    order_id: Mapped[int] = ref("orders.id")
    store_id: Mapped[int] = ref("store.id", "RESTRICT")
    staff_id: Mapped[int | None] = ref("staff.id", "SET NULL")
    staff_name: Mapped[Str]
    code: Mapped[Str | None]
    method: Mapped[Str]
    at: Mapped[Moment]
