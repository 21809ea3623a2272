"""members' tags and notes, versions of what people edit, lists of orders in constant time"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c0006"
down_revision = "c0005"
branch_labels = None
depends_on = None

_STATES = "'waiting', 'running', 'done', 'partial', 'refused', 'interrupted'"


def upgrade() -> None:
    _versions()
    _orders()
    _stock()
    _members()
    op.add_column("import_run", sa.Column("mapping", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.drop_constraint(op.f("ck_import_run_state"), "import_run", type_="check")
    op.create_check_constraint(op.f("ck_import_run_state"), "import_run", f"state IN ('draft', {_STATES})")


def _versions() -> None:
    for table in ("category", "store"):
        op.add_column(table, sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.create_table(
        "edit_version",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("target", name=op.f("pk_edit_version")),
    )


def _orders() -> None:
    op.drop_index("ix_orders_placed_at", table_name="orders")
    op.drop_index("ix_orders_store", table_name="orders")
    op.create_index("ix_orders_placed", "orders", ["placed_at", "id"])
    op.create_index("ix_orders_store_placed", "orders", ["store_id", "placed_at", "id"])
    op.create_index("ix_orders_store_state", "orders", ["store_id", "state", "placed_at", "id"])
    op.create_index(
        "ix_orders_phone_tail",
        "orders",
        [sa.text('"right"(contact_phone, 4)'), "placed_at", "id"],
        postgresql_where=sa.text("contact_phone IS NOT NULL"),
    )
    op.create_index(
        "ix_refund_open",
        "refund",
        ["order_id"],
        postgresql_where=sa.text("state IN ('pending', 'processing', 'abnormal')"),
    )


def _stock() -> None:
    op.add_column("stock", sa.Column("low_at", sa.Numeric(14, 3), nullable=True))
    op.add_column("stock_move", sa.Column("actor_id", sa.BigInteger(), nullable=True))
    op.add_column("stock_move", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.drop_index("ix_stock_move_sku", table_name="stock_move")
    op.create_index("ix_stock_move_sku", "stock_move", ["sku_id", "store_id", "id"])


def _members() -> None:
    op.create_index("ix_buyer_joined", "buyer", [sa.text("COALESCE(joined_at, created_at)"), "id"])
    op.create_index("ix_buyer_name", "buyer", ["name"], postgresql_ops={"name": "text_pattern_ops"})
    op.create_index(
        "ix_buyer_phone_tail",
        "buyer",
        [sa.text('"right"(phone, 4)')],
        postgresql_where=sa.text("phone IS NOT NULL"),
    )
    op.create_table(
        "buyer_tag",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), server_default="grey", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer_tag")),
        sa.UniqueConstraint("name", name=op.f("uq_buyer_tag_name")),
    )
    op.create_table(
        "buyer_tagging",
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["buyer_tag.id"], name=op.f("fk_buyer_tagging_tag_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name=op.f("fk_buyer_tagging_buyer_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tag_id", "buyer_id", name=op.f("pk_buyer_tagging")),
    )
    op.create_index(op.f("ix_buyer_tagging_buyer_id"), "buyer_tagging", ["buyer_id"])
    op.create_table(
        "buyer_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.BigInteger(), nullable=True),
        sa.Column("staff_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyer.id"], name=op.f("fk_buyer_note_buyer_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_buyer_note_staff_id"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer_note")),
    )
    op.create_index("ix_buyer_note_buyer", "buyer_note", ["buyer_id", "id"])
