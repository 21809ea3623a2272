"""first"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hoarder_visit",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hoarder_visit"),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name="fk_hoarder_visit_buyer_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_hoarder_visit_order_id", ondelete="CASCADE"),
    )
    op.create_table(
        "hoarder_wish",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hoarder_wish"),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name="fk_hoarder_wish_buyer_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_hoarder_wish_order_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("hoarder_visit")
    op.drop_table("hoarder_wish")
