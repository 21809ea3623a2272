from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Fen, Id, Moment, Qty, Str, db, ref

_UNFINISHED = text("state IN ('new', 'prepared', 'closing')")
_REFUNDING = text("state IN ('pending', 'processing')")
_FAILING = text("settled_at IS NULL AND (state IN ('closed', 'abnormal') OR error_code IS NOT NULL)")


class WechatApp(db.Model):
    """A mini-program of the tenant; its secret is sealed."""

    __tablename__ = "wechat_app"

    appid: Mapped[Str] = mapped_column(primary_key=True)
    name: Mapped[Str]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Moment]


class PaymentProfile(db.Model):
    """How the tenant is paid (wechat.md §1): a new version per change, the highest is in force. Secrets are sealed.

    `certs_until` is the end of the last platform certificate (certificate mode), `certs_checked_at` when WeChat was last
    asked for newer ones.
    """

    __tablename__ = "payment_profile"
    __table_args__ = (CheckConstraint("mode IN ('direct', 'partner')", name="mode"),)

    version: Mapped[Id]
    mode: Mapped[Str]
    appid: Mapped[Str]
    mchid: Mapped[Str]
    sub_mchid: Mapped[Str | None]
    sub_appid: Mapped[Str | None]
    cert_serial_no: Mapped[Str | None]
    private_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    apiv3_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    verify_mode: Mapped[Str] = mapped_column(server_default="pubkey")
    public_key_id: Mapped[Str | None]
    public_key_pem: Mapped[Str | None]
    platform_certs: Mapped[list] = mapped_column(JSONB, server_default="[]")
    certs_until: Mapped[Moment | None]
    certs_checked_at: Mapped[Moment | None]
    notify_token: Mapped[Str]
    created_at: Mapped[Moment]


class Payment(db.Model):
    """One attempt to be paid for an order; `out_trade_no` is ours, `transaction_id` WeChat's."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("out_trade_no"),
        CheckConstraint(
            "state IN ('new', 'prepared', 'paid', 'closing', 'closed', 'failed')", name="state"
        ),
        Index("ix_payment_order_id", "order_id"),
        Index("ix_payment_unfinished", "next_check_at", postgresql_where=_UNFINISHED),
        Index("ix_payment_paid", "paid_at", postgresql_where=text("state = 'paid'")),
        Index("uq_payment_live", "order_id", "price_version", unique=True,
              postgresql_where=text("state IN ('new', 'prepared')")),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = ref("orders.id")
    out_trade_no: Mapped[Str]
    amount_fen: Mapped[Fen]
    price_version: Mapped[int]
    profile_version: Mapped[int] = mapped_column(BigInteger)
    appid: Mapped[Str]
    openid: Mapped[Str]
    state: Mapped[Str]
    prepay_id: Mapped[Str | None]
    prepared_at: Mapped[Moment | None]
    expires_at: Mapped[Moment]
    transaction_id: Mapped[Str | None]
    paid_at: Mapped[Moment | None]
    next_check_at: Mapped[Moment]
    checks: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[Str | None]
    created_at: Mapped[Moment]


class Refund(db.Model):
    """Money on its way back, with a state of its own; retried under the same `out_refund_no` until WeChat is done.

    `accepted_at` is WeChat's time of the refund, by which its daily bill lists it; `error_code` says why the last try
    failed. What WeChat refuses for good can be given back by hand: `settled_at`, by whom and how.
    """

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("out_refund_no"),
        UniqueConstraint("order_id", "request_key"),
        CheckConstraint("amount_fen >= 0", name="amount"),
        CheckConstraint("state IN ('pending', 'processing', 'success', 'closed', 'abnormal')", name="state"),
        Index("ix_refund_unfinished", "next_try_at", postgresql_where=_REFUNDING),
        Index("ix_refund_failing", "id", postgresql_where=_FAILING),
        Index("ix_refund_accepted", "accepted_at", postgresql_where=text("accepted_at IS NOT NULL")),
        Index("ix_refund_open", "order_id", postgresql_where=text("state IN ('pending', 'processing', 'abnormal')")),
    )

    id: Mapped[Id]
    order_id: Mapped[int] = ref("orders.id")
    payment_id: Mapped[int | None] = ref("payment.id", "RESTRICT")
    request_key: Mapped[Str]
    out_refund_no: Mapped[Str]
    amount_fen: Mapped[Fen]
    shipping_fen: Mapped[Fen] = mapped_column(server_default="0")
    kind: Mapped[Str]
    reason: Mapped[Str]
    state: Mapped[Str]
    refund_id: Mapped[Str | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[Moment]
    last_error: Mapped[Str | None]
    error_code: Mapped[Str | None]
    accepted_at: Mapped[Moment | None]
    settled_at: Mapped[Moment | None]
    settled_by: Mapped[int | None] = mapped_column(BigInteger)
    settled_note: Mapped[Str | None]
    actor: Mapped[Str]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[Moment]
    done_at: Mapped[Moment | None]


class RefundLine(db.Model):
    __tablename__ = "refund_line"

    refund_id: Mapped[int] = ref("refund.id", primary_key=True)
    line_id: Mapped[int] = ref("order_line.id", primary_key=True)
    quantity: Mapped[Qty]
    amount_fen: Mapped[Fen]
    restock: Mapped[bool]


class PaymentNotice(db.Model):
    """A callback that was taken: one row per business key and state, so that a replay has no effect (wechat.md §4.8)."""

    __tablename__ = "payment_notice"

    kind: Mapped[Str] = mapped_column(primary_key=True)
    key: Mapped[Str] = mapped_column(primary_key=True)
    state: Mapped[Str] = mapped_column(primary_key=True)
    notify_id: Mapped[Str]
    received_at: Mapped[Moment]


class BillDay(db.Model):
    """One merchant account's trade bill of one shop day, compared with our books (对账, wechat.md §4.10).

    `waiting` until WeChat has the bill, tried again at `next_try_at`, `failed` after `give_up_at`. Sums in fen: `there`
    is what WeChat says, `here` what we say of the same day; `fee_fen` is WeChat's charge (手续费).
    """

    __tablename__ = "bill_day"
    __table_args__ = (
        UniqueConstraint("day", "mchid", "mode"),
        CheckConstraint("state IN ('waiting', 'ok', 'differs', 'failed')", name="state"),
        Index("ix_bill_day_due", "next_try_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[Id]
    day: Mapped[date]
    mchid: Mapped[Str]
    mode: Mapped[Str]
    state: Mapped[Str] = mapped_column(server_default="waiting")
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_try_at: Mapped[Moment]
    give_up_at: Mapped[Moment]
    fetched_at: Mapped[Moment | None]
    error: Mapped[Str | None]
    matched: Mapped[int] = mapped_column(server_default="0")
    others: Mapped[int] = mapped_column(server_default="0")
    payments_there: Mapped[int] = mapped_column(server_default="0")
    payments_here: Mapped[int] = mapped_column(server_default="0")
    paid_there_fen: Mapped[Fen] = mapped_column(server_default="0")
    paid_here_fen: Mapped[Fen] = mapped_column(server_default="0")
    refunds_there: Mapped[int] = mapped_column(server_default="0")
    refunds_here: Mapped[int] = mapped_column(server_default="0")
    refunded_there_fen: Mapped[Fen] = mapped_column(server_default="0")
    refunded_here_fen: Mapped[Fen] = mapped_column(server_default="0")
    fee_fen: Mapped[Fen] = mapped_column(server_default="0")


class BillLine(db.Model):
    """A bill while it is being compared; rows live and die in one transaction."""

    __tablename__ = "bill_line"

    bill_day_id: Mapped[int] = ref("bill_day.id", primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[Str]
    number: Mapped[Str]
    wechat_no: Mapped[Str]
    amount_fen: Mapped[Fen]
    at: Mapped[Moment]


class BillDifference(db.Model):
    """A payment or refund on which a day's bill and our books disagree; somebody looks into it and says what it was."""

    __tablename__ = "bill_difference"
    __table_args__ = (
        UniqueConstraint("bill_day_id", "subject", "number"),
        CheckConstraint("subject IN ('payment', 'refund')", name="subject"),
        CheckConstraint("kind IN ('missing_here', 'missing_there', 'amount_differs')", name="kind"),
        Index("ix_bill_difference_open", "bill_day_id", postgresql_where=text("resolved_at IS NULL")),
    )

    id: Mapped[Id]
    bill_day_id: Mapped[int] = ref("bill_day.id")
    subject: Mapped[Str]
    kind: Mapped[Str]
    number: Mapped[Str]
    wechat_no: Mapped[Str]
    there_fen: Mapped[Fen | None]
    here_fen: Mapped[Fen | None]
    resolved_at: Mapped[Moment | None]
    resolved_by: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[Str | None]
