from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Fen, Id, Moment, Qty, Str, db, ref

_UNFINISHED = text("state IN ('new', 'prepared', 'closing')")
_REFUNDING = text("state IN ('pending', 'processing')")


class WechatApp(db.Model):
    """A mini-program of the tenant; its secret is sealed."""

    __tablename__ = "wechat_app"

    appid: Mapped[Str] = mapped_column(primary_key=True)
    name: Mapped[Str]
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Moment]


class PaymentProfile(db.Model):
    """How the tenant is paid (wechat.md §1): a new version per change, the highest is in force. Secrets are sealed."""

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
    """Money on its way back, with a state of its own; retried under the same `out_refund_no` until WeChat is done."""

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("out_refund_no"),
        UniqueConstraint("order_id", "request_key"),
        CheckConstraint("amount_fen >= 0", name="amount"),
        CheckConstraint("state IN ('pending', 'processing', 'success', 'closed', 'abnormal')", name="state"),
        Index("ix_refund_unfinished", "next_try_at", postgresql_where=_REFUNDING),
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
