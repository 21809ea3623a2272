"""what the host keeps about plugins"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0002"
down_revision = "c0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_event_delivery_due", "event_delivery")
    op.create_index(
        "ix_event_delivery_due",
        "event_delivery",
        ["consumer", "due_at", "event_id"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_event_delivery_kept",
        "event_delivery",
        ["event_id", "consumer"],
        postgresql_where=sa.text("state IN ('stuck', 'parked')"),
    )
    op.create_table(
        "plugin_setting",
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("plugin", name=op.f("pk_plugin_setting")),
    )
    op.create_table(
        "plugin_failure",
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("trace", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plugin", "place", name=op.f("pk_plugin_failure")),
    )
    op.create_table(
        "plugin_job",
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("next_run", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_run", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("plugin", "job", name=op.f("pk_plugin_job")),
    )
    op.create_index("ix_plugin_job_next_run", "plugin_job", ["next_run"])
    op.create_table(
        "home_block",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_home_block")),
    )
    op.create_table(
        "shopper_op",
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("op", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("reply", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name=op.f("fk_shopper_op_buyer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("buyer_id", "key", name=op.f("pk_shopper_op")),
    )
    op.create_index("ix_shopper_op_at", "shopper_op", ["at"])
