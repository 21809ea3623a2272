"""blocks of the home page that are hidden for now"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "c0007"
down_revision = "c0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("home_block", sa.Column("hidden", sa.Boolean(), server_default="false", nullable=False))
