from __future__ import annotations

from datetime import time
from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Fen, Id, Moment, Str, db, ref


class Store(db.Model):
    """A shop front (门店) with its hours, place (GCJ-02) and what it offers. Pickup slots are cut from the hours."""

    __tablename__ = "store"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("closes_at > opens_at", name="hours"),
        CheckConstraint("slot_minutes BETWEEN 15 AND 720", name="slot"),
    )

    id: Mapped[Id]
    code: Mapped[Str]
    name: Mapped[Str]
    district_code: Mapped[Str]
    address: Mapped[Str]
    phone: Mapped[Str]
    longitude: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    latitude: Mapped[Decimal] = mapped_column(Numeric(9, 6))
    opens_at: Mapped[time]
    closes_at: Mapped[time]
    pickup: Mapped[bool] = mapped_column(default=True)
    delivery: Mapped[bool] = mapped_column(default=True)
    prepare_minutes: Mapped[int] = mapped_column(default=30)
    slot_minutes: Mapped[int] = mapped_column(default=60)
    slot_capacity: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(server_default="1")


class DeliveryZone(db.Model):
    """Same-city delivery within `max_distance_m` of the store: the nearest ring that reaches the address counts."""

    __tablename__ = "delivery_zone"
    __table_args__ = (UniqueConstraint("store_id", "max_distance_m"),)

    id: Mapped[Id]
    store_id: Mapped[int] = ref("store.id")
    max_distance_m: Mapped[int]
    min_amount_fen: Mapped[Fen]
    fee_fen: Mapped[Fen]
    free_from_fen: Mapped[Fen | None]


class PickupSlot(db.Model):
    """How many orders hold a pickup slot; a row exists once somebody took one."""

    __tablename__ = "pickup_slot"
    __table_args__ = (CheckConstraint("taken >= 0", name="taken"),)

    store_id: Mapped[int] = ref("store.id", primary_key=True)
    starts_at: Mapped[Moment] = mapped_column(primary_key=True)
    taken: Mapped[int]
