"""Analytics on the wire: what may be asked and what comes back; money in fen, shop days as `2017-01-02`."""

from __future__ import annotations

import marshmallow as ma
from marshmallow.validate import OneOf

from core.analytics.goods import SORTS
from core.analytics.periods import NAMES
from core.analytics.sources import TOUCHES
from core.web.fields import Fen, IdField, Moment
from core.web.lists import CursorQuerySchema, PageSchema
from core.web.text import Text


class PeriodQuerySchema(ma.Schema):
    """`period` ends today; `custom` needs `from` and `to`, shop days, both included, 366 at most."""

    period = ma.fields.String(load_default="7d", validate=OneOf(sorted(NAMES)))
    first = ma.fields.Date(load_default=None, data_key="from")
    last = ma.fields.Date(load_default=None, data_key="to")
    store_id = IdField(load_default=None)


class TrendQuerySchema(PeriodQuerySchema):
    by = ma.fields.String(load_default="day", validate=OneOf(["day", "hour"]))


class SourcesQuerySchema(PeriodQuerySchema):
    touch = ma.fields.String(load_default="last", validate=OneOf(sorted(TOUCHES)))


class ProductsQuerySchema(PeriodQuerySchema, CursorQuerySchema):
    sort = ma.fields.String(load_default="paid", validate=OneOf(sorted(SORTS)))


class OrdersQuerySchema(PeriodQuerySchema, CursorQuerySchema):
    """`rule` goes with `rule_source`, `scene` with `touch`; scene '' is no visit."""

    channel = ma.fields.String(load_default=None, validate=OneOf(["online", "pos", "past"]))
    sku_id = IdField(load_default=None)
    rule_source = Text(64, load_default=None)
    rule = Text(128, load_default=None)
    touch = ma.fields.String(load_default=None, validate=OneOf(sorted(TOUCHES)))
    scene = Text(32, 0, load_default="")

    @ma.validates_schema
    def _pairs(self, data: dict, **kwargs: object) -> None:
        if (data["rule"] is None) != (data["rule_source"] is None):
            raise ma.ValidationError("规则与来源须一起给出", "rule")


class FiguresQuerySchema(ma.Schema):
    """Shop days, both included, of any length."""

    first = ma.fields.Date(required=True, data_key="from")
    last = ma.fields.Date(required=True, data_key="to")
    store_id = IdField(load_default=None)


class PeriodSchema(ma.Schema):
    first = ma.fields.Date(data_key="from")
    last = ma.fields.Date(data_key="to")


def _visitors() -> ma.fields.Integer:
    return ma.fields.Integer(metadata={"description": "each day's different visitors, added up"})


class BusinessSchema(ma.Schema):
    """What every span of time has, be it long or short."""

    turnover_fen = Fen(signed=True)
    orders = ma.fields.Integer()
    buyers = ma.fields.Integer()
    new_buyers = ma.fields.Integer()
    visitors = _visitors()
    refunded_fen = Fen(signed=True)


class BorneSchema(ma.Schema):
    """Discounts by who bears them (谁承担)."""

    shop_borne_fen = Fen(signed=True)
    supplier_borne_fen = Fen(signed=True)
    platform_borne_fen = Fen(signed=True)


class HeadlineSchema(BusinessSchema):
    net_fen = Fen(signed=True)
    average_fen = Fen(signed=True)
    refunds = ma.fields.Integer()


class SummarySchema(ma.Schema):
    """A period that is still running is compared with as much of the one before: up to `previous_until`."""

    period = ma.fields.Nested(PeriodSchema)
    current = ma.fields.Nested(HeadlineSchema)
    previous = ma.fields.Nested(HeadlineSchema)
    previous_until = Moment(allow_none=True)


class TrendRowSchema(BusinessSchema):
    """Hours know no visitors and buyers."""

    key = ma.fields.String()


class TrendSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(TrendRowSchema))


class SceneSchema(ma.Schema):
    scene = ma.fields.String()
    label = ma.fields.String()
    orders = ma.fields.Integer()
    paid_fen = Fen(signed=True)
    new_buyers = ma.fields.Integer()
    visits = ma.fields.Integer()
    visitors = _visitors()


class SourceSchema(SceneSchema):
    class Meta:
        exclude = ("scene",)

    source = ma.fields.String()
    scenes = ma.fields.List(ma.fields.Nested(SceneSchema))


class SourcesSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(SourceSchema))


class ProductRowSchema(ma.Schema):
    sku_id = IdField()
    sku = ma.fields.String()
    title = ma.fields.String()
    spec = ma.fields.String()
    unit = ma.fields.String()
    orders = ma.fields.Integer()
    quantity = ma.fields.String()
    net_quantity = ma.fields.String()
    list_fen = Fen(signed=True)
    paid_fen = Fen(signed=True)
    refunded_quantity = ma.fields.String()
    refunded_fen = Fen(signed=True)
    net_fen = Fen(signed=True)


class ProductsSchema(PageSchema):
    items = ma.fields.List(ma.fields.Nested(ProductRowSchema))


class ShareSchema(ma.Schema):
    numerator = ma.fields.Integer()
    denominator = ma.fields.Integer()
    rate = ma.fields.Integer(allow_none=True, metadata={"description": "hundredths of a percent"})


class RepurchaseSchema(ma.Schema):
    repeat = ma.fields.Nested(ShareSchema, metadata={"description": "复购率"})
    again = ma.fields.Nested(ShareSchema, metadata={"description": "回购率"})


class CampaignSchema(BorneSchema):
    source = ma.fields.String()
    rule = ma.fields.String()
    reason = ma.fields.String()
    orders = ma.fields.Integer()
    buyers = ma.fields.Integer()
    new_buyers = ma.fields.Integer()
    paid_fen = Fen(signed=True)
    cost_fen = Fen(signed=True)
    gives_only = ma.fields.Boolean(metadata={"description": "took nothing off, gave something (a gift)"})
    conversion = ma.fields.Nested(ShareSchema)


class CampaignsSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(CampaignSchema))


class MoneySchema(BorneSchema):
    orders = ma.fields.Integer()
    list_fen = Fen(signed=True)
    discount_fen = Fen(signed=True)
    goods_fen = Fen(signed=True)
    shipping_fen = Fen(signed=True)
    turnover_fen = Fen(signed=True)
    refunds = ma.fields.Integer()
    refunded_fen = Fen(signed=True)
    net_fen = Fen(signed=True)
    online_turnover_fen = Fen(signed=True)
    online_refunded_fen = Fen(signed=True)


class FinanceSchema(ma.Schema):
    total = ma.fields.Nested(MoneySchema)
    days = ma.fields.Dict(keys=ma.fields.Date(), values=ma.fields.Nested(MoneySchema))


class OrderRowSchema(ma.Schema):
    id = IdField()
    number = ma.fields.String()
    channel = ma.fields.String()
    state = ma.fields.String()
    store_id = IdField()
    store_name = ma.fields.String()
    placed_at = Moment()
    paid_at = Moment()
    list_fen = Fen(signed=True)
    goods_fen = Fen(signed=True)
    shipping_fen = Fen(signed=True)
    paid_fen = Fen(signed=True)
    refunded_fen = Fen(signed=True)
    quantity = ma.fields.String(metadata={"description": "of the SKU asked for"})
    sku_list_fen = Fen(signed=True)
    sku_paid_fen = Fen(signed=True)
    discount_fen = Fen(signed=True, metadata={"description": "by the rule asked for"})


class OrdersSchema(PageSchema):
    items = ma.fields.List(ma.fields.Nested(OrderRowSchema))


class FiguresSchema(ma.Schema):
    """The sales report's figures from roll-ups; `pending`: days and refunds that are still to be counted."""

    orders = ma.fields.Integer()
    lines = ma.fields.Integer()
    members = ma.fields.Integer()
    products = ma.fields.Integer()
    qty = ma.fields.String()
    list_fen = Fen(signed=True)
    member_disc_fen = Fen(signed=True)
    coupon_fen = Fen(signed=True)
    coupon_match_fen = Fen(signed=True)
    sales_value_fen = Fen(signed=True)
    paid_fen = Fen(signed=True)
    refunded_fen = Fen(signed=True)
    online_orders = ma.fields.Integer()
    members_ge2_orders = ma.fields.Integer()
    orders_by_store = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())
    orders_by_channel = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())
    pending = ma.fields.Integer()
