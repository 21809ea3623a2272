"""Picking, handing out and the whole story of an order, as staff see them."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow.validate import Range, Regexp

from core.orders.schemas import OrderSchema
from core.web.fields import Fen, IdField, Moment

MAX_PICKLIST = 200


class PicklistQuerySchema(ma.Schema):
    store_id = IdField(required=True)
    limit = ma.fields.Integer(load_default=50, validate=Range(1, MAX_PICKLIST))


class GoodsSchema(ma.Schema):
    position = ma.fields.Integer()
    sku_id = IdField()
    sku = ma.fields.String()
    title = ma.fields.String()
    spec = ma.fields.String()
    unit = ma.fields.String()
    quantity = ma.fields.String(metadata={"description": "without what was refunded"})
    shelf_location = ma.fields.String(allow_none=True)


class TotalSchema(GoodsSchema):
    """A SKU over all orders of the list."""

    class Meta:
        exclude = ("position",)

    order_count = ma.fields.Integer()


class PickOrderSchema(ma.Schema):
    number = ma.fields.String()
    state = ma.fields.String()
    fulfilment = ma.fields.String()
    remark = ma.fields.String()
    contact_phone = ma.fields.String(allow_none=True)
    paid_at = Moment()
    slot_starts_at = Moment(allow_none=True)
    slot_ends_at = Moment(allow_none=True)
    on_hold = ma.fields.Boolean()
    lines = ma.fields.List(ma.fields.Nested(GoodsSchema))


class PicklistSchema(ma.Schema):
    """Orders to prepare, the most urgent first, and their goods by shelf."""

    orders = ma.fields.List(ma.fields.Nested(PickOrderSchema))
    totals = ma.fields.List(ma.fields.Nested(TotalSchema))


class VerifySchema(ma.Schema):
    """The code that the customer shows, or the last digits of the phone; `number` chooses among several orders."""

    store_id = IdField(required=True)
    code = ma.fields.String(validate=Regexp(r"^[0-9]{8}\Z", error="提货码为 8 位数字"))
    phone_tail = ma.fields.String(validate=Regexp(r"^[0-9]{4,11}\Z", error="请输入手机号的后 4 到 11 位"))
    number = ma.fields.String(validate=Regexp(r"^[0-9]{16}\Z", error="订单号为 16 位数字"))

    @ma.validates_schema
    def _one_way(self, data: dict[str, Any], **kwargs: Any) -> None:
        if ("code" in data) == ("phone_tail" in data):
            raise ma.ValidationError("请填写提货码或手机尾号之一", "code")
        if "number" in data and "code" in data:
            raise ma.ValidationError("订单号只与手机尾号一起使用", "number")


class HandedOverSchema(ma.Schema):
    """The goods are the customer's now."""

    number = ma.fields.String()
    state = ma.fields.String()
    at = Moment()
    by = ma.fields.String()
    lines = ma.fields.List(ma.fields.Nested(GoodsSchema))


class PaymentSchema(ma.Schema):
    out_trade_no = ma.fields.String()
    state = ma.fields.String()
    amount_fen = Fen()
    price_version = ma.fields.Integer()
    transaction_id = ma.fields.String(allow_none=True)
    created_at = Moment()
    paid_at = Moment(allow_none=True)
    given_back = ma.fields.Boolean(metadata={"description": "it came too late or twice and was refunded by itself"})


class StaffOrderSchema(OrderSchema):
    """An order with everything that happened to it, payments included."""

    class Meta:
        exclude = ("pickup_code",)

    payments = ma.fields.List(ma.fields.Nested(PaymentSchema))
