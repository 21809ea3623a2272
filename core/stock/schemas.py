"""Stock on the wire."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, Range

from core.web.fields import IdField, Quantity
from core.web.paging import MAX_LIMIT
from core.web.text import Text

MAX_COUNTS = 1000
MAX_RECEIPT_LINES = 5000
_AMOUNT = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,3})?")


class StockAmount(ma.fields.Decimal):
    """An amount of stock, zero included; what is below zero is refused later, with a code of its own."""

    default_error_messages = {"invalid": "库存应为不超过 9999999 的数，最多三位小数"}

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"type": "string", "pattern": "^[0-9]{1,7}(\\.[0-9]{1,3})?$", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
        if not _AMOUNT.fullmatch(text):
            raise self.make_error("invalid")
        return Decimal(text)


class CountSchema(ma.Schema):
    """`safety` is never promised to shoppers; what is not given stays."""

    store_code = Text(64, required=True)
    sku = Text(64, required=True)
    on_hand = StockAmount(required=True)
    safety = StockAmount(load_default=None, allow_none=True)
    shelf_location = Text(32, load_default=None, allow_none=True)


class CountsSchema(ma.Schema):
    reference = Text(64, load_default="open-api", metadata={"description": "the count's number, kept with the moves"})
    counts = ma.fields.List(ma.fields.Nested(CountSchema), required=True, validate=Length(1, MAX_COUNTS))


class CountedSchema(ma.Schema):
    created = ma.fields.Integer()
    changed = ma.fields.Integer()


class ReceiptLineSchema(ma.Schema):
    sku = Text(64, required=True)
    qty = Quantity(required=True)


class ReceiptSchema(ma.Schema):
    number = Text(64, required=True)
    store_code = Text(64, required=True)
    lines = ma.fields.List(ma.fields.Nested(ReceiptLineSchema), required=True, validate=Length(1, MAX_RECEIPT_LINES))


class ReceiptOutSchema(ma.Schema):
    number = ma.fields.String()
    created = ma.fields.Boolean()
    lines = ma.fields.Integer()


class StockQuerySchema(ma.Schema):
    store_code = Text(64, load_default=None)
    sku = Text(64, load_default=None)
    cursor = ma.fields.String(load_default=None, validate=Length(max=200))
    limit = ma.fields.Integer(load_default=100, validate=Range(1, MAX_LIMIT))


class StockSchema(ma.Schema):
    store_id = IdField()
    sku_id = IdField()
    store_code = ma.fields.String()
    sku = ma.fields.String()
    on_hand = ma.fields.String()
    reserved = ma.fields.String()
    safety = ma.fields.String()
    sellable = ma.fields.String()
    shelf_location = ma.fields.String(allow_none=True)
    updated_at = ma.fields.String(metadata={"format": "date-time"})


class StockPageSchema(ma.Schema):
    items = ma.fields.List(ma.fields.Nested(StockSchema))
    next_cursor = ma.fields.String(allow_none=True)


class TallySchema(ma.Schema):
    """盘点 by hand: what was found of an SKU, and what the book said when the counter looked."""

    counted = StockAmount(required=True, metadata={"label": "实盘数量"})
    seen = StockAmount(load_default=None, allow_none=True, metadata={"label": "账面数量"})
    reason = Text(100, required=True, metadata={"label": "原因", "help": "例如 月末盘点、破损、过期"})


class ReceiveSchema(ma.Schema):
    """入库 by hand; without a number the receipt gets a new one."""

    quantity = Quantity(required=True, metadata={"label": "入库数量"})
    number = Text(64, load_default=None, allow_none=True, metadata={"label": "入库单号", "help": "留空自动编号"})
    note = Text(100, 0, load_default="", metadata={"label": "备注", "help": "例如供应商、批次"})


class LowAtSchema(ma.Schema):
    low_at = StockAmount(
        load_default=None, allow_none=True, metadata={"label": "低库存提醒", "help": "留空按店铺设置里的数提醒"}
    )
