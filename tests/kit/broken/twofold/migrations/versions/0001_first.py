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
        "twofold_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_twofold_note"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_twofold_note_order_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("twofold_note")
