"""Everything the simulator remembers. Plain rows; times are virtual epoch seconds, money is fen."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Meta:
    """A named value: clock offset, seed, settings, platform keys."""

    key: str
    value: Any


@dataclass(slots=True)
class Merchant:
    """``kind`` direct | sp | sub. A sub-merchant has no keys: its provider signs and receives for it."""

    mchid: str
    kind: str
    name: str = ""
    appids: list[str] = field(default_factory=list)
    sp_mchid: str | None = None
    apiv3_key: str | None = None
    serial_no: str = ""
    public_key_pem: str = ""
    cert_pem: str | None = None
    verify_mode: str = "pubkey"
    notify_mode: str | None = None
    disabled: bool = False
    fee_rate_bp: int = 60
    serial_seen: str | None = None

    @property
    def key(self) -> str:
        return self.mchid


@dataclass(slots=True)
class App:
    """A mini-program. ``pages`` empty means any page exists."""

    appid: str
    secret: str
    name: str = ""
    trade_managed: bool = True
    unionid: bool = False
    pages: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.appid


@dataclass(slots=True)
class User:
    appid: str
    openid: str
    person: str
    unionid: str | None = None
    phone: str | None = None
    nickname: str = ""
    session_key: str = ""
    blocked: bool = False

    @property
    def key(self) -> str:
        return f"{self.appid}/{self.openid}"


@dataclass(slots=True)
class Code:
    """A single-use code of five minutes. ``kind`` login | phone."""

    code: str
    kind: str
    appid: str
    openid: str
    created: float
    used: bool = False

    @property
    def key(self) -> str:
        return self.code


@dataclass(slots=True)
class Token:
    """The tokens of one app, newest first: ``[[text, expires], …]``, and its forced refreshes of the day."""

    appid: str
    tokens: list[list] = field(default_factory=list)
    forced: list[float] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.appid


@dataclass(slots=True)
class Order:
    """A trade. ``mchid`` is the one that signed (sp_mchid in partner mode); out_trade_no is unique under it."""

    mchid: str
    out_trade_no: str
    body: dict
    appid: str
    total_fen: int
    notify_url: str
    created: float
    sub_mchid: str | None = None
    sub_appid: str | None = None
    openid: str | None = None
    sub_openid: str | None = None
    expire_at: float | None = None
    state: str = "NOTPAY"
    prepays: list[list] = field(default_factory=list)
    transaction_id: str | None = None
    paid_at: float | None = None
    visible_at: float = 0.0
    coupon_fen: int = 0
    fee_fen: int = 0
    refunded_fen: int = 0
    refund_count: int = 0
    last_refund_at: float = 0.0

    @property
    def key(self) -> str:
        return f"{self.mchid}/{self.out_trade_no}"

    @property
    def payer_fen(self) -> int:
        """What the buyer paid after WeChat's coupons."""
        return self.total_fen - self.coupon_fen

    @property
    def mchids(self) -> set[str]:
        return {self.mchid, self.sub_mchid} - {None}

    @property
    def appids(self) -> set[str]:
        return {self.appid, self.sub_appid} - {None}

    @property
    def payer_app(self) -> str:
        """The appid whose openid pays and whose mini-program calls requestPayment (spec §2.4)."""
        return self.sub_appid if self.sub_openid else self.appid

    @property
    def payer_openid(self) -> str:
        return self.sub_openid or self.openid


@dataclass(slots=True)
class Refund:
    """``outcome`` is what PROCESSING turns into at ``due_at``; None due means stuck for ever."""

    mchid: str
    out_refund_no: str
    refund_id: str
    out_trade_no: str
    transaction_id: str
    body: dict
    refund_fen: int
    payer_refund_fen: int
    fee_fen: int
    created: float
    due_at: float | None
    outcome: str = "SUCCESS"
    status: str = "PROCESSING"
    success_at: float | None = None
    notify_url: str | None = None

    @property
    def key(self) -> str:
        return f"{self.mchid}/{self.out_refund_no}"


@dataclass(slots=True)
class Notify:
    """One event to one address with the log of its attempts.

    ``state``: pending | held (reorder) | done | failed (schedule used up) | dropped.
    """

    id: str
    event: str
    kind: str
    mchid: str
    mchids: list[str]
    url: str
    resource: dict
    nonce: str
    created: float
    next_at: float
    out_trade_no: str
    transaction_id: str
    out_refund_no: str | None = None
    tries: int = 0
    state: str = "pending"
    attempts: list[dict] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.id


@dataclass(slots=True)
class Fault:
    id: str
    fault: str
    match: dict
    args: dict
    times: int | None = None
    probability: float | None = None
    seed: int = 0
    hits: int = 0

    @property
    def key(self) -> str:
        return self.id


@dataclass(slots=True)
class Template:
    """A subscribe-message template added to one app; ``fields`` maps data key → rule name."""

    appid: str
    template_id: str
    title: str
    content: str
    example: str
    fields: dict[str, str]

    @property
    def key(self) -> str:
        return f"{self.appid}/{self.template_id}"


@dataclass(slots=True)
class Grant:
    """How many messages a user still allows: one accept = one message."""

    appid: str
    openid: str
    template_id: str
    left: int = 0

    @property
    def key(self) -> str:
        return f"{self.appid}/{self.openid}/{self.template_id}"


@dataclass(slots=True)
class Message:
    msgid: str
    appid: str
    openid: str
    template_id: str
    page: str | None
    data: dict
    at: float

    @property
    def key(self) -> str:
        return self.msgid


@dataclass(slots=True)
class Shipping:
    transaction_id: str
    appid: str
    logistics_type: int
    delivery_mode: int
    shipping_list: list[dict]
    finished: bool
    upload_time: float
    shipped_at: float
    reshipped: bool = False

    @property
    def key(self) -> str:
        return self.transaction_id


@dataclass(slots=True)
class QrCode:
    id: str
    appid: str
    scene: str
    page: str
    env_version: str
    at: float

    @property
    def key(self) -> str:
        return self.id


ROWS = (Meta, Merchant, App, User, Code, Token, Order, Refund, Notify, Fault, Template, Grant, Message,
        Shipping, QrCode)
