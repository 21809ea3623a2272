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


class Degrees(ma.fields.Decimal):
    """A coordinate in GCJ-02: string or number in, a string with six places out; `limit` 180 or 90."""

    default_error_messages = {"invalid": "坐标有误"}

    def __init__(self, limit: int, **kwargs: Any) -> None:
        self._limit = limit
        metadata = {"type": "string", "pattern": f"^{_DEGREES.pattern}$", "example": "37.069000"}
        super().__init__(metadata=metadata | kwargs.pop("metadata", {}), **kwargs)

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


class Clock(ma.fields.Time):
    """A time of day on the shop's wall clock, `07:30`."""

    default_error_messages = {"invalid": "时间应为 HH:MM"}

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"type": "string", "pattern": f"^{_CLOCK.pattern}$"}
        super().__init__(metadata=metadata | kwargs.pop("metadata", {}), **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value:%H:%M}"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> time:
        if not isinstance(value, str) or not _CLOCK.fullmatch(value):
            raise self.make_error("invalid")
        return time.fromisoformat(value)


class ZoneSchema(ma.Schema):
    """A ring of same-city delivery (同城配送区域)."""

    max_distance_m = ma.fields.Integer(
        required=True, strict=True, validate=Range(1, MAX_ZONE_METRES),
        metadata={"label": "距离以内", "help": "以门店为圆心的直线距离", "unit": "米"},
    )
    min_amount_fen = Fen(load_default=0, metadata={"label": "起送金额", "help": "不到这个金额不配送，0 表示不限"})
    fee_fen = Fen(load_default=0, metadata={"label": "配送费"})
    free_from_fen = Fen(load_default=None, allow_none=True, metadata={"label": "满多少免配送费", "help": "留空表示不免"})


class StoreChangeSchema(ma.Schema):
    """A store with its hours and zones, without its code, which never changes."""

    name = Text(64, required=True, metadata={"label": "门店名称"})
    district_code = Text(12, required=True, metadata={"label": "所在地区", "help": "省、市、区（县）、街道"})
    address = Text(200, required=True, metadata={"label": "详细地址", "help": "街道门牌号，顾客按它找到门店"})
    phone = Text(32, required=True, metadata={"label": "门店电话"})
    longitude = Degrees(180, required=True, metadata={"label": "经度", "help": "地图坐标（GCJ-02），例如 114.487000"})
    latitude = Degrees(90, required=True, metadata={"label": "纬度", "help": "地图坐标（GCJ-02），例如 37.069000"})
    opens_at = Clock(required=True, metadata={"label": "开门时间"})
    closes_at = Clock(required=True, metadata={"label": "打烊时间", "help": "应晚于开门时间"})
    pickup = ma.fields.Boolean(load_default=True, metadata={"label": "到店自提"})
    delivery = ma.fields.Boolean(load_default=True, metadata={"label": "同城配送", "help": "须在下面设置配送区域"})
    prepare_minutes = ma.fields.Integer(
        load_default=30, strict=True, validate=Range(0, 10_080),
        metadata={"label": "备货时间", "help": "下单多久以后可以自提或发货", "unit": "分钟"},
    )
    slot_minutes = ma.fields.Integer(
        load_default=60, strict=True, validate=Range(15, 720),
        metadata={"label": "自提时段长度", "help": "营业时间按它分成时段，15 到 720 分钟", "unit": "分钟"},
    )
    slot_capacity = ma.fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=Range(0, 100_000),
        metadata={"label": "每个时段最多订单", "help": "留空表示不限，0 表示暂停自提预约", "unit": "单"},
    )
    active = ma.fields.Boolean(load_default=True, metadata={"label": "营业中", "help": "停用的门店不再显示给顾客，记录保留"})
    zones = ma.fields.List(
        ma.fields.Nested(ZoneSchema), load_default=list, validate=Length(max=MAX_ZONES),
        metadata={"label": "配送区域", "help": "顾客地址落在最近的一圈里就按它收费"},
    )

    @ma.validates_schema
    def _check(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["closes_at"] <= data["opens_at"]:
            raise ma.ValidationError("打烊时间应晚于开门时间", "closes_at")
        rings = [zone["max_distance_m"] for zone in data["zones"]]
        if len(set(rings)) < len(rings):
            raise ma.ValidationError("两个配送区域的距离相同", "zones")


class StoreSchema(StoreChangeSchema):
    """A new store."""

    code = Text(32, required=True, metadata={"label": "门店编码", "help": "收银系统和导入文件用它认门店，建好后不能改"})


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


class StoreEditSchema(StoreChangeSchema):
    """The whole store anew; `version` is what the editor saw, without it the last one wins."""

    version = ma.fields.Integer(load_default=None, allow_none=True, strict=True)


class ManagedStoreSchema(StoreOutSchema):
    """A store as staff see it; its `version` goes back with an edit."""

    version = ma.fields.Integer()


class ManagedStoresSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ManagedStoreSchema))


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
