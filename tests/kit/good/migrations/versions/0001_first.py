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
        "stamps_stamp",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stamps_stamp"),
        sa.UniqueConstraint("order_id", name="uq_stamps_stamp_order_id"),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name="fk_stamps_stamp_buyer_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_stamps_stamp_order_id", ondelete="CASCADE"),
    )
    op.create_index("ix_stamps_stamp_buyer", "stamps_stamp", ["buyer_id", "id"])


def downgrade() -> None:
    op.drop_table("stamps_stamp")
