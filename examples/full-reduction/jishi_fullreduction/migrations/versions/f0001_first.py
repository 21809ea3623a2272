"""first"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "f0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fullreduction_rule",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("levels", postgresql.JSONB(), nullable=False),
        sa.Column("max_times", sa.Integer(), nullable=True),
        sa.Column("max_off_fen", sa.BigInteger(), nullable=True),
        sa.Column("with_coupons", sa.Boolean(), nullable=False),
        sa.Column("products", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("categories", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fullreduction_rule")),
        sa.CheckConstraint("basis IN ('amount', 'pieces')", name=op.f("ck_fullreduction_rule_basis")),
        sa.CheckConstraint("mode IN ('ladder', 'every')", name=op.f("ck_fullreduction_rule_mode")),
    )
    op.create_index(
        "ix_fullreduction_rule_active",
        "fullreduction_rule",
        ["priority", "id"],
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "fullreduction_gift",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fullreduction_gift")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_fullreduction_gift_stock")),
    )
    op.create_table(
        "fullreduction_given",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=True),
        sa.Column("gift_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fullreduction_given")),
        sa.UniqueConstraint("order_id", "rule_id", name=op.f("uq_fullreduction_given_order_id_rule_id")),
        sa.CheckConstraint(
            "state IN ('given', 'out_of_stock', 'review', 'returned')", name=op.f("ck_fullreduction_given_state")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_fullreduction_given_order_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["fullreduction_rule.id"],
            name=op.f("fk_fullreduction_given_rule_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["gift_id"], ["fullreduction_gift.id"], name=op.f("fk_fullreduction_given_gift_id"), ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("fullreduction_given")
    op.drop_table("fullreduction_gift")
    op.drop_table("fullreduction_rule")
