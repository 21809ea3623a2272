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
        "somebody_note",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_somebody_note"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_somebody_note_order_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("somebody_note")
