"""Imports: a file becomes batches, each batch one transaction, and the run's row says how far it came.

Running the same file again changes nothing, so a run that was cut off is simply started again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

import structlog
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.host import chores
from core.host.jobs import enqueue
from core.imports import runs
from core.imports.apply import Terms, apply, left_out
from core.imports.batches import Batch, read_batches
from core.imports.errors import ImportFileError, RunFileGone, RunNotOver
from core.imports.readers import Rows, open_rows
from core.services import services
from tenants.context import current

log = structlog.get_logger()

KINDS = ("products", "prices", "stock", "members")
STALE = timedelta(minutes=10)

_CHUNK = 1024 * 1024


@dataclass(slots=True)
class Progress:
    """How far a run came: share of the file (0 … 1) and rows by outcome."""

    share: float = 0.0
    line: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    faults: int = 0

    @property
    def rows(self) -> int:
        return self.new + self.updated + self.unchanged + self.failed


Watcher = Callable[[Progress], object]


def check_file(
    path: Path, filename: str, kind: str, store_code: str | None, mapping: Mapping[str, str] | None = None
) -> None:
    """Raise ImportFileError unless the file can be read and its header gives rows of this kind."""
    with open_rows(path, filename) as rows:
        next(read_batches(rows, kind, 1, defaults_of(kind, store_code), mapping), None)


def take_upload(
    upload: BinaryIO, filename: str, kind: str, store_code: str | None = None, actor_id: int | None = None
) -> int:
    """Keep an uploaded file, note its run and have a worker do it; returns the run's id. Commits.

    Raises ImportFileError for a file that can't be read; then nothing is kept.
    """

    def check(path: Path) -> None:
        check_file(path, filename, kind, store_code)

    run_id = keep(upload, filename, kind, store_code, actor_id, check, "waiting")
    enqueue(run_job, run_id)
    return run_id


def keep(
    upload: BinaryIO,
    filename: str,
    kind: str,
    store_code: str | None,
    actor_id: int | None,
    check: Callable[[Path], None],
    state: str,
) -> int:
    """Keep an uploaded file that passes `check` and note its run in `state`; returns the run's id. Commits."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    unchecked = folder / f"upload-{now().timestamp():.6f}-{hashlib.sha256(filename.encode()).hexdigest()[:8]}"
    try:
        digest = _copy(upload, unchecked)
        check(unchecked)
        run_id = runs.start(kind, filename, digest, store_code, actor_id, state)
        unchecked.replace(file_of(run_id))
        db.session.commit()
    finally:
        unchecked.unlink(missing_ok=True)
    return run_id


def start_again(run_id: int) -> None:
    """Have a worker do an interrupted run anew. Raises RunNotFound, RunNotOver, RunFileGone."""
    if runs.find(run_id)["state"] != "interrupted":
        raise RunNotOver
    if not file_of(run_id).exists():
        raise RunFileGone
    enqueue(run_job, run_id)


def run_job(run_id: int) -> None:
    """What the worker runs: the kept file of a run, which is deleted once the run is over."""
    path = file_of(run_id)
    if path.exists():
        run(run_id, path)
    else:
        runs.finish(run_id, "interrupted", RunFileGone.code, RunFileGone.message)
        db.session.commit()
    ended = runs.find(run_id)
    log.info("import_ended", run=run_id, state=ended["state"], rows=ended["rows"], failed=ended["failed"])
    if ended["state"] not in {"running", "interrupted"}:
        path.unlink(missing_ok=True)


def run(run_id: int, path: Path, watch: Watcher = lambda progress: None) -> None:
    """Import the file of a run, batch by batch, and commit each; `watch` is told after every batch.

    Nothing happens when the run is over or somebody else has it. A file that can't be read ends the run `refused`, one
    that can't be read to its end `partial`; anything else that goes wrong ends it `interrupted` and is raised.
    """
    found = runs.claim(run_id)
    db.session.commit()
    if found is None:
        return
    terms = Terms(found["kind"], f"IMPORT-{run_id}", runs.allowed_stores(found["actor_id"]))
    try:
        with open_rows(path, found["filename"]) as rows:
            defaults = defaults_of(found["kind"], found["default_store_code"])
            batches = read_batches(rows, terms.kind, defaults=defaults, mapping=found["mapping"])
            stopped = _run(run_id, rows, batches, terms, watch)
        _end(run_id, "partial" if stopped else "done", *(stopped or ()))
    except ImportFileError as error:
        _end(run_id, "refused", error.code, error.message)
    except BaseException:
        _end(run_id, "interrupted", "import_interrupted", "导入中断，已导入的行不受影响，请重新开始")
        raise


def _run(
    run_id: int, rows: Rows, batches: Iterable[Batch], terms: Terms, watch: Watcher
) -> tuple[str, str] | None:
    """Returns code and message of what stopped the reading, None at the end of the file."""
    progress = Progress()
    for batch in batches:
        _take(run_id, batch, terms, rows.done_share(), progress)
        watch(progress)
        if batch.stopped:
            return batch.errors[-1].code, batch.errors[-1].message
    return None


def _take(run_id: int, batch: Batch, terms: Terms, share: float, progress: Progress) -> None:
    """One batch, its report and the run's progress in one transaction."""
    done = apply(batch, terms)
    errors = sorted([*batch.errors, *done.errors], key=lambda error: error.line)
    kept = errors[: max(0, runs.MAX_FAULTS - progress.faults)]
    failed = len({error.line for error in errors})
    counted = done.counts
    steps = {"new": counted.new, "updated": counted.updated, "unchanged": counted.unchanged, "failed": failed}
    runs.add_faults(run_id, progress.faults, kept)
    still_ours = runs.advance(
        run_id,
        {
            **steps,
            "rows": sum(steps.values()),
            "permille": int(share * 1000),
            "line": batch.last_line,
            "left_out": len(errors) - len(kept),
            "ignored": sorted(left_out(batch, terms.kind)),
        },
    )
    if not still_ours:
        raise RunNotOver
    db.session.commit()
    progress.share, progress.line = share, batch.last_line
    progress.faults += len(kept)
    for name, value in steps.items():
        setattr(progress, name, getattr(progress, name) + value)


def _end(run_id: int, state: str, code: str | None = None, problem: str | None = None) -> None:
    db.session.rollback()
    runs.finish(run_id, state, code, problem)
    db.session.commit()


def defaults_of(kind: str, store_code: str | None) -> dict[str, Any]:
    """What fills the cells that a file leaves empty."""
    return {"store_code": store_code} if store_code and kind in {"products", "stock"} else {}


def _folder() -> Path:
    """Uploads lie beside the tenant's pictures, where no route leads."""
    return services().config.media_dir / f"t_{current().key}" / "imports"


def file_of(run_id: int) -> Path:
    """Where the uploaded file of a run is kept until the run is over."""
    return _folder() / str(run_id)


def _copy(upload: BinaryIO, path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("xb") as file:
        while chunk := upload.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def discard(run_id: int) -> None:
    """Forget a draft and its file; a run that was started stays. Commits."""
    if runs.drop_draft(run_id):
        file_of(run_id).unlink(missing_ok=True)
    db.session.commit()


_STALE = text("SELECT id, state FROM import_run WHERE state IN ('waiting', 'running') AND progress_at <= :before")
_TOUCH = text("UPDATE import_run SET progress_at = :now WHERE id = :id AND state = 'waiting'")


def sweep() -> None:
    """A chore: runs that no worker took are handed out again, runs without progress are marked interrupted.

    Drafts that nobody started are forgotten.
    """
    for draft in runs.old_drafts():
        discard(draft)
    for stale in db.session.execute(_STALE, {"before": now() - STALE}).all():
        if stale.state == "running":
            runs.finish(stale.id, "interrupted", "import_interrupted", "导入中断，已导入的行不受影响，请重新开始")
            db.session.commit()
            continue
        db.session.execute(_TOUCH, {"id": stale.id, "now": now()})
        db.session.commit()
        enqueue(run_job, stale.id)


chores.register(
    "imports",
    sweep,
    """
    SELECT min(progress_at + CASE state WHEN 'draft' THEN interval '1 day' ELSE interval '10 minutes' END)
    FROM import_run WHERE state IN ('draft', 'waiting', 'running')
    """,
)
