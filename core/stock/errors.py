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
