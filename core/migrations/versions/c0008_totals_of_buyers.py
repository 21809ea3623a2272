"""what every buyer bought altogether, orders of an SKU"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c0008"
down_revision = "c0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_order_line_sku", "order_line", ["sku_id", "order_id"])
    op.create_table(
        "rollup_lifetime",
        sa.Column("store_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("spent_fen", sa.BigInteger(), nullable=False),
        sa.Column("last_order_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["buyer.id"], name=op.f("fk_rollup_lifetime_buyer_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("store_id", "buyer_id", name=op.f("pk_rollup_lifetime")),
    )
    op.create_index(op.f("ix_rollup_lifetime_buyer_id"), "rollup_lifetime", ["buyer_id"])
    op.create_index("ix_rollup_lifetime_spent", "rollup_lifetime", ["store_id", "spent_fen", "buyer_id"])
    op.create_index("ix_rollup_lifetime_orders", "rollup_lifetime", ["store_id", "orders", "buyer_id"])
    op.create_index("ix_rollup_lifetime_last", "rollup_lifetime", ["store_id", "last_order_at", "buyer_id"])
    op.execute(
        """
        INSERT INTO rollup_lifetime (store_id, buyer_id, orders, spent_fen, last_order_at)
        SELECT coalesce(store_id, 0), buyer_id, count(*), sum(payable_fen - refunded_fen), max(placed_at)
        FROM orders WHERE buyer_id IS NOT NULL AND NOT state IN ('pending', 'closed', 'cancelled')
        GROUP BY GROUPING SETS ((buyer_id, store_id), (buyer_id))
        """
    )
