from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Id, Json, Moment, Str, Strs, db, ref


class ImportRun(db.Model):
    """One imported file: what it held and what became of it. Progress is written with every batch.

    A `draft` was uploaded and waits for somebody to say which column is what (`mapping`: field by column name).
    `done_permille` and `last_line` say how far the run came, `problem_code` and `problem` why it ended early;
    `faults_left_out` counts findings beyond those that are kept, `ignored_columns` what no field knows.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        UniqueConstraint("digest", "kind", "started_at"),
        CheckConstraint(
            "state IN ('draft', 'waiting', 'running', 'done', 'partial', 'refused', 'interrupted')", name="state"
        ),
        Index("ix_import_run_open", "progress_at", postgresql_where=text("state IN ('waiting', 'running')")),
    )

    id: Mapped[Id]
    kind: Mapped[Str]
    filename: Mapped[Str]
    digest: Mapped[Str]
    state: Mapped[Str]
    rows: Mapped[int] = mapped_column(server_default="0")
    created: Mapped[int] = mapped_column(server_default="0")
    updated: Mapped[int] = mapped_column(server_default="0")
    unchanged: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
    done_permille: Mapped[int] = mapped_column(server_default="0")
    last_line: Mapped[int] = mapped_column(server_default="0")
    faults_left_out: Mapped[int] = mapped_column(server_default="0")
    ignored_columns: Mapped[Strs] = mapped_column(server_default="{}")
    problem_code: Mapped[Str | None]
    problem: Mapped[Str | None]
    default_store_code: Mapped[Str | None]
    mapping: Mapped[Json | None]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    started_at: Mapped[Moment]
    progress_at: Mapped[Moment]
    finished_at: Mapped[Moment | None]


class ImportFault(db.Model):
    """A line that could not be taken: where, which value, what to do."""

    __tablename__ = "import_fault"

    run_id: Mapped[int] = ref("import_run.id", primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    column: Mapped[Str]
    value: Mapped[Str]
    code: Mapped[Str]
    message: Mapped[Str]
