from __future__ import annotations

from core.errors import Conflict, Invalid


class ReceiptReused(Conflict):
    """A receipt number that was taken for other goods."""

    code = "receipt_number_reused"
    message = "入库单号已用于不同的内容，请换一个单号"


class UnknownGoods(Invalid):
    code = "unknown_sku"
    message = "商品编码不存在"


class BelowZero(Invalid):
    """A count or correction that would leave less than nothing, or less than what is promised."""

    code = "stock_below_zero"
    message = "库存不能小于 0"


class StockMoved(Conflict):
    """The book changed while somebody counted; `current` has the present figures by SKU id."""

    code = "stock_moved"
    message = "盘点期间库存有变动，请核对最新的账面数后再提交"


class NotEnough(Conflict):
    """`skus` are the ids of what the store can't give without breaking a promise."""

    code = "not_enough_stock"
    message = "部分商品的可调库存不足，没有调拨任何商品"
