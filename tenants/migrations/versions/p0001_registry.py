"""Registry of tenants."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "p0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("limits", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("code", name=op.f("uq_plan_code")),
        schema="platform",
    )
    op.create_table(
        "platform_setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_platform_setting")),
        schema="platform",
    )
    op.create_table(
        "spare_schema",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_spare_schema")),
        schema="platform",
    )
    op.create_table(
        "tenant_revision",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("history", sa.Text(), nullable=False),
        sa.Column("revision", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="ok", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('ok', 'failed')", name=op.f("ck_tenant_revision_state")),
        sa.PrimaryKeyConstraint("key", "history", name=op.f("pk_tenant_revision")),
        schema="platform",
    )
    op.create_index(
        "ix_tenant_revision_fleet",
        "tenant_revision",
        ["history", "revision", "state"],
        unique=False,
        schema="platform",
    )
    op.create_table(
        "tenant",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="requested", nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=True),
        sa.Column("canary", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("settings_version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seed", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("key IS NOT NULL OR status IN ('requested', 'provisioning')", name=op.f("ck_tenant_has_key")),
        sa.CheckConstraint("key ~ '^[0-9a-z]{1,26}$'", name=op.f("ck_tenant_key")),
        sa.CheckConstraint(
            "status IN ('requested', 'provisioning', 'active', 'suspended', 'moving', 'closed', 'deleted')",
            name=op.f("ck_tenant_status"),
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["platform.plan.id"], name=op.f("fk_tenant_plan_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenant")),
        sa.UniqueConstraint("key", name=op.f("uq_tenant_key")),
        schema="platform",
    )
    op.create_index("ix_tenant_status", "tenant", ["status", "id"], unique=False, schema="platform")
    op.create_index(
        "uq_tenant_slug",
        "tenant",
        ["slug"],
        unique=True,
        schema="platform",
        postgresql_where=sa.text("status <> 'deleted'"),
    )
    op.create_table(
        "callback_token",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["platform.tenant.id"],
            name=op.f("fk_callback_token_tenant_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_callback_token")),
        sa.UniqueConstraint("tenant_id", "purpose", name=op.f("uq_callback_token_tenant_id_purpose")),
        schema="platform",
    )
    op.create_table(
        "tenant_appid",
        sa.Column("appid", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_tenant_appid_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("appid", name=op.f("pk_tenant_appid")),
        schema="platform",
    )
    op.create_index("ix_tenant_appid_tenant_id", "tenant_appid", ["tenant_id"], unique=False, schema="platform")
    op.create_table(
        "tenant_host",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("tenant_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["platform.tenant.id"], name=op.f("fk_tenant_host_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_tenant_host")),
        schema="platform",
    )
    op.create_index("ix_tenant_host_tenant_id", "tenant_host", ["tenant_id"], unique=False, schema="platform")


def downgrade() -> None:
    op.drop_index("ix_tenant_host_tenant_id", table_name="tenant_host", schema="platform")
    op.drop_table("tenant_host", schema="platform")
    op.drop_index("ix_tenant_appid_tenant_id", table_name="tenant_appid", schema="platform")
    op.drop_table("tenant_appid", schema="platform")
    op.drop_table("callback_token", schema="platform")
    op.drop_index(
        "uq_tenant_slug",
        table_name="tenant",
        schema="platform",
        postgresql_where=sa.text("status <> 'deleted'"),
    )
    op.drop_index("ix_tenant_status", table_name="tenant", schema="platform")
    op.drop_table("tenant", schema="platform")
    op.drop_index("ix_tenant_revision_fleet", table_name="tenant_revision", schema="platform")
    op.drop_table("tenant_revision", schema="platform")
    op.drop_table("spare_schema", schema="platform")
    op.drop_table("platform_setting", schema="platform")
    op.drop_table("plan", schema="platform")
