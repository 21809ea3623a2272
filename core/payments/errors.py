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


class BillNotFound(NotFound):
    """No merchant account was in use on that day, or WeChat does not keep its bill any more."""

    code = "bill_not_found"
    message = "没有这一天的对账单"


class DifferenceNotFound(NotFound):
    code = "bill_difference_not_found"
    message = "没有找到这条差异"


class DifferenceResolved(Conflict):
    """Somebody was faster; `by` and `at` of the first stay."""

    code = "bill_difference_resolved"
    message = "这条差异已处理"


class PaymentNotStuck(NotFound):
    code = "payment_not_stuck"
    message = "没有找到这笔待核实的支付"


class RefundNotFailing(NotFound):
    code = "refund_not_failing"
    message = "没有找到这笔未成功的退款"


class RefundClosed(Conflict):
    """WeChat will never make this refund: it can only be settled by hand."""

    code = "refund_closed"
    message = "微信已关闭这笔退款，无法重试；请线下退给顾客后登记为已处理"


class RefundUnderWay(Conflict):
    """WeChat may still make this refund: settling it by hand could pay twice."""

    code = "refund_under_way"
    message = "微信尚未明确拒绝这笔退款，现在线下退款可能会重复退；请等结果明确后再登记"
