"""The sales report on the wire."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import marshmallow as ma
from marshmallow.validate import OneOf

from core.clock import SHOP_ZONE
from core.reports.sales import GROUPS
from core.web.fields import Fen, IdField


class ShopMoment(ma.fields.Field):
    """A shop day (`2017-01-02`, its first instant) or an instant with offset."""

    default_error_messages = {"invalid": "应为日期（2017-01-02）或带时区的时间"}

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"type": "string", "example": "2017-01-02", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            moment = _instant(str(value)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self.make_error("invalid") from error
        return moment


def _instant(text: str) -> datetime:
    if len(text) == len("2017-01-02"):
        return datetime.combine(date.fromisoformat(text), time(), SHOP_ZONE)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment


class SalesQuerySchema(ma.Schema):
    """`from` inclusive, `to` exclusive, by the moment an order was placed."""

    since = ShopMoment(required=True, data_key="from")
    until = ShopMoment(required=True, data_key="to")
    by = ma.fields.String(load_default=None, validate=OneOf(sorted(GROUPS)))
    store_id = IdField(load_default=None)

    @ma.validates_schema
    def _order(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["since"] >= data["until"]:
            raise ma.ValidationError("结束时间应晚于开始时间", "to")


class FiguresSchema(ma.Schema):
    """Sales of orders that are paid, handed over or completed; money in fen, from lines and price ledger."""

    orders = ma.fields.Integer()
    lines = ma.fields.Integer()
    members = ma.fields.Integer(metadata={"description": "distinct buyers"})
    products = ma.fields.Integer(metadata={"description": "distinct SKUs"})
    qty = ma.fields.String()
    list_fen = Fen(metadata={"description": "list price, manual price corrections included"})
    member_disc_fen = Fen(signed=True)
    coupon_fen = Fen(signed=True, metadata={"description": "coupons that a supplier pays"})
    coupon_match_fen = Fen(signed=True, metadata={"description": "coupons that the shop pays"})
    sales_value_fen = Fen(metadata={"description": "paid + coupon_fen"})
    paid_fen = Fen()
    refunded_fen = Fen(metadata={"description": "what of paid_fen was promised back"})
    online_orders = ma.fields.Integer()
    members_ge2_orders = ma.fields.Integer()


class GroupSchema(FiguresSchema):
    key = ma.fields.String()


class SalesSchema(FiguresSchema):
    orders_by_store = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())
    groups = ma.fields.List(ma.fields.Nested(GroupSchema), metadata={"description": "one per `by`, in order"})
