"""What the plugin's routes take and answer."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import NoneOf, Range

from core.plugin.web import MAX_LIMIT, Fen, IdField, Moment, Text

from .messages import say

_LARGE = 100_000_000


class PageQuerySchema(ma.Schema):
    cursor = ma.fields.String()
    limit = ma.fields.Integer(load_default=20, validate=Range(1, MAX_LIMIT))


class MembersQuerySchema(PageQuerySchema):
    """`term` is a member number or a whole phone number."""

    term = ma.fields.String(load_default="")


class SummarySchema(ma.Schema):
    """A buyer's account; `expiring` within 30 days."""

    balance = ma.fields.Integer()
    debt = ma.fields.Integer()
    usable = ma.fields.Integer()
    frozen = ma.fields.Integer()
    expiring = ma.fields.Integer()
    growth = ma.fields.Integer()
    level = ma.fields.String(allow_none=True)
    next_level = ma.fields.String(allow_none=True)
    next_growth = ma.fields.Integer(allow_none=True)


class LogRowSchema(ma.Schema):
    id = IdField()
    at = Moment()
    points = ma.fields.Integer()
    kind = ma.fields.String()
    title = ma.fields.String()
    note = ma.fields.String()


class LogSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(LogRowSchema))
    next_cursor = ma.fields.String(allow_none=True)


class FiguresSchema(ma.Schema):
    """The last 30 days, net of what went back; `outstanding` is what buyers have now."""

    issued = ma.fields.Integer()
    redeemed = ma.fields.Integer()
    expired = ma.fields.Integer()
    outstanding = ma.fields.Integer()


class TotalsSchema(ma.Schema):
    """All time; the trial balance (试算) is always 0."""

    earned = ma.fields.Integer()
    outstanding = ma.fields.Integer()
    owed = ma.fields.Integer()
    trial_balance = ma.fields.Integer()


class LevelInSchema(ma.Schema):
    """`price_percent` 95 is 九五折; `earn_percent` 150 is one and a half times the points."""

    name = Text(20, required=True)
    growth = ma.fields.Integer(strict=True, required=True, validate=Range(0, _LARGE))
    price_percent = ma.fields.Integer(strict=True, load_default=100, validate=Range(1, 100))
    earn_percent = ma.fields.Integer(strict=True, load_default=100, validate=Range(0, 1000))


class LevelSchema(LevelInSchema):
    id = IdField()
    members = ma.fields.Integer()


class LevelsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(LevelSchema))


class GiftInSchema(ma.Schema):
    """`stock` counts what was redeemed already; `per_buyer` null: as many as one likes."""

    sku_id = IdField(required=True)
    points = ma.fields.Integer(strict=True, required=True, validate=Range(1, _LARGE))
    cash_fen = Fen(load_default=0)
    per_buyer = ma.fields.Integer(strict=True, load_default=None, allow_none=True, validate=Range(1, 10_000))
    stock = ma.fields.Integer(strict=True, required=True, validate=Range(0, 1_000_000))
    active = ma.fields.Boolean(load_default=True)
    starts_at = Moment(load_default=None, allow_none=True)
    ends_at = Moment(load_default=None, allow_none=True)
    sort = ma.fields.Integer(strict=True, load_default=0, validate=Range(0, 10_000))

    @ma.validates_schema
    def _check(self, data: dict, **kwargs: object) -> None:
        begin, end = data.get("starts_at"), data.get("ends_at")
        if begin and end and begin >= end:
            raise ma.ValidationError(say("bad_activity"), "ends_at")


class GiftSchema(GiftInSchema):
    id = IdField()
    taken = ma.fields.Integer()
    title = ma.fields.String()
    list_price_fen = ma.fields.Integer()


class GiftsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(GiftSchema))
    next_cursor = ma.fields.String(allow_none=True)


class ShelfItemSchema(ma.Schema):
    """`mine_left`: how many this buyer may still redeem, null without a limit."""

    id = IdField()
    sku_id = IdField()
    title = ma.fields.String()
    points = ma.fields.Integer()
    cash_fen = ma.fields.Integer()
    left = ma.fields.Integer()
    mine_left = ma.fields.Integer(allow_none=True)


class ShelfSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(ShelfItemSchema))


class MemberSchema(ma.Schema):
    buyer_id = IdField()
    member_no = ma.fields.String(allow_none=True)
    phone_tail = ma.fields.String(allow_none=True)
    balance = ma.fields.Integer()
    debt = ma.fields.Integer()
    growth = ma.fields.Integer()
    level_id = IdField(allow_none=True)
    level = ma.fields.String(allow_none=True)
    level_locked = ma.fields.Boolean()


class MembersSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(MemberSchema))
    next_cursor = ma.fields.String(allow_none=True)


class AdjustSchema(ma.Schema):
    """`points` is signed; the same `key` again changes nothing."""

    points = ma.fields.Integer(
        strict=True, required=True, validate=[Range(-_LARGE, _LARGE), NoneOf([0])]
    )
    reason = Text(100, required=True)
    key = Text(64, 8, required=True)


class MemberLevelSchema(ma.Schema):
    """`locked`: reviews leave the level alone; without it the next review decides."""

    level_id = IdField(required=True)
    locked = ma.fields.Boolean(load_default=True)
    reason = Text(100, required=True)
