"""What WeChat may answer instead of a result (wechat.md §2.9, §4.4, §5)."""

from __future__ import annotations

from typing import Any

from core.errors import AppError


def normalise(code: str) -> str:
    """`USER_PAYING` and `USERPAYING` are the same error; both spellings are in the wild (wechat.md §4.4)."""
    return code.replace("_", "").upper()


class WechatError(AppError):
    """Base. `message` is ours and for people; `wx_code`, `wx_message`, `detail` are WeChat's and for the log.

    `wx_code` has its underscores removed ("ORDERPAID"); for api.weixin.qq.com it is the errcode as text
    ("40029"). `numeric` is the suffix of `Request-ID`, which names the cause more exactly than the code.
    """

    code = "wechat_error"
    status = 502
    message = "微信返回了错误，请稍后再试"

    def __init__(
        self,
        message: str | None = None,
        *,
        wx_code: str = "",
        wx_message: str = "",
        detail: dict[str, Any] | None = None,
        request_id: str = "",
        field: str | None = None,
    ) -> None:
        super().__init__(message, field=field)
        self.wx_code = normalise(wx_code)
        self.wx_message = wx_message
        self.detail = detail or {}
        self.request_id = request_id

    @property
    def numeric(self) -> str:
        return numeric_code(self.request_id)

    def __str__(self) -> str:
        facts = " ".join(part for part in (self.wx_code, self.wx_message, self.request_id) if part)
        return f"{self.message} [{facts}]" if facts else self.message


def numeric_code(request_id: str) -> str:
    """`08F3…-268498689` → `268498689`; empty when the header has no such suffix."""
    suffix = request_id.rpartition("-")[2]
    return suffix if suffix.isdigit() else ""


class Retryable(WechatError):
    """Nothing happened or nothing changed: repeat later with the same number and the same parameters."""

    code = "wechat_busy"
    status = 503
    message = "微信服务繁忙，请稍后再试"


class Unknown(Retryable):
    """A write whose outcome is not known (time-out, reset, 5xx): query by our number or repeat it as it was.

    Never with a new number: that is how an order is paid twice (wechat.md §2.8, 18).
    """

    code = "wechat_outcome_unknown"
    message = "微信未给出结果，正在核实，请勿重复操作"


class AlreadyPaid(WechatError):
    """The order is paid (or was, and is refunded): query it and book the payment."""

    code = "payment_already_paid"
    status = 409
    message = "该订单已支付"


class Closed(WechatError):
    """The order is closed or expired at WeChat: a new attempt needs a new out_trade_no."""

    code = "payment_closed"
    status = 409
    message = "该支付单已关闭，请重新发起支付"


class NotFound(WechatError):
    """WeChat has no such order, refund or bill."""

    code = "payment_not_found"
    status = 404
    message = "微信没有这笔交易"


class Rejected(WechatError):
    """WeChat understood and refused; repeating the same request changes nothing."""

    code = "wechat_rejected"
    message = "微信拒绝了该请求，请联系商家"


class NotEnough(Rejected):
    """The merchant's balance does not cover the refund: keep it queued, same number (wechat.md §4.9)."""

    code = "merchant_balance_short"
    status = 409
    message = "商户余额不足，充值后将自动重试"


class SignatureInvalid(WechatError):
    """A message that is not provably WeChat's, for us, and of now.

    `reason` says which check failed: stale, unknown_serial, signature_type, signature, body, decrypt,
    merchant; for an answer to our own request also mismatch.
    """

    code = "wechat_signature_invalid"
    status = 401
    message = "签名验证失败"

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(**facts)
        self.reason = reason
        if reason == "body":
            self.status = 400


class UnverifiedAnswer(SignatureInvalid, Unknown):
    """A 2xx answer to our own request whose signature does not verify: what it says counts for nothing."""

    code = "wechat_answer_unverified"
    status = 503
    message = Unknown.message


class ProfileInvalid(WechatError):
    """A merchant's keys can't be used; `field` names the one to correct."""

    code = "payment_profile_invalid"
    status = 422
    message = "微信支付配置有误"


class TokenRefused(Retryable):
    """api.weixin.qq.com refused an access token, and its replacement too (40001, 40014, 42001)."""

    code = "wechat_token_refused"


class CodeInvalid(Rejected):
    """A login or phone code that is wrong, too old or was used before (40029, 40163)."""

    code = "wechat_code_invalid"
    status = 400
    message = "微信授权码无效或已使用，请重新授权"


class UserBlocked(Rejected):
    """WeChat marks the user as high-risk (40226)."""

    code = "wechat_user_blocked"
    status = 403
    message = "该微信账号暂时无法登录"


class NotSubscribed(Rejected):
    """The user gave no permission for this template, or it is used up (43101)."""

    code = "wechat_not_subscribed"
    status = 409
    message = "用户未订阅该消息"
