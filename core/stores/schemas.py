"""Stores as staff enter them and as shoppers see them."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, Range

from core.web.fields import Fen, IdField, Moment
from core.web.text import Text

_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
MAX_ZONES = 20
MAX_ZONE_METRES = 100_000


class Degrees(ma.fields.Field):
    """A coordinate in GCJ-02: string or number in, a string with six places out; `limit` 180 or 90."""

    default_error_messages = {"invalid": "坐标有误"}

    def __init__(self, limit: int, **kwargs: Any) -> None:
        self._limit = limit
        metadata = {"type": "string", "pattern": f"^{_DEGREES.pattern}$", "example": "37.069000"}
        super().__init__(metadata=metadata, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:.6f}"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        known = isinstance(value, int | float | str) and not isinstance(value, bool)
        if not known or not _DEGREES.fullmatch(str(value)):
            raise self.make_error("invalid")
        number = round(Decimal(str(value)), 6)
        if abs(number) > self._limit:
            raise self.make_error("invalid")
        return number


class Clock(ma.fields.Field):
    """A time of day on the shop's wall clock, `07:30`."""

    default_error_messages = {"invalid": "时间应为 HH:MM"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(metadata={"type": "string", "pattern": f"^{_CLOCK.pattern}$"}, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:%H:%M}"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> time:
        if not isinstance(value, str) or not _CLOCK.fullmatch(value):
            raise self.make_error("invalid")
        return time.fromisoformat(value)


class ZoneSchema(ma.Schema):
    """A ring of same-city delivery (同城配送区域)."""

    max_distance_m = ma.fields.Integer(required=True, strict=True, validate=Range(1, MAX_ZONE_METRES))
    min_amount_fen = Fen(load_default=0)
    fee_fen = Fen(load_default=0)
    free_from_fen = Fen(load_default=None, allow_none=True)


class StoreChangeSchema(ma.Schema):
    """A store with its hours and zones, without its code, which never changes."""

    name = Text(64, required=True)
    district_code = Text(12, required=True)
    address = Text(200, required=True)
    phone = Text(32, required=True)
    longitude = Degrees(180, required=True)
    latitude = Degrees(90, required=True)
    opens_at = Clock(required=True)
    closes_at = Clock(required=True)
    pickup = ma.fields.Boolean(load_default=True)
    delivery = ma.fields.Boolean(load_default=True)
    prepare_minutes = ma.fields.Integer(load_default=30, strict=True, validate=Range(0, 10_080))
    slot_minutes = ma.fields.Integer(load_default=60, strict=True, validate=Range(15, 720))
    slot_capacity = ma.fields.Integer(load_default=None, allow_none=True, strict=True, validate=Range(0, 100_000))
    active = ma.fields.Boolean(load_default=True)
    zones = ma.fields.List(ma.fields.Nested(ZoneSchema), load_default=list, validate=Length(max=MAX_ZONES))

    @ma.validates_schema
    def _check(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["closes_at"] <= data["opens_at"]:
            raise ma.ValidationError("打烊时间应晚于开门时间", "closes_at")
        rings = [zone["max_distance_m"] for zone in data["zones"]]
        if len(set(rings)) < len(rings):
            raise ma.ValidationError("两个配送区域的距离相同", "zones")


class StoreSchema(StoreChangeSchema):
    """A new store."""

    code = Text(32, required=True)


class StoreOutSchema(ma.Schema):
    """A store as everybody may see it."""

    id = IdField()
    code = ma.fields.String()
    name = ma.fields.String()
    district_code = ma.fields.String()
    address = ma.fields.String()
    phone = ma.fields.String()
    longitude = Degrees(180)
    latitude = Degrees(90)
    opens_at = Clock()
    closes_at = Clock()
    pickup = ma.fields.Boolean()
    delivery = ma.fields.Boolean()
    active = ma.fields.Boolean()
    prepare_minutes = ma.fields.Integer()
    slot_minutes = ma.fields.Integer()
    slot_capacity = ma.fields.Integer(allow_none=True)
    zones = ma.fields.List(ma.fields.Nested(ZoneSchema))


class StoresSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(StoreOutSchema))


class SlotSchema(ma.Schema):
    starts_at = Moment()
    ends_at = Moment()
    left = ma.fields.Integer(allow_none=True, metadata={"description": "places left, null when not limited"})


class SlotsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(SlotSchema))


class PlaceSchema(ma.Schema):
    longitude = Degrees(180, required=True)
    latitude = Degrees(90, required=True)


class DeliveryCheckSchema(ma.Schema):
    """Whether a store delivers to a place, and at what price; amounts are null when it does not."""

    reachable = ma.fields.Boolean()
    distance_m = ma.fields.Integer()
    min_amount_fen = Fen(allow_none=True)
    fee_fen = Fen(allow_none=True)
    free_from_fen = Fen(allow_none=True)
