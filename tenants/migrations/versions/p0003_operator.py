"""Operators and what they do, support inside a shop, the figures of every tenant."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "p0003"
down_revision = "p0002"
branch_labels = None
depends_on = None

SCHEMA = "platform"


def moment(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def identity() -> sa.Column:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def figure(name: str, kind: Any = sa.Integer) -> sa.Column:
    return sa.Column(name, kind(), server_default="0", nullable=False)


def upgrade() -> None:
    _operators()
    _support()
    _figures()
    op.execute(
        "UPDATE platform.plan SET limits = limits - 'plugins' || jsonb_build_object('plugin_names', limits -> 'plugins')"
        " WHERE jsonb_typeof(limits -> 'plugins') = 'array'"
    )


def _operators() -> None:
    op.create_table(
        "operator",
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_confirmed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        figure("totp_step", sa.BigInteger),
        figure("failed_logins"),
        moment("locked_until", nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        identity(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator")),
        sa.UniqueConstraint("login", name=op.f("uq_operator_login")),
        schema=SCHEMA,
    )
    op.create_table(
        "operator_session",
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        moment("created_at"),
        moment("seen_at"),
        moment("expires_at"),
        moment("revoked_at", nullable=True),
        identity(),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["platform.operator.id"], name=op.f("fk_operator_session_operator_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_operator_session_token_hash")),
        schema=SCHEMA,
    )
    op.create_index("ix_operator_session_operator_id", "operator_session", ["operator_id"], schema=SCHEMA)
    op.create_table(
        "operator_log",
        moment("at"),
        sa.Column("operator_id", sa.BigInteger(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        identity(),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["platform.operator.id"], name=op.f("fk_operator_log_operator_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_operator_log_tenant_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operator_log")),
        schema=SCHEMA,
    )
    op.create_index("ix_operator_log_tenant_id", "operator_log", ["tenant_id", "id"], schema=SCHEMA)


def _support() -> None:
    op.create_table(
        "support_entry",
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("operator", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ticket_hash", sa.LargeBinary(), nullable=False),
        moment("ticket_until"),
        sa.Column("token_hash", sa.LargeBinary(), nullable=True),
        moment("created_at"),
        moment("expires_at"),
        moment("entered_at", nullable=True),
        moment("ended_at", nullable=True),
        identity(),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["platform.operator.id"], name=op.f("fk_support_entry_operator_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_support_entry_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_entry")),
        sa.UniqueConstraint("ticket_hash", name=op.f("uq_support_entry_ticket_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_support_entry_token_hash")),
        schema=SCHEMA,
    )
    op.create_index("ix_support_entry_tenant_id", "support_entry", ["tenant_id", "id"], schema=SCHEMA)


def _figures() -> None:
    op.create_table(
        "tenant_daily",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        figure("orders"),
        figure("paid_fen", sa.BigInteger),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_tenant_daily_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "day", name=op.f("pk_tenant_daily")),
        schema=SCHEMA,
    )
    op.create_index("ix_tenant_daily_day", "tenant_daily", ["day"], schema=SCHEMA)
    op.create_table(
        "tenant_health",
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        moment("at"),
        figure("pending"),
        figure("stuck"),
        figure("parked"),
        moment("oldest_due", nullable=True),
        figure("stores"),
        figure("staff"),
        figure("orders_month"),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_tenant_health_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_health")),
        schema=SCHEMA,
    )
    op.create_index("ix_tenant_health_at", "tenant_health", ["at"], schema=SCHEMA)
