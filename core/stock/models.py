from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Id, Moment, Qty, Str, db, ref


class Stock(db.Model):
    """What a store has of a SKU: `on_hand` on its shelves, `reserved` of it promised, `safety` never promised.

    At `low_at` sellable or less it runs low; None means the shop's setting `low_stock_at`.
    Sellable = on_hand − reserved − safety. `on_hand` falls below zero only when the till sold what the book did not know.
    """

    __tablename__ = "stock"
    __table_args__ = (
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("safety >= 0", name="safety"),
        Index("ix_stock_sku_id", "sku_id"),
    )

    store_id: Mapped[int] = ref("store.id", primary_key=True)
    sku_id: Mapped[int] = ref("sku.id", primary_key=True)
    on_hand: Mapped[Qty] = mapped_column(server_default="0")
    reserved: Mapped[Qty] = mapped_column(server_default="0")
    safety: Mapped[Qty] = mapped_column(server_default="0")
    shelf_location: Mapped[Str | None]
    low_at: Mapped[Qty | None]
    updated_at: Mapped[Moment]


class StockMove(db.Model):
    """Every change of `on_hand`; Σ quantity over (store, SKU) = on_hand. `ref` names the paper behind it.

    `actor_id` is the staff member and `note` the reason, where somebody did it by hand.
    """

    __tablename__ = "stock_move"
    __table_args__ = (Index("ix_stock_move_sku", "sku_id", "store_id", "id"),)

    id: Mapped[Id]
    store_id: Mapped[int] = ref("store.id")
    sku_id: Mapped[int] = ref("sku.id")
    kind: Mapped[Str]
    quantity: Mapped[Qty]
    ref: Mapped[Str]
    at: Mapped[Moment]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[Str] = mapped_column(server_default="")


class StockReceipt(db.Model):
    """A paper that brought goods to a store (入库单, 调拨单): the number makes it idempotent."""

    __tablename__ = "stock_receipt"
    __table_args__ = (UniqueConstraint("number"),)

    id: Mapped[Id]
    number: Mapped[Str]
    store_id: Mapped[int] = ref("store.id")
    received_at: Mapped[Moment]
    digest: Mapped[Str]
    line_count: Mapped[int]


class Reservation(db.Model):
    """A promise of stock to an order: held until a deadline, firm once paid, then consumed or released."""

    __tablename__ = "reservation"
    __table_args__ = (
        UniqueConstraint("order_id", "sku_id"),
        CheckConstraint("state IN ('held', 'firm', 'consumed', 'released')", name="state"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_reservation_open", "store_id", "sku_id", postgresql_where=text("state IN ('held', 'firm')")),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = ref("orders.id")
    store_id: Mapped[int] = mapped_column(BigInteger)
    sku_id: Mapped[int] = ref("sku.id", "RESTRICT")
    quantity: Mapped[Qty]
    state: Mapped[Str]
