"""two-factor, invitations, sessions one can tell apart, grants per person"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0004"
down_revision = "c0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("permissions_added", "permissions_removed"):
        op.add_column("staff", sa.Column(name, postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("staff", sa.Column("totp_secret", sa.LargeBinary(), nullable=True))
    op.add_column("staff", sa.Column("totp_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("staff", sa.Column("totp_step", sa.BigInteger(), server_default="0", nullable=False))
    for name in ("user_agent", "ip_prefix"):
        op.add_column("staff_session", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.add_column(
        "staff_session",
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.create_index("ix_staff_session_expires_at", "staff_session", ["expires_at"])
    _pending_logins()
    _recovery_codes()
    _invitations()
    op.create_index("ix_audit_log_actor_id", "audit_log", ["actor_id", "id"])
    op.create_index("ix_audit_log_target", "audit_log", ["target", "id"])
    op.create_index("ix_audit_log_action", "audit_log", ["action", "id"], postgresql_ops={"action": "text_pattern_ops"})


def _pending_logins() -> None:
    op.create_table(
        "staff_pending_login",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("password_print", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_pending_login_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_pending_login")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_pending_login_token_hash")),
    )
    op.create_index(op.f("ix_staff_pending_login_staff_id"), "staff_pending_login", ["staff_id"])
    op.create_index("ix_staff_pending_login_expires_at", "staff_pending_login", ["expires_at"])


def _recovery_codes() -> None:
    op.create_table(
        "staff_recovery_code",
        sa.Column("staff_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_recovery_code_staff_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", "code_hash", name=op.f("pk_staff_recovery_code")),
    )


def _invitations() -> None:
    op.create_table(
        "staff_invitation",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("store_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["staff.id"], name=op.f("fk_staff_invitation_invited_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_staff_invitation_token_hash")),
    )
    op.create_index(op.f("ix_staff_invitation_invited_by"), "staff_invitation", ["invited_by"])
    op.create_index("ix_staff_invitation_expires_at", "staff_invitation", ["expires_at"])
    op.create_index(
        "uq_staff_invitation_open",
        "staff_invitation",
        ["phone"],
        unique=True,
        postgresql_where=sa.text("used_at IS NULL AND revoked_at IS NULL"),
    )
