"""Quotes and orders on the wire."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range, Regexp

from core.host.blocks.schemas import slots_field
from core.orders.domain import MANUAL_RULES
from core.orders.listing import TABS
from core.orders.models import STATES
from core.pricing.choices import ChoicesField
from core.pricing.service import MAX_LINES
from core.web.fields import Fen, IdField, Moment, Quantity
from core.web.paging import MAX_LIMIT
from core.web.text import Phone, Text

BEARERS = ("shop", "supplier", "platform")
MAX_CHANGES = 500


class WantedLineSchema(ma.Schema):
    sku_id = IdField(required=True)
    quantity = Quantity(required=True)


class QuoteInSchema(ma.Schema):
    """What a price is asked for; without `lines` the cart counts. Delivery needs `address_id`."""

    store_id = IdField(required=True)
    fulfilment = ma.fields.String(required=True, validate=OneOf(["pickup", "delivery"]))
    slot_starts_at = Moment(load_default=None, allow_none=True)
    address_id = IdField(load_default=None, allow_none=True)
    lines = ma.fields.List(
        ma.fields.Nested(WantedLineSchema),
        load_default=None,
        allow_none=True,
        validate=Length(1, MAX_LINES, error=f"一次最多结算 {MAX_LINES} 种商品"),
    )
    choices = ChoicesField()


class OrderInSchema(QuoteInSchema):
    """An order; `expected_payable_fen` is what the shopper saw, a different price answers 409 `price_changed`."""

    phone = Phone(load_default=None, allow_none=True)
    remark = Text(200, 0, load_default="")
    expected_payable_fen = Fen(load_default=None, allow_none=True)


class QuoteLineSchema(ma.Schema):
    position = ma.fields.Integer()
    sku_id = IdField()
    product_id = IdField()
    sku = ma.fields.String()
    title = ma.fields.String()
    spec = ma.fields.String()
    unit = ma.fields.String()
    weighed = ma.fields.Boolean()
    quantity = ma.fields.String()
    list_price_fen = Fen()
    member_price_fen = Fen(allow_none=True)
    list_fen = Fen()
    amount_fen = Fen()
    sellable = ma.fields.String()


class StepSchema(ma.Schema):
    """One step of the price ledger; `amount_fen` is signed, `allocation` follows the lines."""

    lane = ma.fields.String()
    source = ma.fields.String()
    rule = ma.fields.String()
    rule_version = ma.fields.String()
    bearer = ma.fields.String()
    amount_fen = Fen(signed=True)
    allocation = ma.fields.List(Fen(signed=True))
    reason = ma.fields.String()


class QuoteProblemSchema(ma.Schema):
    code = ma.fields.String()
    message = ma.fields.String()
    position = ma.fields.Integer(allow_none=True)


class QuoteSlotSchema(ma.Schema):
    starts_at = Moment()
    ends_at = Moment()


class QuoteSchema(ma.Schema):
    """A price with its ledger and everything that stands in the way of ordering."""

    store_id = IdField()
    fulfilment = ma.fields.String()
    lines = ma.fields.List(ma.fields.Nested(QuoteLineSchema))
    steps = ma.fields.List(ma.fields.Nested(StepSchema))
    list_fen = Fen()
    goods_fen = Fen()
    shipping_fen = Fen()
    payable_fen = Fen()
    slot = ma.fields.Nested(QuoteSlotSchema, allow_none=True)
    distance_m = ma.fields.Integer(allow_none=True)
    problems = ma.fields.List(ma.fields.Nested(QuoteProblemSchema))
    complete = ma.fields.Boolean(metadata={"description": "false: a price plugin failed, the price may still change"})
    incomplete = ma.fields.List(ma.fields.String(), metadata={"description": "the plugins that failed"})
    notice = ma.fields.String(allow_none=True, metadata={"description": "to show while the price is not complete"})
    orderable = ma.fields.Boolean()
    slots = slots_field()


class PanelSchema(ma.Schema):
    """What a plugin says about an order: rows of label and value for people, `data` for programs."""

    title = ma.fields.String()
    rows = ma.fields.List(ma.fields.List(ma.fields.String()))
    data = ma.fields.Dict()


def extensions() -> ma.fields.Dict:
    """`extensions`: panels by plugin name."""
    return ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Nested(PanelSchema))


class PlacedSchema(ma.Schema):
    number = ma.fields.String()
    state = ma.fields.String(validate=OneOf(STATES))
    payable_fen = Fen()
    pay_by = Moment(allow_none=True)


class PageQuerySchema(ma.Schema):
    cursor = ma.fields.String(load_default=None, validate=Length(max=200))
    limit = ma.fields.Integer(load_default=20, validate=Range(1, MAX_LIMIT))


class OwnOrdersQuerySchema(PageQuerySchema):
    state = ma.fields.String(load_default=None, validate=OneOf(STATES))


class OrdersQuerySchema(OwnOrdersQuerySchema):
    """`q` is an order number, pickup code, till number, phone (whole or last four digits), member number, name, or goods
    (words of the title, SKU code, barcode)."""

    q = Text(64, 0, load_default=None, allow_none=True)
    tab = ma.fields.String(load_default="all", validate=OneOf([*TABS], [tab.label for tab in TABS.values()]))
    fulfilment = ma.fields.String(load_default=None, validate=OneOf(["pickup", "delivery", "counter"]))
    store_id = IdField(load_default=None)
    channel = ma.fields.String(load_default=None, validate=OneOf(["online", "pos", "past"]))
    reference = ma.fields.String(load_default=None, validate=Regexp(r"^[A-Za-z0-9_.:-]{1,64}\Z"))
    number = ma.fields.String(load_default=None, validate=Regexp(r"^[0-9]{16}\Z"))
    phone_tail = ma.fields.String(load_default=None, validate=Regexp(r"^[0-9]{4,11}\Z"))
    since = Moment(data_key="from", load_default=None, metadata={"description": "placed at this moment or later"})
    until = Moment(data_key="to", load_default=None, metadata={"description": "placed before this moment"})


class OrderSummarySchema(ma.Schema):
    id = IdField()
    number = ma.fields.String()
    reference = ma.fields.String()
    channel = ma.fields.String()
    state = ma.fields.String(validate=OneOf(STATES))
    fulfilment = ma.fields.String()
    store_id = IdField()
    store_name = ma.fields.String()
    list_fen = Fen()
    goods_fen = Fen()
    shipping_fen = Fen()
    payable_fen = Fen()
    refunded_fen = Fen()
    placed_at = Moment()
    pay_by = Moment(allow_none=True)
    paid_at = Moment(allow_none=True)
    completed_at = Moment(allow_none=True)
    slot_starts_at = Moment(allow_none=True)
    slot_ends_at = Moment(allow_none=True)
    contact_phone = ma.fields.String(allow_none=True)
    line_count = ma.fields.Integer()
    titles = ma.fields.List(ma.fields.String())
    on_hold = ma.fields.Boolean()
    extensions = extensions()


class OrdersSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(OrderSummarySchema))
    next_cursor = ma.fields.String(allow_none=True)


class StaffOrderSummarySchema(OrderSummarySchema):
    remark = ma.fields.String()
    buyer_name = ma.fields.String(allow_none=True)
    member_no = ma.fields.String(allow_none=True)
    refunding = ma.fields.Boolean(metadata={"description": "money is on its way back"})


class StaffOrdersSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(StaffOrderSummarySchema))
    next_cursor = ma.fields.String(allow_none=True)
    previous_cursor = ma.fields.String(allow_none=True)


class OrderLineSchema(ma.Schema):
    position = ma.fields.Integer()
    sku_id = IdField()
    sku = ma.fields.String()
    title = ma.fields.String()
    spec = ma.fields.String()
    unit = ma.fields.String()
    quantity = ma.fields.String()
    list_price_fen = Fen(allow_none=True)
    list_fen = Fen()
    payable_fen = Fen(signed=True)
    refunded_quantity = ma.fields.String()
    refunded_fen = Fen()


class MoveSchema(ma.Schema):
    """A change of state: who, when, why."""

    from_state = ma.fields.String(allow_none=True)
    to_state = ma.fields.String()
    at = ma.fields.String(metadata={"format": "date-time"})
    actor = ma.fields.String()
    by = ma.fields.String(allow_none=True)
    why = ma.fields.String()


class OrderSchema(ma.Schema):
    """An order with everything that happened to it."""

    id = IdField()
    number = ma.fields.String()
    reference = ma.fields.String(metadata={"description": "for staff only"})
    channel = ma.fields.String()
    state = ma.fields.String(validate=OneOf(STATES))
    fulfilment = ma.fields.String()
    store_id = IdField()
    store = ma.fields.Dict()
    member_no = ma.fields.String(allow_none=True)
    buyer_id = IdField(allow_none=True, metadata={"description": "for staff only"})
    buyer_name = ma.fields.String(allow_none=True, metadata={"description": "for staff only"})
    list_fen = Fen()
    goods_fen = Fen()
    shipping_fen = Fen()
    payable_fen = Fen()
    refunded_fen = Fen()
    price_version = ma.fields.Integer(metadata={"description": "for staff only"})
    placed_at = Moment()
    pay_by = Moment(allow_none=True, metadata={"description": "the payment deadline"})
    paid_at = Moment(allow_none=True)
    completed_at = Moment(allow_none=True)
    slot_starts_at = Moment(allow_none=True)
    slot_ends_at = Moment(allow_none=True)
    delivery_to = ma.fields.Dict(allow_none=True)
    contact_phone = ma.fields.String(allow_none=True)
    remark = ma.fields.String()
    pickup_code = ma.fields.String(allow_none=True, metadata={"description": "for the buyer only"})
    lines = ma.fields.List(ma.fields.Nested(OrderLineSchema))
    steps = ma.fields.List(ma.fields.Nested(StepSchema))
    moves = ma.fields.List(ma.fields.Nested(MoveSchema))
    holds = ma.fields.List(ma.fields.Dict())
    refunds = ma.fields.List(ma.fields.Dict())
    handover = ma.fields.Dict(allow_none=True)
    extensions = extensions()
    slots = slots_field()


class PaySchema(ma.Schema):
    """`params` go to wx.requestPayment as they are; absent when there was nothing to pay."""

    paid = ma.fields.Boolean()
    params = ma.fields.Dict()


def _rule() -> ma.fields.String:
    labels = [MANUAL_RULES[rule] for rule in sorted(MANUAL_RULES)]
    return ma.fields.String(
        required=True, validate=OneOf(sorted(MANUAL_RULES), labels), metadata={"label": "改价方式"}
    )


def _change() -> Fen:
    return Fen(required=True, signed=True, metadata={"label": "改价金额", "help": "减价填负数"})


def _bearer() -> ma.fields.String:
    return ma.fields.String(
        load_default="shop", validate=OneOf(BEARERS, ["商家", "供应商", "平台"]), metadata={"label": "谁承担"}
    )


class LineChangeSchema(ma.Schema):
    position = ma.fields.Integer(
        required=True, strict=True, validate=Range(1, MAX_LINES), metadata={"label": "第几行"}
    )
    rule = _rule()
    amount_fen = _change()
    bearer = _bearer()


class OrderChangeSchema(ma.Schema):
    rule = _rule()
    amount_fen = _change()
    bearer = _bearer()


class AdjustmentsSchema(ma.Schema):
    """改价: replaces all manual adjustments of the order; two empty lists take them back."""

    lines = ma.fields.List(
        ma.fields.Nested(LineChangeSchema),
        load_default=list,
        validate=Length(max=MAX_CHANGES),
        metadata={"label": "单行改价"},
    )
    order = ma.fields.List(
        ma.fields.Nested(OrderChangeSchema),
        load_default=list,
        validate=Length(max=20),
        metadata={"label": "整单改价"},
    )
    why = Text(200, required=True, metadata={"label": "改价原因", "help": "记在订单的价格明细和操作记录里"})


class AdjustedSchema(ma.Schema):
    number = ma.fields.String()
    payable_fen = Fen()


class RemarkSchema(ma.Schema):
    remark = Text(
        200, required=True, metadata={"label": "备注", "multiline": True, "help": "只有店员看得到"}
    )


class ReasonSchema(ma.Schema):
    reason = Text(80, required=True, metadata={"label": "原因", "help": "顾客会看到"})


class RefundLineSchema(ma.Schema):
    position = ma.fields.Integer(
        required=True, strict=True, validate=Range(1, 10_000), metadata={"label": "第几行"}
    )
    quantity = Quantity(required=True, metadata={"label": "退货数量"})
    restock = ma.fields.Boolean(load_default=True, metadata={"label": "商品放回库存"})


class RefundInSchema(ma.Schema):
    """Without `lines` everything that is left is refunded, shipping included, and `restock` counts for all of it."""

    lines = ma.fields.List(
        ma.fields.Nested(RefundLineSchema),
        load_default=None,
        allow_none=True,
        validate=Length(1, 1000),
        metadata={"label": "退哪些商品"},
    )
    restock = ma.fields.Boolean(load_default=True, metadata={"label": "退回的商品放回库存"})
    reason = Text(80, required=True, metadata={"label": "退款原因", "help": "顾客会看到"})

    @ma.validates_schema
    def _once(self, data: dict[str, Any], **kwargs: Any) -> None:
        positions = [line["position"] for line in data["lines"] or ()]
        if len(set(positions)) < len(positions):
            raise ma.ValidationError("同一行只能出现一次", "lines")


class RefundOutSchema(ma.Schema):
    refund_no = ma.fields.String()
    state = ma.fields.String(validate=OneOf(STATES))


class StateSchema(ma.Schema):
    number = ma.fields.String()
    state = ma.fields.String(validate=OneOf(STATES))
