"""The rows that remember an import: what it was, how far it came, which lines failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import RowMapping, text

from core.clock import now
from core.db import db
from core.imports.errors import RowError, RunNotFound

MAX_FAULTS = 20_000
"""Findings that are kept of one run; of the rest only the number."""

_COLUMNS = """id, kind, filename, state, rows, created, updated, unchanged, failed, done_permille, last_line,
    faults_left_out, ignored_columns, problem_code, problem, default_store_code, mapping, actor_id, started_at,
    progress_at, finished_at"""
_START = text(
    """
    INSERT INTO import_run (kind, filename, digest, state, default_store_code, actor_id, started_at, progress_at)
    VALUES (:kind, :filename, :digest, :state, :store_code, :actor, :now, :now) RETURNING id
    """
)
_CLAIM = text(
    f"""
    UPDATE import_run SET state = 'running', rows = 0, created = 0, updated = 0, unchanged = 0, failed = 0,
        done_permille = 0, last_line = 0, faults_left_out = 0, problem_code = NULL, problem = NULL, finished_at = NULL,
        progress_at = :now
    WHERE id = :id AND state IN ('waiting', 'interrupted') RETURNING {_COLUMNS}
    """
)
_FORGET_FAULTS = text("DELETE FROM import_fault WHERE run_id = :id")
_ADVANCE = text(
    """
    UPDATE import_run SET rows = rows + :rows, created = created + :new, updated = updated + :updated,
        unchanged = unchanged + :unchanged, failed = failed + :failed, done_permille = :permille,
        last_line = greatest(last_line, :line), faults_left_out = faults_left_out + :left_out,
        ignored_columns = ARRAY(SELECT DISTINCT unnest(ignored_columns || CAST(:ignored AS text[])) ORDER BY 1),
        progress_at = :now
    WHERE id = :id AND state = 'running' RETURNING id
    """
)
_ADD_FAULTS = text(
    """
    INSERT INTO import_fault (run_id, position, line, "column", value, code, message)
    SELECT :run, :first + position, line, "column", value, code, message
    FROM ROWS FROM (jsonb_to_recordset(CAST(:faults AS jsonb))
                    AS (line int, "column" text, value text, code text, message text)) WITH ORDINALITY
         AS f(line, "column", value, code, message, position)
    """
)
_FINISH = text(
    """
    UPDATE import_run SET state = :state, problem_code = :code, problem = :problem, finished_at = :now, progress_at = :now,
        done_permille = CASE WHEN :state = 'done' THEN 1000 ELSE done_permille END
    WHERE id = :id AND state IN ('waiting', 'running')
    """
)
_ONE = text(f"SELECT {_COLUMNS} FROM import_run WHERE id = :id")
_LIST = text(
    f"""
    SELECT {_COLUMNS} FROM import_run
    WHERE state <> 'draft' AND (CAST(:before AS bigint) IS NULL OR id < :before) ORDER BY id DESC LIMIT :limit
    """
)
_FAULTS = text(
    """
    SELECT position, line, "column", value, code, message FROM import_fault
    WHERE run_id = :run AND position > :after ORDER BY position LIMIT :limit
    """
)
_SCOPE = text(
    "SELECT s.code FROM staff_store x JOIN store s ON s.id = x.store_id WHERE x.staff_id = CAST(:staff AS bigint)"
)


def start(
    kind: str, filename: str, digest: str, store_code: str | None, actor_id: int | None, state: str = "waiting"
) -> int:
    """Note a new run; the caller commits and sees to it that it runs."""
    values = {"kind": kind, "filename": filename, "digest": digest, "store_code": store_code, "actor": actor_id}
    return db.session.execute(_START, {**values, "state": state, "now": now()}).scalar_one()


_BEGIN = text(
    """
    UPDATE import_run SET state = 'waiting', mapping = CAST(:mapping AS jsonb), default_store_code = :store_code,
        started_at = :now, progress_at = :now
    WHERE id = :id AND state = 'draft' RETURNING id
    """
)
_DROP = text("DELETE FROM import_run WHERE id = :id AND state = 'draft' RETURNING id")
_OLD_DRAFTS = text("SELECT id FROM import_run WHERE state = 'draft' AND progress_at < :before ORDER BY id LIMIT 100")
DRAFT_LIFE = timedelta(days=1)


def begin(run_id: int, mapping: Mapping[str, str], store_code: str | None) -> bool:
    """A draft becomes a run that waits for its worker; False when it was no draft any more. The caller commits."""
    values = {"id": run_id, "mapping": orjson.dumps(mapping).decode(), "store_code": store_code, "now": now()}
    return db.session.execute(_BEGIN, values).first() is not None


def drop_draft(run_id: int) -> bool:
    return db.session.execute(_DROP, {"id": run_id}).first() is not None


def old_drafts() -> Sequence[int]:
    """Drafts that nobody started for a day."""
    return db.session.execute(_OLD_DRAFTS, {"before": now() - DRAFT_LIFE}).scalars().all()


def claim(run_id: int) -> RowMapping | None:
    """Begin a run, from its first line; None when somebody else has it or it is over."""
    run = db.session.execute(_CLAIM, {"id": run_id, "now": now()}).mappings().first()
    if run is not None:
        db.session.execute(_FORGET_FAULTS, {"id": run_id})
    return run


def advance(run_id: int, steps: Mapping[str, Any]) -> bool:
    """Add a batch to the run: rows, new, updated, unchanged, failed, permille, line, left_out, ignored.

    False when the run was given up meanwhile.
    """
    return db.session.execute(_ADVANCE, {**steps, "id": run_id, "now": now()}).first() is not None


def add_faults(run_id: int, first: int, errors: Sequence[RowError]) -> None:
    """Keep findings; `first` is the number of those kept before."""
    if errors:
        values = {"run": run_id, "first": first, "faults": orjson.dumps(errors).decode()}
        db.session.execute(_ADD_FAULTS, values)


def finish(run_id: int, state: str, code: str | None = None, problem: str | None = None) -> None:
    db.session.execute(_FINISH, {"id": run_id, "state": state, "code": code, "problem": problem, "now": now()})


def find(run_id: int) -> RowMapping:
    """Raises RunNotFound."""
    run = db.session.execute(_ONE, {"id": run_id}).mappings().first()
    if run is None:
        raise RunNotFound
    return run


def newest(before: int | None, limit: int) -> Sequence[RowMapping]:
    return db.session.execute(_LIST, {"before": before, "limit": limit}).mappings().all()


def faults(run_id: int, after: int, limit: int) -> Sequence[RowMapping]:
    """Findings of a run in the order of the file, from the one behind position `after`."""
    return db.session.execute(_FAULTS, {"run": run_id, "after": after, "limit": limit}).mappings().all()


def allowed_stores(staff_id: int | None) -> frozenset[str] | None:
    """Codes of the stores a staff member is limited to; None for no limit and for the system."""
    return frozenset(db.session.execute(_SCOPE, {"staff": staff_id}).scalars()) or None
