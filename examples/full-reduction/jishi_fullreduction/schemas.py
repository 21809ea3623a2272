"""What staff enter and read. Amounts are fen, shares of a price percent, ids strings of digits."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from core.plugin.web import MAX_LIMIT, Fen, IdField, Moment, Text

MAX_AT = 99_999_999


class LevelSchema(ma.Schema):
    """One level: from `at` on (fen for 满元, pieces for 满件) at least one benefit."""

    at = ma.fields.Integer(required=True, strict=True, validate=Range(1, MAX_AT))
    off_fen = Fen(load_default=0)
    percent = ma.fields.Integer(load_default=100, strict=True, validate=Range(1, 100))
    free_shipping = ma.fields.Boolean(load_default=False)
    gift_id = IdField(load_default=None, allow_none=True)
    gift_quantity = ma.fields.Integer(load_default=1, strict=True, validate=Range(1, 99))

    @ma.validates_schema
    def _check(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["off_fen"] and data["percent"] < 100:
            raise ma.ValidationError("减钱与打折只能二选一", "percent")
        if not (data["off_fen"] or data["percent"] < 100 or data["free_shipping"] or data["gift_id"]):
            raise ma.ValidationError("请至少填写一种优惠：减钱、打折、包邮或赠品")


class RuleSchema(ma.Schema):
    """A campaign as staff write it."""

    title = Text(30, required=True)
    priority = ma.fields.Integer(load_default=100, strict=True, validate=Range(0, 9999))
    active = ma.fields.Boolean(load_default=True)
    basis = ma.fields.String(required=True, validate=OneOf(["amount", "pieces"], ["满元", "满件"]))
    mode = ma.fields.String(required=True, validate=OneOf(["ladder", "every"], ["阶梯", "每满"]))
    levels = ma.fields.List(ma.fields.Nested(LevelSchema), required=True, validate=Length(1, 10))
    max_times = ma.fields.Integer(load_default=None, allow_none=True, strict=True, validate=Range(1, 1000))
    max_off_fen = Fen(load_default=None, allow_none=True)
    with_coupons = ma.fields.Boolean(load_default=True)
    products = ma.fields.List(IdField(), load_default=list, validate=Length(max=500))
    categories = ma.fields.List(IdField(), load_default=list, validate=Length(max=100))
    starts_at = Moment(required=True)
    ends_at = Moment(load_default=None, allow_none=True)

    @ma.validates_schema(skip_on_field_errors=True)
    def _check(self, data: dict[str, Any], **kwargs: Any) -> None:
        steps = [level["at"] for level in data["levels"]]
        if steps != sorted(set(steps)):
            raise ma.ValidationError("各级门槛应从低到高，不能重复", "levels")
        if data["mode"] == "every" and len(steps) > 1:
            raise ma.ValidationError("每满只能有一级", "levels")
        if data["mode"] == "every" and data["levels"][0]["percent"] < 100:
            raise ma.ValidationError("每满不能打折，请用阶梯", "levels")
        if data["ends_at"] is not None and data["ends_at"] <= data["starts_at"]:
            raise ma.ValidationError("结束时间应晚于开始时间", "ends_at")


class EditSchema(RuleSchema):
    """The same with the version that staff saw when they began to edit."""

    version = ma.fields.Integer(required=True, strict=True, validate=Range(1))


class StoredSchema(RuleSchema):
    id = IdField()
    version = ma.fields.Integer()


class RulesSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(StoredSchema))
    next_cursor = ma.fields.String(allow_none=True)


class GiftSchema(ma.Schema):
    id = IdField(dump_only=True)
    name = Text(30, required=True)
    stock = ma.fields.Integer(load_default=0, strict=True, validate=Range(0, 999_999))


class GiftsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(GiftSchema))
    next_cursor = ma.fields.String(allow_none=True)


class RestockSchema(ma.Schema):
    change = ma.fields.Integer(required=True, strict=True, validate=Range(-999_999, 999_999))


class ReviewSchema(ma.Schema):
    id = IdField()
    order_id = IdField()
    name = ma.fields.String()
    quantity = ma.fields.Integer()
    at = Moment()


class ReviewsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ReviewSchema))


class DecisionSchema(ma.Schema):
    came_back = ma.fields.Boolean(required=True)


class CreatedSchema(ma.Schema):
    id = IdField()


class PageQuery(ma.Schema):
    cursor = ma.fields.String(load_default=None)
    limit = ma.fields.Integer(load_default=20, validate=Range(1, MAX_LIMIT))
