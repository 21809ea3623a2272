"""What goes into and comes out of `PayGateway`: frozen, amounts in fen, times aware (wechat.md §4.5–§4.9)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

SHANGHAI = timezone(timedelta(hours=8))
"""WeChat writes its times in +08:00, without summer time."""

_TRADE_NO = re.compile(r"[0-9A-Za-z_-]{6,32}")
_REFUND_NO = re.compile(r"[0-9A-Za-z_-]{1,64}")
_TRANSACTION_ID = re.compile(r"[0-9A-Za-z]{1,32}")
PAID_STATES = frozenset({"SUCCESS", "REFUND"})


@dataclass(frozen=True, kw_only=True, slots=True)
class PayProfile:
    """One version of a tenant's payment keys (wechat.md §1).

    partner: `appid`, `mchid` and the keys are the service provider's (服务商), `sub_mchid` and `sub_appid`
    the tenant's. `platform_certs` are PEM texts; beside a public key they serve the switching period.
    """

    mode: Literal["direct", "partner"]
    tenant_key: str
    key_version: int
    appid: str
    mchid: str
    cert_serial_no: str
    private_key_pem: str = field(repr=False)
    apiv3_key: str = field(repr=False)
    base_url: str
    sub_mchid: str | None = None
    sub_appid: str | None = None
    verify_mode: Literal["pubkey", "cert"] = "pubkey"
    wxpay_public_key_pem: str | None = field(default=None, repr=False)
    wxpay_public_key_id: str | None = None
    platform_certs: tuple[str, ...] = field(default=(), repr=False)

    @property
    def partner(self) -> bool:
        return self.mode == "partner"

    @property
    def payer_appid(self) -> str:
        """The appid of the mini-program that calls wx.requestPayment (wechat.md §2.4)."""
        return self.sub_appid or self.appid if self.partner else self.appid


@dataclass(frozen=True, kw_only=True, slots=True)
class JsapiOrder:
    """An order for WeChat. Repeat it only with an equal object: any difference is refused (wechat.md §4.5).

    `total_fen` ≥ 1: an order of 0 yuan is completed without WeChat. Raises ValueError or TypeError on what
    can't be sent.
    """

    out_trade_no: str
    description: str
    total_fen: int
    openid: str
    notify_url: str
    time_expire: datetime | None = None
    attach: str | None = None
    goods_tag: str | None = None
    payer_client_ip: str | None = None
    profit_sharing: bool = False

    def __post_init__(self) -> None:
        check_trade_no(self.out_trade_no)
        check_fen("total_fen", self.total_fen)
        check_notify_url(self.notify_url)
        if not self.description or not self.openid:
            raise ValueError("description and openid must not be empty")
        if self.time_expire is not None and self.time_expire.tzinfo is None:
            raise ValueError("time_expire must be aware")


@dataclass(frozen=True, kw_only=True, slots=True)
class RefundOrder:
    """A refund, whole or part. After any failure repeat it with the same number (wechat.md §4.9)."""

    out_refund_no: str
    refund_fen: int
    total_fen: int
    notify_url: str
    out_trade_no: str | None = None
    transaction_id: str | None = None
    reason: str | None = None
    funds_account: str | None = None

    def __post_init__(self) -> None:
        check_refund_no(self.out_refund_no)
        check_fen("refund_fen", self.refund_fen)
        check_fen("total_fen", self.total_fen)
        check_notify_url(self.notify_url)
        if self.refund_fen > self.total_fen:
            raise ValueError(f"refund_fen {self.refund_fen} exceeds total_fen {self.total_fen}")
        if not (self.out_trade_no or self.transaction_id):
            raise ValueError("a refund names out_trade_no or transaction_id")


@dataclass(frozen=True, kw_only=True, slots=True)
class PrepayParams:
    """Arguments of wx.requestPayment (wechat.md §2.4)."""

    app_id: str
    time_stamp: str
    nonce_str: str
    package: str
    sign_type: str
    pay_sign: str

    @property
    def prepay_id(self) -> str:
        return self.package.removeprefix("prepay_id=")

    def as_dict(self) -> dict[str, str]:
        """In the spelling of wx.requestPayment."""
        return {
            "appId": self.app_id,
            "timeStamp": self.time_stamp,
            "nonceStr": self.nonce_str,
            "package": self.package,
            "signType": self.sign_type,
            "paySign": self.pay_sign,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Trade:
    """A payment as WeChat knows it (wechat.md §4.6). What only exists after payment is None before it.

    Revenue is `total_fen`; `payer_total_fen` is less when the payer used WeChat's own coupons.
    """

    out_trade_no: str
    trade_state: str
    mchid: str
    appid: str
    sub_mchid: str | None = None
    sub_appid: str | None = None
    trade_state_desc: str = ""
    transaction_id: str | None = None
    trade_type: str | None = None
    bank_type: str | None = None
    attach: str | None = None
    success_time: datetime | None = None
    openid: str | None = None
    total_fen: int | None = None
    payer_total_fen: int | None = None
    currency: str | None = None

    @property
    def paid(self) -> bool:
        """Money was taken, whether or not some of it went back."""
        return self.trade_state in PAID_STATES


@dataclass(frozen=True, kw_only=True, slots=True)
class Refund:
    """A refund: PROCESSING → SUCCESS | CLOSED | ABNORMAL. From a notify some fields are None."""

    out_refund_no: str
    refund_id: str
    out_trade_no: str
    transaction_id: str
    status: str
    refund_fen: int
    total_fen: int
    payer_refund_fen: int
    payer_total_fen: int
    channel: str | None = None
    user_received_account: str | None = None
    success_time: datetime | None = None
    create_time: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NotifyEvent:
    """A verified, decrypted callback that belongs to the profile it was parsed with (wechat.md §4.8, 2–6).

    Still the caller's: one row per `replay_key`, the amount, the transition. `id` is for the audit only.
    """

    id: str
    event_type: str
    create_time: datetime | None
    kind: Literal["transaction", "refund", "other"]
    trade: Trade | None = None
    refund: Refund | None = None

    @property
    def replay_key(self) -> tuple[str, str, str]:
        """The business key: equal for every repetition of one fact, whatever its nonce or id."""
        if self.trade:
            return self.kind, self.trade.transaction_id or self.trade.out_trade_no, self.trade.trade_state
        if self.refund:
            return self.kind, self.refund.refund_id, self.refund.status
        return self.kind, self.id, self.event_type


def check_trade_no(number: str) -> None:
    """WeChat also allows `|` and `*`, but `|` breaks the signature (wechat.md §2.8, 6). Raises ValueError."""
    if not _TRADE_NO.fullmatch(number):
        raise ValueError(f"out_trade_no must be 6 to 32 of 0-9 A-Z a-z _ -: {number!r}")


def check_refund_no(number: str) -> None:
    """Raises ValueError when WeChat or the signature would trip over the number."""
    if not _REFUND_NO.fullmatch(number):
        raise ValueError(f"out_refund_no must be 1 to 64 of 0-9 A-Z a-z _ -: {number!r}")


def check_transaction_id(number: str) -> None:
    """Raises ValueError when it can't be WeChat's number."""
    if not _TRANSACTION_ID.fullmatch(number):
        raise ValueError(f"transaction_id must be letters and digits: {number!r}")


def check_fen(name: str, amount: object) -> None:
    """Whole fen, at least 1; a float, bool or Decimal is a TypeError (wechat.md §2.8, 15)."""
    if type(amount) is not int:
        raise TypeError(f"{name} must be int fen, not {type(amount).__name__}")
    if amount < 1:
        raise ValueError(f"{name} must be at least 1 fen, not {amount}")


def check_notify_url(url: str) -> None:
    """A full address without query, at most 255 characters (wechat.md §4.8). Raises ValueError."""
    if not url.startswith(("https://", "http://")) or "?" in url or len(url) > 255:
        raise ValueError(f"notify_url must be a full address without query, at most 255 characters: {url!r}")


def rfc3339(instant: datetime) -> str:
    """`2026-11-21T22:04:00+08:00`; equal instants give equal texts, as a repeated order needs."""
    return instant.astimezone(SHANGHAI).isoformat(timespec="seconds")


def instant(text: str | None) -> datetime | None:
    """WeChat's RFC 3339 as aware UTC; None for absent or empty."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
