from __future__ import annotations

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Bigints, Id, Json, Moment, Str, Strs, db, ref


class Staff(db.Model):
    """Somebody who works for the shop (店员). `role` names a set of permissions of `core.staff.domain`.

    `totp_secret` without `totp_since` is an enrolment that waits for its first code; `totp_step` is the time step of
    the last code that was accepted.
    """

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
    permissions_added: Mapped[Strs] = mapped_column(server_default="{}")
    permissions_removed: Mapped[Strs] = mapped_column(server_default="{}")
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_since: Mapped[Moment | None]
    totp_step: Mapped[int] = mapped_column(BigInteger, server_default="0")


class StaffStore(db.Model):
    """Which stores a staff member may act for; no row at all means every store."""

    __tablename__ = "staff_store"

    staff_id: Mapped[int] = ref("staff.id", primary_key=True)
    store_id: Mapped[int] = ref("store.id", primary_key=True)


class StaffSession(db.Model):
    """Somebody is logged in somewhere; `seen_at` lags behind by at most `domain.SEEN_EVERY`."""

    __tablename__ = "staff_session"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_staff_session_expires_at", "expires_at"))

    id: Mapped[Id]
    staff_id: Mapped[int] = ref("staff.id", index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]
    user_agent: Mapped[Str] = mapped_column(server_default="")
    ip_prefix: Mapped[Str] = mapped_column(server_default="")
    seen_at: Mapped[Moment] = mapped_column(server_default=text("now()"))


class StaffPendingLogin(db.Model):
    """The password was right, the second factor is still missing. A changed password makes it worthless."""

    __tablename__ = "staff_pending_login"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_staff_pending_login_expires_at", "expires_at"))

    id: Mapped[Id]
    staff_id: Mapped[int] = ref("staff.id", index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    password_print: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class StaffRecoveryCode(db.Model):
    """Stands in for a code of the app once (恢复码)."""

    __tablename__ = "staff_recovery_code"

    staff_id: Mapped[int] = ref("staff.id", primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[Moment | None]


class StaffInvitation(db.Model):
    """A link that makes its holder a staff member, once. `store_ids` empty: every store."""

    __tablename__ = "staff_invitation"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_staff_invitation_expires_at", "expires_at"),
        Index(
            "uq_staff_invitation_open",
            "phone",
            unique=True,
            postgresql_where=text("used_at IS NULL AND revoked_at IS NULL"),
        ),
    )

    id: Mapped[Id]
    phone: Mapped[Str]
    name: Mapped[Str]
    role: Mapped[Str]
    store_ids: Mapped[Bigints]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    invited_by: Mapped[int | None] = ref("staff.id", "SET NULL", index=True)
    created_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]
    revoked_at: Mapped[Moment | None]


class AuditEntry(db.Model):
    """Who did what when: written in the same transaction as the act."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_at", "at"),
        Index("ix_audit_log_actor_id", "actor_id", "id"),
        Index("ix_audit_log_target", "target", "id"),
        Index("ix_audit_log_action", "action", "id", postgresql_ops={"action": "text_pattern_ops"}),
    )

    id: Mapped[Id]
    at: Mapped[Moment]
    actor: Mapped[Str]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    action: Mapped[Str]
    target: Mapped[Str]
    detail: Mapped[Json]
