"""Moving every schema on: rendered steps, each tenant on its own, some at a time, canaries first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import psycopg
import structlog
from sqlalchemy import URL, Engine

from tenants import history as histories
from tenants import provision, replay
from tenants.errors import HistoryError, MigrationRunning
from tenants.history import History, Step
from tenants.owner import owner_engine, transaction
from tenants.patience import patiently
from tenants.urls import connect

log = structlog.get_logger(__name__)

_BEHIND = """
    SELECT r.history, r.key, r.revision, coalesce(t.canary, false)
      FROM unnest(%s::text[], %s::text[]) AS h(history, head)
      JOIN platform.tenant_revision r ON r.history = h.history AND r.revision <> h.head
      LEFT JOIN platform.tenant t ON t.key = r.key
     WHERE t.id IS NULL OR t.status NOT IN ('closed', 'deleted')
     ORDER BY 4 DESC, t.id NULLS LAST, r.key
"""
_FLEET = """
    SELECT r.history, r.revision, r.state, count(*)
      FROM platform.tenant_revision r LEFT JOIN platform.tenant t ON t.key = r.key
     WHERE t.id IS NULL OR t.status NOT IN ('closed', 'deleted')
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_FAILED = (
    "UPDATE platform.tenant_revision SET state = 'failed', error = %s, updated_at = now() WHERE key = %s AND history = %s"
)


@dataclass(frozen=True, slots=True)
class Behind:
    """A schema that is not at head."""

    key: str
    revision: str
    canary: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """A schema that stayed where it was, and why."""

    key: str
    revision: str
    error: str


@dataclass(slots=True)
class Report:
    """How a run ended: schemas moved, schemas that failed, schemas not tried because the run was stopped."""

    ok: int = 0
    failed: list[Failure] = field(default_factory=list)
    skipped: int = 0

    def add(self, other: Report) -> None:
        self.ok += other.ok
        self.failed += other.failed
        self.skipped += other.skipped


@dataclass(frozen=True, slots=True)
class Policy:
    """How careful a run is.

    `retries` follow a lock time-out, after `backoff` seconds, doubling. The run stops when more than
    `max_failed` (a share) of all schemas has failed, or any canary.
    """

    workers: int = 4
    lock_timeout: str = "2s"
    retries: int = 3
    backoff: float = 0.2
    max_failed: float = 0.1


def migrate(
    owner_url: str | URL,
    history: History,
    policy: Policy = Policy(),  # noqa: B008 - frozen
    progress: Callable[[Behind, Failure | None], None] = lambda schema, failure: None,
) -> Report:
    """Bring every schema to head; run it again and it touches only what is still behind.

    One transaction per schema and step, guarded: a schema that does not stand where the registry says is
    reported, not touched. `progress` is called after each schema, from worker threads. Raises
    MigrationRunning if another run holds the lock.
    """
    engine = owner_engine(owner_url, pool_size=policy.workers)
    try:
        with _only_runner(owner_url, history):
            return _Run(engine, history, policy, progress).all(behind(engine, history))
    finally:
        engine.dispose()


def migrate_any(
    owner_url: str | URL,
    known: Sequence[History],
    policy: Policy = Policy(),  # noqa: B008 - frozen
    progress: Callable[[Behind, Failure | None], None] = lambda schema, failure: None,
) -> Report:
    """The same for many histories, in order; one query tells which have anything to do.

    A run that was stopped stops the histories after it too: a plugin's may need the core's.
    """
    engine = owner_engine(owner_url, pool_size=policy.workers)
    total = Report()
    try:
        waiting = behind_any(engine, known)
        for history in [history for history in known if waiting[history.name]]:
            if total.skipped:
                total.skipped += len(waiting[history.name])
                continue
            total.add(migrate(owner_url, history, policy, progress))
    finally:
        engine.dispose()
    return total


def behind(engine: Engine, history: History) -> list[Behind]:
    """Schemas not at head, canaries first: the deploy gate is that this is empty."""
    return behind_any(engine, [history])[history.name]


def behind_any(engine: Engine, known: Sequence[History]) -> dict[str, list[Behind]]:
    """The same for many histories in one query, by name; one with nothing to do has an empty list."""
    found: dict[str, list[Behind]] = {history.name: [] for history in known}
    heads = [histories.initial(history).end for history in known]
    with transaction(engine) as connection:
        for name, *schema in connection.execute(_BEHIND, [list(found), heads]):
            found[name].append(Behind(*schema))
    return found


def fleet(engine: Engine) -> list[tuple[str, str, str, int]]:
    """(history, revision, state, number of schemas) over all tenants and spares."""
    with transaction(engine) as connection:
        return connection.execute(_FLEET).fetchall()


class _Run:
    def __init__(self, engine: Engine, history: History, policy: Policy, progress: Callable[..., None]) -> None:
        self.engine, self.history, self.policy, self.progress = engine, history, policy, progress
        head = histories.initial(history).end
        self.steps_from = cache(lambda revision: histories.path(history, revision, head))
        self.report = Report()
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._allowed_failures = 0.0

    def all(self, schemas: Sequence[Behind]) -> Report:
        for schema in schemas:
            if schema.canary:
                self.one(schema)
        self._allowed_failures = self.policy.max_failed * len(schemas)
        with ThreadPoolExecutor(self.policy.workers) as pool:
            for done in [pool.submit(self.one, schema) for schema in schemas if not schema.canary]:
                done.result()
        return self.report

    def one(self, schema: Behind) -> None:
        if self.stopped.is_set():
            with self._lock:
                self.report.skipped += 1
            return
        failure = self._move(schema)
        with self._lock:
            self._count(failure)
        self.progress(schema, failure)

    def _move(self, schema: Behind) -> Failure | None:
        at = schema.revision
        try:
            for step in self.steps_from(at):
                self._patiently(schema.key, step)
                at = step.end
        except (psycopg.Error, HistoryError) as error:
            return self._record(schema.key, at, error)
        return None

    def _patiently(self, key: str, step: Step) -> None:
        def gave_way(count: int, error: Exception) -> None:
            log.info("migration_retry", key=key, step=step.end, attempt=count, error=_first_line(error))

        patiently(lambda: self._play(key, step), self.policy.retries, self.policy.backoff, gave_way)

    def _play(self, key: str, step: Step) -> None:
        statements = [
            f"SET LOCAL lock_timeout = '{self.policy.lock_timeout}'",
            *provision.advance_statements(self.history, key, [step]),
        ]
        with transaction(self.engine) as connection:
            replay.run_script(connection, statements)

    def _record(self, key: str, at: str, error: Exception) -> Failure:
        failure = Failure(key, at, _first_line(error))
        log.error("migration_failed", key=key, at=at, history=self.history.name, error=failure.error)
        with transaction(self.engine) as connection:
            connection.execute(_FAILED, [failure.error, key, self.history.name])
        return failure

    def _count(self, failure: Failure | None) -> None:
        if failure is None:
            self.report.ok += 1
            return
        self.report.failed.append(failure)
        if len(self.report.failed) > self._allowed_failures:
            self.stopped.set()


@contextmanager
def _only_runner(owner_url: str | URL, history: History) -> Iterator[None]:
    with closing(connect(owner_url, autocommit=True)) as connection:
        query = "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))"
        row: Any = connection.execute(query, [f"jishi migrate {history.name}"]).fetchone()
        if not row[0]:
            raise MigrationRunning(f"历史 {history.name} 正在由另一个进程迁移")
        yield


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
