from __future__ import annotations

from core.errors import Conflict, Invalid, NotFound


class NotConfigured(Conflict):
    """The shop has no payment profile or mini-program yet."""

    code = "payment_not_configured"
    message = "店铺尚未开通微信支付，请联系商家"


class NotPayable(Conflict):
    """The order does not wait for money; `state` says where it stands."""

    code = "not_payable"


class NotRefundable(Conflict):
    """There is nothing (left) to give back, or it was never paid through us."""

    code = "not_refundable"


class RefundTooLarge(Invalid):
    code = "refund_too_large"
    message = "退款数量超过可退数量"


class UnknownPayment(NotFound):
    """A callback for a payment that is not ours."""

    code = "unknown_payment"


class AmountMismatch(Conflict):
    """A signed message whose amount differs from what we asked for: never booked, always told."""

    code = "amount_mismatch"


class NoProfile(NotFound):
    code = "payment_profile_not_found"
    message = "尚未填写微信支付配置"


class AppidTaken(Conflict):
    """Another shop of the platform has this mini-program."""

    code = "appid_taken"
    message = "这个小程序已被其他店铺使用"
