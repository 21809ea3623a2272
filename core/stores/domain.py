"""Distances, delivery fees and pickup slots. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

from core.clock import SHOP_ZONE, shop_time

EARTH_RADIUS_M = 6_371_000
SLOT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Zone:
    """A ring around the store (同城配送区域): money in fen, `free_from_fen` None when delivery is never free."""

    max_distance_m: int
    min_amount_fen: int
    fee_fen: int
    free_from_fen: int | None


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What quoting needs to know of a store."""

    id: int
    code: str
    name: str
    longitude: Decimal
    latitude: Decimal
    opens_at: time
    closes_at: time
    pickup: bool
    delivery: bool
    prepare_minutes: int
    slot_minutes: int
    slot_capacity: int | None
    active: bool
    zones: tuple[Zone, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    starts_at: datetime
    ends_at: datetime


def distance_m(lng1: Decimal, lat1: Decimal, lng2: Decimal, lat2: Decimal) -> int:
    """Great-circle distance in metres between two points of the same datum (GCJ-02)."""
    x1, y1, x2, y2 = (radians(float(v)) for v in (lng1, lat1, lng2, lat2))
    a = sin((y2 - y1) / 2) ** 2 + cos(y1) * cos(y2) * sin((x2 - x1) / 2) ** 2
    return round(2 * EARTH_RADIUS_M * asin(sqrt(a)))


def zone_for(zones: Sequence[Zone], metres: int) -> Zone | None:
    """The innermost zone that reaches `metres`, None when nobody delivers there."""
    reaching = [zone for zone in zones if metres <= zone.max_distance_m]
    return min(reaching, key=lambda zone: zone.max_distance_m, default=None)


def delivery_fee(zone: Zone, goods_fen: int) -> int:
    """The fee for goods of this amount (after promotions, before coupons: domain-rules §3)."""
    if zone.free_from_fen is not None and goods_fen >= zone.free_from_fen:
        return 0
    return zone.fee_fen


def slots(store: StoreFacts, at: datetime, days: int = SLOT_DAYS) -> list[Slot]:
    """The pickup slots from `at` on: cut from the opening hours in shop time, none that preparing can't meet."""
    earliest = at + timedelta(minutes=store.prepare_minutes)
    first_day = shop_time(at).date()
    length = timedelta(minutes=store.slot_minutes)
    found = []
    for offset in range(days):
        day = first_day + timedelta(days=offset)
        start = datetime.combine(day, store.opens_at, SHOP_ZONE)
        closing = datetime.combine(day, store.closes_at, SHOP_ZONE)
        while start + length <= closing:
            if start + length > earliest:
                found.append(Slot(start, start + length))
            start += length
    return found


def slot_starting(store: StoreFacts, starts_at: datetime, at: datetime) -> Slot | None:
    """The slot that starts at `starts_at`, None when the store has no such slot any more."""
    return next((slot for slot in slots(store, at) if slot.starts_at == starts_at), None)
