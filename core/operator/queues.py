"""The workers' queues (RQ): how long they are, who works on them, what failed and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from redis import Redis
from rq import Queue, Worker
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.job import Job
from rq.registry import FailedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import text

from core.db import db
from core.host import jobs
from core.operator import log
from core.operator.domain import OperatorFacts
from core.operator.errors import JobNotFound
from tenants.db import PLATFORM

_SLUGS = text("SELECT key, slug FROM platform.tenant WHERE key = ANY(CAST(:keys AS text[]))")
_LONGEST_LINE = 300


@dataclass(frozen=True, slots=True)
class QueueRow:
    """`waiting` since `oldest` (null: nothing waits), `running` now, `failed` in the last day."""

    name: str
    waiting: int
    running: int
    failed: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """`heartbeat` is the last sign of life, `job` what it works on."""

    name: str
    queues: tuple[str, ...]
    state: str
    heartbeat: datetime | None
    job: str | None


@dataclass(frozen=True, slots=True)
class FailedJob:
    """`tenant` is the slug, `platform` for the platform's own, null when unknown; `error` one line."""

    id: str
    queue: str
    function: str
    tenant: str | None
    ended_at: datetime | None
    error: str


def queues() -> list[QueueRow]:
    """One row per queue; raises RedisError."""
    redis = jobs.connection()
    return [_queue_row(Queue(name, connection=redis, serializer=JSONSerializer)) for name in jobs.QUEUES]


def workers() -> list[WorkerRow]:
    """Whoever registered and was not forgotten; raises RedisError."""
    found = Worker.all(connection=jobs.connection(), serializer=JSONSerializer)
    return sorted((_worker_row(worker) for worker in found), key=lambda row: row.name)


def failed(queue: str, offset: int = 0, limit: int = 50) -> list[FailedJob]:
    """Failed jobs of a queue, the latest first; raises JobNotFound for an unknown queue, RedisError."""
    redis = jobs.connection()
    ids = _registry(queue, redis).get_job_ids(offset, offset + limit - 1, desc=True, cleanup=False)
    found = [job for job in Job.fetch_many(ids, connection=redis, serializer=JSONSerializer) if job is not None]
    slugs = _slugs([str(job.meta.get("tenant")) for job in found])
    return [_failed_row(job, slugs) for job in found]


def requeue(who: OperatorFacts, queue: str, job_id: str) -> None:
    """Let a failed job run again; raises JobNotFound."""
    registry = _noted(who, "job.requeue", queue, job_id)
    try:
        registry.requeue(job_id)
    except (NoSuchJobError, InvalidJobOperation) as error:
        raise JobNotFound from error


def delete(who: OperatorFacts, queue: str, job_id: str) -> None:
    """Forget a failed job; raises JobNotFound."""
    registry = _noted(who, "job.delete", queue, job_id)
    if not registry.connection.zrem(registry.key, job_id):
        raise JobNotFound
    with suppress(NoSuchJobError):
        Job.fetch(job_id, connection=registry.connection, serializer=JSONSerializer).delete()


def _noted(who: OperatorFacts, action: str, queue: str, job_id: str) -> FailedJobRegistry:
    """The registry of failed jobs, after the line: a queue knows no transaction, so the intention is noted first."""
    registry = _registry(queue, jobs.connection())
    if registry.connection.zscore(registry.key, job_id) is None:
        raise JobNotFound
    found = Job.fetch_many([job_id], connection=registry.connection, serializer=JSONSerializer)[0]
    with db.engines[PLATFORM].begin() as connection:
        log.record(connection, who, action, queue=queue, job=job_id, function=found.func_name if found else "")
    return registry


def _registry(queue: str, redis: Redis) -> FailedJobRegistry:
    if queue not in jobs.QUEUES:
        raise JobNotFound
    return FailedJobRegistry(queue, connection=redis, serializer=JSONSerializer)


def _queue_row(queue: Queue) -> QueueRow:
    first = queue.get_job_ids(0, 1)
    job = Job.fetch_many(first, connection=queue.connection, serializer=JSONSerializer)[0] if first else None
    return QueueRow(
        queue.name,
        queue.count,
        len(queue.started_job_registry.get_job_ids(cleanup=False)),
        queue.connection.zcard(queue.failed_job_registry.key),
        _aware(job.enqueued_at) if job else None,
    )


def _worker_row(worker: Worker) -> WorkerRow:
    heartbeat, job = _aware(worker.last_heartbeat), worker.get_current_job_id()
    return WorkerRow(worker.name, tuple(worker.queue_names()), str(worker.get_state()), heartbeat, job)


def _failed_row(job: Job, slugs: dict[str, str]) -> FailedJob:
    tenant = str(job.meta.get("tenant"))
    shown = tenant if tenant == jobs.PLATFORM else slugs.get(tenant)
    return FailedJob(job.id, job.origin, job.func_name, shown, _aware(job.ended_at), _error(job))


def _error(job: Job) -> str:
    result = job.latest_result()
    lines = [line for line in ((result and result.exc_string) or "").splitlines() if line and not line[0].isspace()]
    return lines[-1][:_LONGEST_LINE] if lines else ""


def _slugs(keys: Sequence[str]) -> dict[str, str]:
    with db.engines[PLATFORM].connect() as connection:
        return dict(connection.execute(_SLUGS, {"keys": list(keys)}).all())


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment
