"""RQ with tenants: a job carries its tenant in `meta` and runs bound to it; a job without one fails (architecture §4)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import structlog
from flask import Flask
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from core.db import db
from core.services import services
from tenants.context import bind, current

log = structlog.get_logger()

QUEUES = ("core", "plugins")
PLATFORM = "platform"


class TenantGone(Exception):
    """The job's tenant is unknown or not active."""


def connection() -> Redis:
    """RQ's own Redis: it needs a single node or Sentinel, never a cluster (infra.md §2.6)."""
    return Redis.from_url(services().config.rq_redis_url)


def enqueue(
    function: Callable[..., Any], *args: Any, queue: str = "core", job_id: str | None = None, timeout: int = 600
) -> None:
    """Run `function(*args)` later in the bound tenant; arguments are JSON values, ids, never objects.

    After `timeout` seconds it is interrupted by an exception.
    """
    _queue(queue).enqueue_call(
        function, args, meta={"tenant": current().key}, job_id=job_id, result_ttl=60, failure_ttl=86400, timeout=timeout
    )


def enqueue_platform(function: Callable[..., Any], *args: Any, job_id: str | None = None) -> None:
    """Run `function(*args)` later for the operator, with no tenant bound."""
    _queue("core").enqueue_call(
        function, args, meta={"tenant": PLATFORM}, job_id=job_id, result_ttl=60, failure_ttl=86400, timeout=600
    )


def _queue(name: str) -> Queue:
    return Queue(name, connection=connection(), serializer=JSONSerializer)


def work(app: Flask, queues: tuple[str, ...], burst: bool) -> None:
    """Work off `queues` until told to stop; the first queue goes first."""
    with app.app_context():
        redis = connection()
    names = [Queue(name, connection=redis, serializer=JSONSerializer, job_class=TenantJob) for name in queues]
    TenantJob.app = app
    worker = SimpleWorker(names, connection=redis, serializer=JSONSerializer, job_class=TenantJob)
    worker.work(burst=burst, with_scheduler=False, logging_level="WARNING")


class TenantJob(Job):
    """A job that runs inside the app and, unless it is the platform's, inside its tenant."""

    app: Flask

    def _execute(self) -> Any:
        key = self.meta.get("tenant")
        if not key:
            raise TenantGone(f"job {self.id} names no tenant")
        with self.app.app_context(), self._scope(key), structlog.contextvars.bound_contextvars(tenant=key, job=self.id):
            try:
                return super()._execute()
            finally:
                db.session.remove()

    def _scope(self, key: str) -> Any:
        if key == PLATFORM:
            return nullcontext()
        ref = services().registry.by_key(key)
        if ref is None or ref.status not in {"active", "suspended"}:
            raise TenantGone(f"tenant {key} is not active")
        return bind(services().registry.fresh(ref))
