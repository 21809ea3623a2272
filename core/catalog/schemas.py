"""What the catalog's APIs take and give."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, OneOf, Range

from core.catalog.browse import ORDERS
from core.catalog.fields import BarcodeField, Code, Line, Plu, WebAddress
from core.host.blocks.schemas import slots_field
from core.money import MAX_FEN
from core.web.fields import Fen, IdField, Moment
from core.web.paging import MAX_LIMIT
from core.web.text import Text

MAX_BATCH = 500
MAX_SKUS = 100
MAX_BARCODES = 20


class PageQuery(ma.Schema):
    cursor = ma.fields.String(load_default=None, validate=Length(max=400))
    limit = ma.fields.Integer(load_default=20, validate=Range(1, MAX_LIMIT))


class FilterQuery(PageQuery):
    category_id = IdField(load_default=None, metadata={"description": "with everything below it"})
    brand_id = IdField(load_default=None)
    min_price_fen = ma.fields.Integer(load_default=None, validate=Range(0, MAX_FEN))
    max_price_fen = ma.fields.Integer(load_default=None, validate=Range(0, MAX_FEN))


class ListQuery(FilterQuery):
    sort = ma.fields.String(load_default="id", validate=OneOf([name for name in ORDERS if name != "rank"]))


class SearchQueryArgs(FilterQuery):
    q = ma.fields.String(required=True, validate=Length(1, 200))


class StoreQuery(ma.Schema):
    store_id = IdField(required=True)


class NodeSchema(ma.Schema):
    id = IdField()
    name = ma.fields.String()
    children = ma.fields.List(ma.fields.Nested(lambda: NodeSchema()))


class TreeSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(NodeSchema))
    slots = slots_field()


class OfferSchema(ma.Schema):
    """What a plugin says about a product: a badge, the price per unit it stands for, when it ends."""

    plugin = ma.fields.String()
    label = ma.fields.String()
    price_fen = Fen(allow_none=True)
    until = Moment(allow_none=True)


def offers() -> ma.fields.List:
    """`offers`: absent where no plugin of the shop makes any."""
    return ma.fields.List(ma.fields.Nested(OfferSchema), metadata={"description": "absent where no plugin makes any"})


class CardSchema(ma.Schema):
    id = IdField()
    title = ma.fields.String()
    category_id = IdField(allow_none=True)
    brand_id = IdField(allow_none=True)
    price_fen = Fen()
    member_price_fen = Fen(allow_none=True)
    sku_id = IdField(metadata={"description": "the cheapest SKU"})
    sku_count = ma.fields.Integer()
    spec = ma.fields.String()
    unit = ma.fields.String()
    weighed = ma.fields.Boolean()
    picture = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), allow_none=True)
    placeholder = ma.fields.String()
    offers = offers()


class CardPageSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(CardSchema))
    next_cursor = ma.fields.String(allow_none=True)
    slots = slots_field()


class KeptSchema(CardSchema):
    for_sale = ma.fields.Boolean()
    at = Moment()


class KeptPageSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(KeptSchema))
    next_cursor = ma.fields.String(allow_none=True)


class NamedSchema(ma.Schema):
    id = IdField()
    name = ma.fields.String()


class OfferedSkuSchema(ma.Schema):
    id = IdField()
    code = ma.fields.String()
    spec = ma.fields.String()
    unit = ma.fields.String()
    weighed = ma.fields.Boolean()
    list_price_fen = Fen()
    member_price_fen = Fen(allow_none=True)
    barcodes = ma.fields.List(ma.fields.String())


class DetailSchema(ma.Schema):
    id = IdField()
    title = ma.fields.String()
    brand = ma.fields.Nested(NamedSchema, allow_none=True)
    category_path = ma.fields.List(ma.fields.Nested(NamedSchema))
    origin = ma.fields.String(allow_none=True)
    description = ma.fields.String(allow_none=True)
    video_url = ma.fields.String(allow_none=True)
    price_fen = Fen()
    skus = ma.fields.List(ma.fields.Nested(OfferedSkuSchema))
    pictures = ma.fields.List(ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String()))
    placeholder = ma.fields.String()
    offers = offers()
    slots = slots_field()


class AvailableSchema(ma.Schema):
    sku_id = IdField()
    sellable = ma.fields.String(metadata={"description": "in the SKU's unit, for example 1.236"})
    unit = ma.fields.String()
    shelf_location = ma.fields.String(allow_none=True)


class AvailabilitySchema(ma.Schema):
    store_id = IdField()
    items = ma.fields.List(ma.fields.Nested(AvailableSchema))
    at = Moment()


class LabelSchema(ma.Schema):
    plu = ma.fields.String()
    amount_fen = Fen()
    quantity = ma.fields.String(allow_none=True)


class ScannedSchema(ma.Schema):
    id = IdField()
    product_id = IdField()
    title = ma.fields.String()
    code = ma.fields.String()
    spec = ma.fields.String()
    unit = ma.fields.String()
    weighed = ma.fields.Boolean()
    list_price_fen = Fen()
    member_price_fen = Fen(allow_none=True)
    label = ma.fields.Nested(LabelSchema, allow_none=True)


def check_member_price(data: dict[str, Any]) -> None:
    """Members never pay more than everybody else."""
    member, price = data.get("member_price_fen"), data.get("list_price_fen")
    if member is not None and price is not None and member > price:
        raise ma.ValidationError("会员价不能高于售价，请核对两个价格", "member_price_fen")


class PricesSchema(ma.Schema):
    """A SKU's prices in a batch: what is missing or null keeps what is stored."""

    sku_code = Code(load_default=None)
    barcode = BarcodeField(load_default=None)
    list_price_fen = Fen(load_default=None, allow_none=True)
    member_price_fen = Fen(load_default=None, allow_none=True)
    cost_fen = Fen(load_default=None, allow_none=True)

    @ma.validates_schema
    def _check(self, data: dict[str, Any], **kwargs: Any) -> None:
        check_member_price(data)
        if data.get("sku_code") is None and data.get("barcode") is None:
            raise ma.ValidationError("货号和条码至少填一项", "sku_code")


class ProductRowSchema(ma.Schema):
    """A product with one SKU in a batch, found by `sku_code`: what is missing or null keeps what is stored."""

    sku_code = Code(required=True)
    title = Line(200, load_default=None, allow_none=True)
    category_path = ma.fields.List(Line(60), load_default=None, allow_none=True, validate=Length(1, 3))
    brand = Line(60, load_default=None, allow_none=True)
    origin = Line(60, 0, load_default=None, allow_none=True)
    description = Text(5000, 0, load_default=None, allow_none=True)
    video_url = WebAddress(load_default=None, allow_none=True)
    keywords = Line(500, 0, load_default=None, allow_none=True)
    on_shelf = ma.fields.Boolean(load_default=None, allow_none=True, truthy={True}, falsy={False})
    spec = Line(100, 0, load_default=None, allow_none=True)
    unit = Line(10, load_default=None, allow_none=True)
    weighed = ma.fields.Boolean(load_default=None, allow_none=True, truthy={True}, falsy={False})
    plu = Plu(load_default=None, allow_none=True)
    barcodes = ma.fields.List(BarcodeField(), load_default=None, allow_none=True, validate=Length(1, MAX_BARCODES))
    list_price_fen = Fen(load_default=None, allow_none=True)
    member_price_fen = Fen(load_default=None, allow_none=True)
    cost_fen = Fen(load_default=None, allow_none=True)

    @ma.validates_schema
    def _check(self, data: dict[str, Any], **kwargs: Any) -> None:
        check_member_price(data)


class ProductBatchSchema(ma.Schema):
    products = ma.fields.List(ma.fields.Nested(ProductRowSchema), required=True, validate=Length(1, MAX_BATCH))


class PriceBatchSchema(ma.Schema):
    prices = ma.fields.List(ma.fields.Nested(PricesSchema), required=True, validate=Length(1, MAX_BATCH))


class RowFaultSchema(ma.Schema):
    field = ma.fields.String()
    value = ma.fields.String()
    code = ma.fields.String()
    message = ma.fields.String()


class RowResultSchema(ma.Schema):
    index = ma.fields.Integer()
    result = ma.fields.String(validate=OneOf(["new", "updated", "unchanged", "failed"]))
    errors = ma.fields.List(ma.fields.Nested(RowFaultSchema))


class BatchResultSchema(ma.Schema):
    new = ma.fields.Integer()
    updated = ma.fields.Integer()
    unchanged = ma.fields.Integer()
    failed = ma.fields.Integer()
    results = ma.fields.List(ma.fields.Nested(RowResultSchema))
