from __future__ import annotations

from core.errors import AppError, Conflict, Invalid, NotFound


class OrderNotFound(NotFound):
    code = "order_not_found"
    message = "没有找到这个订单"


class IllegalMove(Conflict):
    """The order's state does not allow the act; `state` in the answer says where it stands."""

    code = "illegal_move"


class OutOfStock(Conflict):
    """Some lines can't be reserved; `lines` lists sku, wanted and sellable quantity."""

    code = "out_of_stock"
    message = "部分商品库存不足"


class CannotOrder(Conflict):
    """The quote has problems or is incomplete; `problems` lists them all."""

    code = "cannot_order"
    message = "订单暂时无法提交"


class PriceChanged(Conflict):
    code = "price_changed"
    message = "价格有变动，请确认后再提交"


class ReferenceReused(Conflict):
    """The same idempotency key with another content."""

    code = "reference_reused"
    message = "同一个请求编号不能用于不同的内容"


class AlreadyHandedOver(Conflict):
    """A second verification: `at` and `by` tell when and by whom it was handed out."""

    code = "already_handed_over"


class WrongPickupCode(Invalid):
    code = "wrong_pickup_code"
    message = "没有找到待提货的订单，请核对提货码或手机尾号"


class OnHold(Conflict):
    code = "order_on_hold"


class NegativeLine(Invalid):
    code = "negative_line"
    message = "改价后商品金额不能低于 0"


class MissingIdempotencyKey(AppError):
    code = "idempotency_key_required"
    status = 400
    message = "请在 Idempotency-Key 头中提供 8–64 位的请求编号"
