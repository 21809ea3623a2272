"""Health of the platform, and the workers' queues."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import IntegrityError

from core.clock import now
from core.host import due, jobs
from core.host.clock import BEAT, Clock
from core.operator import health, log, queues
from core.operator.errors import JobNotFound
from core.services import services
from tenants.context import bind
from tests.core.operator.conftest import platform_rows


def fails() -> None:
    raise RuntimeError("no such thing\nsecond line")


@pytest.fixture
def clean(context, config):
    """No job, no worker, nothing due, no beat."""
    redis = jobs.connection()
    for key in [*redis.keys("rq:*"), BEAT, *(due.due_set(queue) for queue in jobs.QUEUES)]:
        redis.delete(key)
    return redis


def run_all(app) -> None:
    jobs.work(app, jobs.QUEUES, burst=True)


def parts() -> dict[str, bool]:
    return {part.name: part.ok for part in health.overview().parts}


def test_servers_tell_version_and_time(clean):
    database, redis = health.database(), health.redis()
    assert (database.ok, redis.ok) == (True, True)
    assert database.figures["connections"] >= 1
    assert {"version", "bytes", "ms"} <= database.figures.keys() & redis.figures.keys()


def test_clock_that_never_beat_stopped_or_beats(clean, app):
    never = health.clock()
    Clock(app).beat()
    beating = health.clock()
    services().redis.set(BEAT, (now() - timedelta(seconds=31)).timestamp())
    stopped = health.clock()
    assert (never.ok, beating.ok, stopped.ok) == (False, True, False)
    assert never.figures == {"beat": None}
    assert now() - beating.figures["beat"] < timedelta(seconds=10)


def test_queues_without_workers_are_told(clean):
    found = health.overview()
    assert (parts()["workers"], found.workers, found.ok) == (False, [], False)
    assert [(row.name, row.waiting, row.running, row.failed, row.oldest) for row in found.queues] == [
        ("core", 0, 0, 0, None), ("plugins", 0, 0, 0, None)
    ]


def test_registered_worker_is_shown_with_its_heartbeat(clean):
    names = [Queue(name, connection=clean, serializer=JSONSerializer) for name in jobs.QUEUES]
    worker = SimpleWorker(names, name="w1", connection=clean, serializer=JSONSerializer)
    worker.register_birth()
    try:
        [row] = queues.workers()
        assert (row.name, row.queues, row.job, parts()["workers"]) == ("w1", ("core", "plugins"), None, True)
        assert now() - row.heartbeat < timedelta(seconds=30)
    finally:
        worker.register_death()


def test_waiting_job_is_counted(clean):
    jobs.enqueue_platform(fails)
    [core, plugins] = queues.queues()
    assert (core.waiting, plugins.waiting) == (1, 0)
    assert now() - core.oldest < timedelta(seconds=30)


def test_failed_job_tells_tenant_function_and_one_line(clean, app, shop):
    jobs.enqueue_platform(fails, job_id="of-platform")
    with bind(shop.ref):
        jobs.enqueue(fails, job_id="of-shop")
    run_all(app)
    found = {job.id: (job.queue, job.tenant, job.function, job.error) for job in queues.failed("core")}
    function = f"{__name__}.fails"
    assert found == {
        "of-platform": ("core", "platform", function, "second line"),
        "of-shop": ("core", shop.ref.slug, function, "second line"),
    }
    assert queues.queues()[0].failed == 2


def test_failed_job_runs_again_or_is_forgotten(clean, app, operator):
    for name in ("again", "forget"):
        jobs.enqueue_platform(fails, job_id=name)
    run_all(app)
    queues.requeue(operator.facts, "core", "again")
    queues.delete(operator.facts, "core", "forget")
    assert ([job.id for job in queues.failed("core")], queues.queues()[0].waiting) == ([], 1)
    mine = [line["action"] for line in log.entries() if line["operator_id"] == operator.facts.id]
    assert mine == ["job.delete", "job.requeue", "operator.login"]


def test_job_whose_line_can_not_be_written_stays(clean, app, operator):
    jobs.enqueue_platform(fails, job_id="stays")
    run_all(app)
    nobody = replace(operator.facts, id=2**40)
    for act in (queues.requeue, queues.delete):
        with pytest.raises(IntegrityError):
            act(nobody, "core", "stays")
    assert ([job.id for job in queues.failed("core")], queues.queues()[0].waiting) == (["stays"], 0)


@pytest.mark.parametrize(("queue", "job"), [("core", "nothing"), ("nowhere", "nothing")])
def test_unknown_job_is_told(clean, operator, queue, job):
    for act in (queues.requeue, queues.delete):
        with pytest.raises(JobNotFound):
            act(operator.facts, queue, job)


def test_tenant_that_waits_longest_is_named(clean, shop, other_shop):
    early = (now() - timedelta(minutes=5)).timestamp()
    due.mark(shop.ref.key, early)
    due.mark(other_shop.ref.key, now().timestamp())
    assert [(row.queue, row.slug, row.since.timestamp()) for row in health.oldest_due()] == [
        ("core", shop.ref.slug, early)
    ]


def test_tenant_that_is_due_later_is_not_late(clean, shop):
    due.mark(shop.ref.key, now().timestamp() + 60)
    assert health.oldest_due() == []


def test_tenants_behind_in_migrations_are_named(clean, shop):
    platform_rows(
        "UPDATE platform.tenant_revision SET state = 'failed', error = 'lock timeout' WHERE key = :key", key=shop.ref.key
    )
    found = [(row["slug"], row["state"], row["error"]) for row in health.overview().behind]
    platform_rows("UPDATE platform.tenant_revision SET state = 'ok', error = NULL WHERE key = :key", key=shop.ref.key)
    assert (shop.ref.slug, "failed", "lock timeout") in found


def test_tenants_with_stuck_deliveries_are_named(clean, shop):
    platform_rows(
        "INSERT INTO platform.tenant_health (tenant_id, at, stuck, pending) VALUES (:id, now(), 10000, 7)", id=shop.ref.id
    )
    found = health.overview()
    [deliveries] = [part for part in found.parts if part.name == "deliveries"]
    platform_rows("UPDATE platform.tenant_health SET stuck = 0, pending = 0 WHERE tenant_id = :id", id=shop.ref.id)
    assert (found.worst[0]["slug"], found.worst[0]["stuck"], deliveries.ok) == (shop.ref.slug, 10000, False)
