"""A thing that leaves its prefix, and one that takes its place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "s0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create("pk_harmless")
    op.rename_table("sly_thing", "harmless")
    _create("pk_sly_thing")


def _create(key: str) -> None:
    op.create_table(
        "sly_thing",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(key)),
    )


def downgrade() -> None:
    op.drop_table("harmless")
    op.drop_table("sly_thing")
