"""A thing whose index names a column that it does not have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "b0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("broken_thing", sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
                    sa.PrimaryKeyConstraint("id", name=op.f("pk_broken_thing")))
    op.create_index("ix_broken_thing_colour", "broken_thing", ["colour"])


def downgrade() -> None:
    op.drop_table("broken_thing")
