"""figures"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "f0002"
down_revision = "f0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fullreduction_excluded",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_fullreduction_excluded_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_fullreduction_excluded")),
    )
    op.create_table(
        "fullreduction_use",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("off_fen", sa.BigInteger(), nullable=False),
        sa.Column("payable_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('placed', 'paid', 'gone')", name=op.f("ck_fullreduction_use_state")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_fullreduction_use_order_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["fullreduction_rule.id"],
            name=op.f("fk_fullreduction_use_rule_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("order_id", "rule_id", name=op.f("pk_fullreduction_use")),
    )
    op.create_index("ix_fullreduction_use_rule", "fullreduction_use", ["rule_id", "at"])


def downgrade() -> None:
    op.drop_table("fullreduction_use")
    op.drop_table("fullreduction_excluded")
