"""Stores as the shop knows them, and places in their pickup slots."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text

from core.db import db
from core.stores.domain import StoreFacts, Zone
from core.stores.errors import SlotFull, StoreNotFound

_STORE = """
    SELECT s.id, s.code, s.name, s.longitude, s.latitude, s.opens_at, s.closes_at, s.pickup, s.delivery,
           s.prepare_minutes, s.slot_minutes, s.slot_capacity, s.active, s.district_code, s.address, s.phone, s.version,
           coalesce((SELECT jsonb_agg(jsonb_build_array(z.max_distance_m, z.min_amount_fen, z.fee_fen, z.free_from_fen)
                                      ORDER BY z.max_distance_m)
                     FROM delivery_zone z WHERE z.store_id = s.id), '[]') AS zones
    FROM store s
"""
_ONE = text(_STORE + " WHERE s.id = :id")
_ALL = text(_STORE + " ORDER BY s.code")


def find_store(store_id: int) -> StoreFacts:
    """Raises StoreNotFound."""
    row = db.session.execute(_ONE, {"id": store_id}).mappings().first()
    if row is None:
        raise StoreNotFound(field="store_id")
    return facts(row)


def all_stores() -> list[RowMapping]:
    """Every store with all its columns, by code; `zones` as lists."""
    return list(db.session.execute(_ALL).mappings())


def facts(row: Any) -> StoreFacts:
    names = StoreFacts.__dataclass_fields__.keys() - {"zones"}
    return StoreFacts(**{name: row[name] for name in names}, zones=tuple(Zone(*zone) for zone in row["zones"]))


_TAKE_SLOT = text(
    """
    INSERT INTO pickup_slot AS held (store_id, starts_at, taken) VALUES (:store, :starts_at, 1)
    ON CONFLICT (store_id, starts_at) DO UPDATE SET taken = held.taken + 1 WHERE held.taken < :capacity
    RETURNING taken
    """
)
_GIVE_SLOT = text(
    "UPDATE pickup_slot SET taken = taken - 1 WHERE store_id = :store AND starts_at = :starts_at AND taken > 0"
)


def take_slot(store: StoreFacts, starts_at: datetime) -> None:
    """Hold a place in the slot in the current transaction; raises SlotFull. Stores without a capacity count nothing."""
    if store.slot_capacity is None:
        return
    values = {"store": store.id, "starts_at": starts_at, "capacity": store.slot_capacity}
    if store.slot_capacity < 1 or db.session.execute(_TAKE_SLOT, values).first() is None:
        raise SlotFull(field="slot_starts_at")


def give_slot_back(store_id: int, starts_at: datetime) -> None:
    db.session.execute(_GIVE_SLOT, {"store": store_id, "starts_at": starts_at})
