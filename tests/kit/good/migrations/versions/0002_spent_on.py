"""spent on"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stamps_stamp", sa.Column("spent_on", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        "fk_stamps_stamp_spent_on", "stamps_stamp", "orders", ["spent_on"], ["id"], ondelete="SET NULL"
    )


def downgrade() -> None:
    op.drop_column("stamps_stamp", "spent_on")
