"""Stores as shoppers and staff see them: zones by name, slots with the places left, delivery to a point."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, text

from core.clock import now
from core.db import db
from core.stores.domain import StoreFacts, distance_m, slots, zone_for

_TAKEN = text("SELECT starts_at, taken FROM pickup_slot WHERE store_id = :store AND starts_at >= :first")
_ZONE = ("max_distance_m", "min_amount_fen", "fee_fen", "free_from_fen")


def store_body(row: RowMapping) -> dict[str, Any]:
    """A row of `all_stores` with its zones as objects."""
    return {**row, "zones": [dict(zip(_ZONE, zone, strict=True)) for zone in row["zones"]]}


def open_slots(store: StoreFacts) -> list[dict[str, Any]]:
    """The store's slots from now on; `left` is None where the store has no capacity. None when it is closed."""
    if not store.active or not store.pickup:
        return []
    found = slots(store, now())
    if store.slot_capacity is None or not found:
        return [{"starts_at": slot.starts_at, "ends_at": slot.ends_at, "left": None} for slot in found]
    rows = db.session.execute(_TAKEN, {"store": store.id, "first": found[0].starts_at})
    taken = {row.starts_at: row.taken for row in rows}
    return [
        {
            "starts_at": slot.starts_at,
            "ends_at": slot.ends_at,
            "left": max(store.slot_capacity - taken.get(slot.starts_at, 0), 0),
        }
        for slot in found
    ]


def delivery_to(store: StoreFacts, longitude: Decimal, latitude: Decimal) -> dict[str, Any]:
    """Distance and terms of a delivery to the point (GCJ-02); the terms are None where the store does not deliver."""
    metres = distance_m(store.longitude, store.latitude, longitude, latitude)
    zone = zone_for(store.zones, metres) if store.delivery and store.active else None
    return {
        "reachable": zone is not None,
        "distance_m": metres,
        "min_amount_fen": zone and zone.min_amount_fen,
        "fee_fen": zone and zone.fee_fen,
        "free_from_fen": zone and zone.free_from_fen,
    }
