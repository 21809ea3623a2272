"""Notes can be pinned and tagged: a quote ' a per cent % and a colon :x must come through rendering."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "n0002"
down_revision = "n0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("note", sa.Column("mood", sa.Text(), server_default="50% it's :x", nullable=False))
    op.create_table(
        "tag",
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.CheckConstraint("word LIKE '%a%' OR word <> ''", name=op.f("ck_tag_word")),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_tag_note_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("note_id", "word", name=op.f("pk_tag")),
    )


def downgrade() -> None:
    op.drop_table("tag")
    op.drop_column("note", "mood")
