"""Tables of schema `platform`: who the tenants are, where they are found, where their schemas stand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from tenants.db import PLATFORM, IdMixin, db

STATUSES = ("requested", "provisioning", "active", "suspended", "moving", "closed", "deleted")


def _moment(**kwargs: Any) -> Any:
    return mapped_column(DateTime(timezone=True), **kwargs)


def _tenant_id(**kwargs: Any) -> Any:
    return mapped_column(BigInteger, ForeignKey("platform.tenant.id", ondelete="CASCADE"), **kwargs)


class Plan(IdMixin, db.Model):
    """What a tenant may use (套餐): named limits, read by whoever enforces them."""

    __bind_key__ = PLATFORM
    __tablename__ = "plan"
    __table_args__ = (UniqueConstraint("code"),)

    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    limits: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class Tenant(IdMixin, db.Model):
    """One retailer. `key` comes with the schema; until then `seed` keeps what the owner's account needs."""

    __bind_key__ = PLATFORM
    __tablename__ = "tenant"
    __table_args__ = (
        CheckConstraint(f"status IN {STATUSES!r}", name="status"),
        CheckConstraint("key ~ '^[0-9a-z]{1,26}$'", name="key"),
        CheckConstraint("key IS NOT NULL OR status IN ('requested', 'provisioning')", name="has_key"),
        UniqueConstraint("key"),
        Index("uq_tenant_slug", "slug", unique=True, postgresql_where=text("status <> 'deleted'")),
        Index("ix_tenant_status", "status", "id"),
    )

    key: Mapped[str | None] = mapped_column(Text)
    slug: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="requested")
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("platform.plan.id", ondelete="RESTRICT"))
    canary: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    settings_version: Mapped[int] = mapped_column(Integer, server_default="0")
    seed: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[datetime] = _moment(server_default=func.now())
    activated_at: Mapped[datetime | None] = _moment()
    closed_at: Mapped[datetime | None] = _moment()


class TenantHost(db.Model):
    """A domain of the tenant's own; `<slug>.<our domain>` needs no row."""

    __bind_key__ = PLATFORM
    __tablename__ = "tenant_host"
    __table_args__ = (Index("ix_tenant_host_tenant_id", "tenant_id"),)

    host: Mapped[str] = mapped_column(Text, primary_key=True)
    tenant_id: Mapped[int] = _tenant_id()


class TenantAppid(db.Model):
    """The mini-program (小程序) of a tenant."""

    __bind_key__ = PLATFORM
    __tablename__ = "tenant_appid"
    __table_args__ = (Index("ix_tenant_appid_tenant_id", "tenant_id"),)

    appid: Mapped[str] = mapped_column(Text, primary_key=True)
    tenant_id: Mapped[int] = _tenant_id()


class CallbackToken(db.Model):
    """The unguessable part of the address to which WeChat calls back for one tenant."""

    __bind_key__ = PLATFORM
    __tablename__ = "callback_token"
    __table_args__ = (UniqueConstraint("tenant_id", "purpose"),)

    token: Mapped[str] = mapped_column(Text, primary_key=True)
    tenant_id: Mapped[int] = _tenant_id()
    purpose: Mapped[str] = mapped_column(Text)


class TenantRevision(db.Model):
    """Where one schema stands in one history, how the last move ended. Spares have rows too."""

    __bind_key__ = PLATFORM
    __tablename__ = "tenant_revision"
    __table_args__ = (
        CheckConstraint("state IN ('ok', 'failed')", name="state"),
        Index("ix_tenant_revision_fleet", "history", "revision", "state"),
    )

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    history: Mapped[str] = mapped_column(Text, primary_key=True)
    revision: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text, server_default="ok")
    error: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = _moment(server_default=func.now())


class TenantPlugin(db.Model):
    """What a tenant switched on. A row that went off stays: its tables and data are still there."""

    __bind_key__ = PLATFORM
    __tablename__ = "tenant_plugin"
    __table_args__ = (
        CheckConstraint("state IN ('on', 'closing', 'off')", name="state"),
        Index("ix_tenant_plugin_plugin", "plugin", "state"),
    )

    tenant_id: Mapped[int] = _tenant_id(primary_key=True)
    plugin: Mapped[str] = mapped_column(Text, primary_key=True)
    state: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = _moment(server_default=func.now())


class SpareSchema(db.Model):
    """A schema built in advance, waiting for a tenant."""

    __bind_key__ = PLATFORM
    __tablename__ = "spare_schema"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    created_at: Mapped[datetime] = _moment(server_default=func.now())


class PlatformSetting(db.Model):
    """A setting of the operator; `secret` is sealed by whoever wrote it."""

    __bind_key__ = PLATFORM
    __tablename__ = "platform_setting"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB, server_default=text("'{}'"))
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)


class Operator(IdMixin, db.Model):
    """Somebody who runs the platform (平台运营). `totp_secret` is sealed; it counts once `totp_confirmed`."""

    __bind_key__ = PLATFORM
    __tablename__ = "operator"
    __table_args__ = (UniqueConstraint("login"),)

    login: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_confirmed: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    totp_step: Mapped[int] = mapped_column(BigInteger, server_default="0")
    failed_logins: Mapped[int] = mapped_column(Integer, server_default="0")
    locked_until: Mapped[datetime | None] = _moment()
    active: Mapped[bool] = mapped_column(Boolean, server_default=text("true"))
    created_at: Mapped[datetime] = _moment(server_default=func.now())


class OperatorSession(IdMixin, db.Model):
    """A login of an operator; not `complete` while the second factor is missing."""

    __bind_key__ = PLATFORM
    __tablename__ = "operator_session"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_operator_session_operator_id", "operator_id"))

    operator_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("platform.operator.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    complete: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = _moment()
    seen_at: Mapped[datetime] = _moment()
    expires_at: Mapped[datetime] = _moment()
    revoked_at: Mapped[datetime | None] = _moment()


class OperatorLog(IdMixin, db.Model):
    """What an operator did to whom, and why; `operator` is the name at that time."""

    __bind_key__ = PLATFORM
    __tablename__ = "operator_log"
    __table_args__ = (Index("ix_operator_log_tenant_id", "tenant_id", "id"),)

    at: Mapped[datetime] = _moment()
    operator_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("platform.operator.id", ondelete="SET NULL"))
    operator: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    tenant_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("platform.tenant.id", ondelete="SET NULL"))
    reason: Mapped[str] = mapped_column(Text, server_default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class SupportEntry(IdMixin, db.Model):
    """An operator inside a shop: for what reason, until when. The ticket becomes the token once (`entered_at`)."""

    __bind_key__ = PLATFORM
    __tablename__ = "support_entry"
    __table_args__ = (
        UniqueConstraint("ticket_hash"),
        UniqueConstraint("token_hash"),
        Index("ix_support_entry_tenant_id", "tenant_id", "id"),
    )

    operator_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("platform.operator.id", ondelete="CASCADE"))
    operator: Mapped[str] = mapped_column(Text)
    tenant_id: Mapped[int] = _tenant_id()
    reason: Mapped[str] = mapped_column(Text)
    ticket_hash: Mapped[bytes] = mapped_column(LargeBinary)
    ticket_until: Mapped[datetime] = _moment()
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = _moment()
    expires_at: Mapped[datetime] = _moment()
    entered_at: Mapped[datetime | None] = _moment()
    ended_at: Mapped[datetime | None] = _moment()


class TenantDaily(db.Model):
    """What was paid on one day of the shop's calendar: number of orders and their sum, till and online."""

    __bind_key__ = PLATFORM
    __tablename__ = "tenant_daily"
    __table_args__ = (Index("ix_tenant_daily_day", "day"),)

    tenant_id: Mapped[int] = _tenant_id(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    orders: Mapped[int] = mapped_column(Integer, server_default="0")
    paid_fen: Mapped[int] = mapped_column(BigInteger, server_default="0")


class TenantHealth(db.Model):
    """How a tenant stood `at` its last tick: deliveries, the oldest thing that was due, what its plan counts."""

    __bind_key__ = PLATFORM
    __tablename__ = "tenant_health"
    __table_args__ = (Index("ix_tenant_health_at", "at"),)

    tenant_id: Mapped[int] = _tenant_id(primary_key=True)
    at: Mapped[datetime] = _moment()
    pending: Mapped[int] = mapped_column(Integer, server_default="0")
    stuck: Mapped[int] = mapped_column(Integer, server_default="0")
    parked: Mapped[int] = mapped_column(Integer, server_default="0")
    oldest_due: Mapped[datetime | None] = _moment()
    stores: Mapped[int] = mapped_column(Integer, server_default="0")
    staff: Mapped[int] = mapped_column(Integer, server_default="0")
    orders_month: Mapped[int] = mapped_column(Integer, server_default="0")
