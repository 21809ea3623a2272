"""What `POST orders:bulk` takes and answers, for the OpenAPI document; the reading is done by core.tills.domain."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range, Regexp

from core.tills.domain import CHANNELS, CODE, MAX_LINES, MAX_SALES, ORDER_NO
from core.web.fields import Fen, Moment, Quantity


def _code(**kwargs: Any) -> ma.fields.String:
    return ma.fields.String(validate=[Length(1, 64), Regexp(rf"{CODE.pattern}\Z")], **kwargs)


class SaleLineSchema(ma.Schema):
    """One of `sku` and `barcode`; list − member − coupon = paid, per line, in fen; a line may be negative."""

    sku = _code(allow_none=True)
    barcode = _code(allow_none=True)
    qty = Quantity(required=True)
    list_fen = Fen(required=True)
    member_disc_fen = Fen(load_default=0)
    coupon_fen = Fen(load_default=0)
    coupon_store_funded_fen = Fen(
        load_default=0, metadata={"description": "the part of coupon_fen that the shop pays itself"}
    )
    paid_fen = Fen(required=True, signed=True)

    @ma.validates_schema
    def _check(self, data: dict[str, Any], **kwargs: Any) -> None:
        if (data.get("sku") is None) == (data.get("barcode") is None):
            raise ma.ValidationError("请填写 sku 或 barcode 之一", "sku")
        if data["list_fen"] - data["member_disc_fen"] - data["coupon_fen"] != data["paid_fen"]:
            raise ma.ValidationError("原价 − 会员优惠 − 优惠券 不等于实付", "paid_fen")
        if data["coupon_store_funded_fen"] > data["coupon_fen"]:
            raise ma.ValidationError("店铺承担的优惠券金额大于优惠券金额", "coupon_store_funded_fen")


class SaleSchema(ma.Schema):
    """A sale of a till; `order_no` makes it idempotent, over all stores of the shop."""

    order_no = ma.fields.String(required=True, validate=[Length(1, 64), Regexp(rf"{ORDER_NO.pattern}\Z")])
    store_code = _code(required=True)
    member_no = _code(allow_none=True)
    placed_at = Moment(required=True)
    channel = ma.fields.String(
        load_default="pos",
        validate=OneOf(CHANNELS),
        metadata={"description": "pos: a till's sale. past: an online order of a former system, moves no stock"},
    )
    lines = ma.fields.List(ma.fields.Nested(SaleLineSchema), required=True, validate=Length(1, MAX_LINES))
    paid_fen = Fen(required=True)

    @ma.validates_schema
    def _check(self, data: dict[str, Any], **kwargs: Any) -> None:
        if sum(line["paid_fen"] for line in data["lines"]) != data["paid_fen"]:
            raise ma.ValidationError("各行实付合计与订单实付不符", "paid_fen")


class BulkSchema(ma.Schema):
    orders = ma.fields.List(ma.fields.Nested(SaleSchema), required=True, validate=Length(max=MAX_SALES))


class SaleResultSchema(ma.Schema):
    order_no = ma.fields.String(allow_none=True)
    status = ma.fields.String(validate=OneOf(["created", "exists", "error"]))
    number = ma.fields.String(allow_none=True, metadata={"description": "our number of the order"})
    code = ma.fields.String(allow_none=True, metadata={"description": "stable code of the error"})
    message = ma.fields.String(allow_none=True)
    field = ma.fields.String(allow_none=True, metadata={"description": "dotted path inside the sale"})


class BulkResultSchema(ma.Schema):
    results = ma.fields.List(ma.fields.Nested(SaleResultSchema), metadata={"description": "one per order, in order"})
    created = ma.fields.Integer(validate=Range(0))
    exists = ma.fields.Integer(validate=Range(0))
    failed = ma.fields.Integer(validate=Range(0))

