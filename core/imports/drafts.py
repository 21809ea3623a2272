"""An import in two steps: upload and look (which column is what, what would happen to the first rows), then start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from core.catalog.faults import NEW, UNCHANGED, UPDATED
from core.db import db
from core.errors import Invalid
from core.host.jobs import enqueue
from core.imports import runs, service
from core.imports.apply import Applied, Terms, apply
from core.imports.batches import Batch, read_batches
from core.imports.columns import columns_of, preferred_header, required_fields, target_name, targets_of
from core.imports.errors import ImportFileError, NotADraft, RowError, RunFileGone, shown
from core.imports.headers import Row
from core.imports.readers import open_rows
from core.imports.schemas import SCHEMAS

ROWS = 20
_SAMPLES = 3
_OUTCOMES = {NEW: "new", UPDATED: "changed", UNCHANGED: "same"}


@dataclass(frozen=True, slots=True)
class PreviewColumn:
    """A column of the file: its first values and what it fills ("" for nothing; see `targets`)."""

    name: str
    target: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row as it stands in the file, in the order of the columns, and what would become of it.

    `outcome` is `new`, `changed`, `same` (it is there already, as the row says) or `failed`, then with `errors`.
    """

    line: int
    values: tuple[str, ...]
    outcome: str
    errors: tuple[RowError, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """`targets` are what columns may fill, as (value, label); `missing` are labels of needed fields without a column;
    `unknown` the columns that nothing is done with; `problem` says why the file can't be imported like that.
    """

    run_id: int
    kind: str
    filename: str
    store_code: str | None
    columns: tuple[PreviewColumn, ...]
    targets: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    problem: str | None


def draft(
    upload: BinaryIO, filename: str, kind: str, store_code: str | None = None, actor_id: int | None = None
) -> int:
    """Keep an uploaded file for a look at it; returns the id of its run, which waits as a draft for a day. Commits.

    Raises ImportFileError for a file that can't be read; then nothing is kept.
    """

    def check(path: Path) -> None:
        _first_rows(path, filename)

    return service.keep(upload, filename, kind, store_code, actor_id, check, "draft")


def guess(kind: str, names: Sequence[str]) -> dict[str, str]:
    """What each column seems to fill, by its name; of two that seem to fill the same, the first does."""
    taken: set[str] = set()
    found = {}
    for name in names:
        target = next(iter(columns_of(SCHEMAS[kind], [name]).targets.values()), None)
        found[name] = "" if target is None or target.field in taken else target_name(target)
        taken |= {target.field} if target else set()
    return found


def preview(run_id: int, mapping: Mapping[str, str] | None = None, store_code: str | None = None) -> Preview:
    """The first rows of a draft as they would be imported with `mapping` (None: as guessed). Nothing is kept.

    However many rows are shown, the number of statements is that of one batch. Raises RunNotFound, NotADraft,
    RunFileGone, Invalid for a mapping to fields that there aren't.
    """
    run = _draft(run_id)
    kind, path = run["kind"], _file(run_id)
    store_code = store_code or run["default_store_code"]
    names, rows = _first_rows(path, run["filename"])
    chosen = {**guess(kind, names), **_checked(kind, mapping or {})}
    problem, outcome = None, ()
    missing = _missing(kind, chosen, store_code)
    if not missing:
        try:
            outcome = _outcome(path, run, chosen, store_code)
        except ImportFileError as error:
            problem = error.message
    columns = tuple(PreviewColumn(name, chosen[name], _samples(name, rows)) for name in names)
    return Preview(
        run_id, kind, run["filename"], store_code, columns, _targets(kind),
        tuple(name for name in names if not chosen[name]), missing, _shown_rows(rows, names, outcome), problem,
    )  # fmt: skip


def start(run_id: int, mapping: Mapping[str, str] | None = None, store_code: str | None = None) -> None:
    """Have a worker import a draft with `mapping` (None: as guessed); the mapping is kept with the run. Commits.

    Raises RunNotFound, NotADraft, RunFileGone, Invalid, and ImportFileError when the file gives no rows like that.
    """
    run = _draft(run_id)
    path = _file(run_id)
    names, _ = _first_rows(path, run["filename"])
    chosen = {**guess(run["kind"], names), **_checked(run["kind"], mapping or {})}
    store_code = store_code or run["default_store_code"]
    service.check_file(path, run["filename"], run["kind"], store_code, chosen)
    if not runs.begin(run_id, chosen, store_code):
        raise NotADraft
    db.session.commit()
    enqueue(service.run_job, run_id)


def _draft(run_id: int) -> Mapping[str, Any]:
    run = runs.find(run_id)
    if run["state"] != "draft":
        raise NotADraft
    return run


def _file(run_id: int) -> Path:
    path = service.file_of(run_id)
    if not path.exists():
        raise RunFileGone
    return path


def _checked(kind: str, mapping: Mapping[str, str]) -> Mapping[str, str]:
    known = targets_of(SCHEMAS[kind])
    for name, target in mapping.items():
        if target and target not in known:
            raise Invalid(f"列“{shown(name)}”不能对应到“{shown(target)}”", code="unknown_field", field="mapping")
    return mapping


def _missing(kind: str, chosen: Mapping[str, str], store_code: str | None) -> tuple[str, ...]:
    schema = SCHEMAS[kind]
    filled = {targets_of(schema)[target].field for target in chosen.values() if target}
    filled |= service.defaults_of(kind, store_code).keys()
    return tuple(preferred_header(schema, name) for name in required_fields(schema) if name not in filled)


def _first_rows(path: Path, filename: str) -> tuple[tuple[str, ...], list[Row]]:
    """The file's columns (of JSONL those of its first rows) and its first rows that can be read."""
    with open_rows(path, filename) as opened:
        rows = [item for item in islice(opened, ROWS) if isinstance(item, Row)]
        names = opened.columns or tuple(dict.fromkeys(name for row in rows for name in row.values))
    return tuple(filter(None, names)), rows


def _samples(name: str, rows: Sequence[Row]) -> tuple[str, ...]:
    given = (shown(row.values.get(name)) for row in rows)
    return tuple(islice(filter(None, given), _SAMPLES))


def _outcome(
    path: Path, run: Mapping[str, Any], chosen: Mapping[str, str], store_code: str | None
) -> tuple[PreviewRow, ...]:
    kind = run["kind"]
    with open_rows(path, run["filename"]) as opened:
        batch = next(read_batches(opened, kind, ROWS, service.defaults_of(kind, store_code), chosen), Batch())
    tried = _tried(batch, run)
    errors = sorted([*batch.errors, *tried.errors], key=lambda error: error.line)
    by_line: dict[int, list[RowError]] = {}
    for error in errors:
        by_line.setdefault(error.line, []).append(error)
    good = [
        PreviewRow(line, (), _OUTCOMES[result], ())
        for line, result in zip(batch.lines, tried.counts.results, strict=True)
        if line not in by_line
    ]
    return (*good, *(PreviewRow(line, (), "failed", tuple(found)) for line, found in by_line.items()))


def _tried(batch: Batch, run: Mapping[str, Any]) -> Applied:
    """What would become of the batch: it is stored, and taken back."""
    point = db.session.begin_nested()
    try:
        terms = Terms(run["kind"], f"IMPORT-{run['id']}", runs.allowed_stores(run["actor_id"]))
        return apply(batch, terms)
    finally:
        point.rollback()


def _shown_rows(
    rows: Sequence[Row], names: Sequence[str], outcome: Sequence[PreviewRow]
) -> tuple[PreviewRow, ...]:
    """The outcomes in the order of the file, with what stands in it; without an outcome only what stands there."""
    values = {row.line: tuple(shown(row.values.get(name)) for name in names) for row in rows}
    if not outcome:
        return tuple(PreviewRow(line, cells, "", ()) for line, cells in values.items())
    found = sorted(outcome, key=lambda row: row.line)
    return tuple(PreviewRow(row.line, values.get(row.line, ()), row.outcome, row.errors) for row in found)[:ROWS]


def _targets(kind: str) -> tuple[tuple[str, str], ...]:
    schema = SCHEMAS[kind]
    names = targets_of(schema)
    return tuple((name, _label(schema, name)) for name in names)


def _label(schema: Any, name: str) -> str:
    target = targets_of(schema)[name]
    label = preferred_header(schema, target.field)
    unit = "（分）" if target.counts_fen else "（元）" if target.field.endswith("_fen") else ""
    needed = "（必填）" if target.field in required_fields(schema) else ""
    return f"{label}{unit}{needed}"
