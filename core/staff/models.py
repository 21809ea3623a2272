from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Id, Json, Moment, Str, db, ref


class Staff(db.Model):
    """Somebody who works for the shop (店员). `role` names a set of permissions of `core.staff.domain`."""

    __tablename__ = "staff"
    __table_args__ = (UniqueConstraint("phone"),)

    id: Mapped[Id]
    phone: Mapped[Str]
    name: Mapped[Str]
    password_hash: Mapped[Str]
    role: Mapped[Str]
    active: Mapped[bool] = mapped_column(default=True)
    failed_logins: Mapped[int] = mapped_column(default=0, server_default="0")
    locked_until: Mapped[Moment | None]
    created_at: Mapped[Moment]


class StaffStore(db.Model):
    """Which stores a staff member may act for; no row at all means every store."""

    __tablename__ = "staff_store"

    staff_id: Mapped[int] = ref("staff.id", primary_key=True)
    store_id: Mapped[int] = ref("store.id", primary_key=True)


class StaffSession(db.Model):
    __tablename__ = "staff_session"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[Id]
    staff_id: Mapped[int] = ref("staff.id", index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]


class AuditEntry(db.Model):
    """Who did what when: written in the same transaction as the act."""

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_at", "at"),)

    id: Mapped[Id]
    at: Mapped[Moment]
    actor: Mapped[Str]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[Str]
    target: Mapped[Str]
    detail: Mapped[Json]
