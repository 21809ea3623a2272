"""points: accounts, ledger, lots, orders, gifts, levels"""

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
        "points_level",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("growth", sa.BigInteger(), nullable=False),
        sa.Column("price_percent", sa.Integer(), nullable=False),
        sa.Column("earn_percent", sa.Integer(), nullable=False),
        sa.CheckConstraint("earn_percent BETWEEN 0 AND 1000", name=op.f("ck_points_level_earn_percent")),
        sa.CheckConstraint("growth >= 0", name=op.f("ck_points_level_growth")),
        sa.CheckConstraint("price_percent BETWEEN 1 AND 100", name=op.f("ck_points_level_price_percent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_level")),
        sa.UniqueConstraint("growth", name=op.f("uq_points_level_growth")),
    )
    op.create_table(
        "points_gift",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sku_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("cash_fen", sa.BigInteger(), nullable=False),
        sa.Column("per_buyer", sa.Integer(), nullable=True),
        sa.Column("stock", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sort", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("cash_fen >= 0", name=op.f("ck_points_gift_cash_fen")),
        sa.CheckConstraint("points >= 1", name=op.f("ck_points_gift_points")),
        sa.CheckConstraint("taken BETWEEN 0 AND stock", name=op.f("ck_points_gift_taken")),
        sa.ForeignKeyConstraint(["sku_id"], ["sku.id"], name=op.f("fk_points_gift_sku_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_gift")),
    )
    op.create_index("ix_points_gift_sku", "points_gift", ["sku_id"], unique=False)
    op.create_table(
        "points_growth",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("growth", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name=op.f("fk_points_growth_buyer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_growth")),
        sa.UniqueConstraint("kind", "reference", name=op.f("uq_points_growth_kind_reference")),
    )
    op.create_index("ix_points_growth_buyer", "points_growth", ["buyer_id", "at"], unique=False)
    op.create_table(
        "points_member",
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("debt", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("growth", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("level_id", sa.BigInteger(), nullable=True),
        sa.Column("level_locked", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("review_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("earned_on", sa.Date(), nullable=True),
        sa.Column("earned_today", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("first_order_id", sa.BigInteger(), nullable=True),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("debt >= 0", name=op.f("ck_points_member_debt")),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name=op.f("fk_points_member_buyer_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["level_id"], ["points_level.id"], name=op.f("fk_points_member_level_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("buyer_id", name=op.f("pk_points_member")),
    )
    op.create_index(
        "ix_points_member_review_at",
        "points_member",
        ["review_at"],
        unique=False,
        postgresql_where=sa.text("review_at IS NOT NULL"),
    )
    op.create_table(
        "points_product",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("spends", sa.Boolean(), nullable=False),
        sa.Column("earns", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_points_product_product_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_points_product")),
    )
    op.create_table(
        "points_signin",
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name=op.f("fk_points_signin_buyer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("buyer_id", "day", name=op.f("pk_points_signin")),
    )
    op.create_table(
        "points_transaction",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["buyer.id"], name=op.f("fk_points_transaction_buyer_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_points_transaction_staff_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_transaction")),
        sa.UniqueConstraint(
            "kind", "reference", "direction", name=op.f("uq_points_transaction_kind_reference_direction")
        ),
    )
    op.create_index("ix_points_transaction_at", "points_transaction", ["at"], unique=False)
    op.create_index("ix_points_transaction_buyer", "points_transaction", ["buyer_id", "id"], unique=False)
    op.create_table(
        "points_entry",
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account IN ('buyer', 'held', 'issued', 'redeemed', 'expired', 'adjusted', 'forfeited')",
            name=op.f("ck_points_entry_account"),
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["points_transaction.id"],
            name=op.f("fk_points_entry_transaction_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("transaction_id", "account", name=op.f("pk_points_entry")),
    )
    op.create_table(
        "points_lot",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=True),
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("origin_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("left_points", sa.BigInteger(), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded", sa.Integer(), nullable=True),
        sa.CheckConstraint("left_points BETWEEN 0 AND amount", name=op.f("ck_points_lot_left_points")),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name=op.f("fk_points_lot_buyer_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["origin_id"], ["points_lot.id"], name=op.f("fk_points_lot_origin_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["points_transaction.id"], name=op.f("fk_points_lot_transaction_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_lot")),
    )
    op.create_index(
        "ix_points_lot_buyer", "points_lot", ["buyer_id"], unique=False, postgresql_where=sa.text("left_points > 0")
    )
    op.create_index(
        "ix_points_lot_expires_at",
        "points_lot",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("left_points > 0"),
    )
    op.create_table(
        "points_order",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("used_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("use_state", sa.Text(), server_default="none", nullable=False),
        sa.Column("gift_id", sa.BigInteger(), nullable=True),
        sa.Column("gift_quantity", sa.Integer(), server_default="0", nullable=False),
        sa.Column("award_state", sa.Text(), server_default="none", nullable=False),
        sa.Column("moment", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("awarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lot_id", sa.BigInteger(), nullable=True),
        sa.Column("refunds", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "award_state IN ('none', 'waiting', 'given', 'void')", name=op.f("ck_points_order_award_state")
        ),
        sa.CheckConstraint(
            "use_state IN ('none', 'held', 'spent', 'returned')", name=op.f("ck_points_order_use_state")
        ),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name=op.f("fk_points_order_buyer_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["gift_id"], ["points_gift.id"], name=op.f("fk_points_order_gift_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["points_lot.id"], name=op.f("fk_points_order_lot_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_points_order_order_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_points_order")),
    )
    op.create_index("ix_points_order_buyer", "points_order", ["buyer_id", "order_id"], unique=False)
    op.create_index(
        "ix_points_order_due_at",
        "points_order",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("award_state = 'waiting'"),
    )
    op.create_index(
        "ix_points_order_gift",
        "points_order",
        ["gift_id", "buyer_id"],
        unique=False,
        postgresql_where=sa.text("gift_id IS NOT NULL"),
    )
    op.create_index(
        "ix_points_order_held",
        "points_order",
        ["order_id"],
        unique=False,
        postgresql_where=sa.text("use_state = 'held'"),
    )
    op.create_table(
        "points_use",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("returned BETWEEN 0 AND points", name=op.f("ck_points_use_returned")),
        sa.ForeignKeyConstraint(["lot_id"], ["points_lot.id"], name=op.f("fk_points_use_lot_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_points_use_order_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("order_id", "lot_id", name=op.f("pk_points_use")),
    )
    op.create_table(
        "points_line",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=14, scale=3), nullable=False),
        sa.Column("paid_fen", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("returned", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("award", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("taken_back", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refunded_quantity", sa.Numeric(precision=14, scale=3), server_default="0", nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["points_order.order_id"], name=op.f("fk_points_line_order_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("order_id", "position", name=op.f("pk_points_line")),
    )


def downgrade() -> None:
    op.drop_table("points_line")
    op.drop_table("points_use")
    op.drop_table("points_order")
    op.drop_table("points_lot")
    op.drop_table("points_entry")
    op.drop_table("points_transaction")
    op.drop_table("points_signin")
    op.drop_table("points_product")
    op.drop_table("points_member")
    op.drop_table("points_growth")
    op.drop_table("points_gift")
    op.drop_table("points_level")
