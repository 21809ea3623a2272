"""Work of plugins that comes round: a row per (plugin, job) says when the next run is due in this shop.

A run is claimed by moving `next_run` on, before it begins and whatever becomes of it; so it is claimed once, and a job that
fails or dies with its worker is tried again at the next round.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import Any

import structlog
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.host import due, enclosure, failures
from core.host.registry import host
from core.host.telling import told
from core.plugin import Context, Job, NotYet
from tenants.context import current

log = structlog.get_logger()

_INSERT = text(
    """
    INSERT INTO plugin_job (plugin, job, next_run)
    SELECT :plugin, job, next_run FROM unnest(CAST(:jobs AS text[]), CAST(:first AS timestamptz[])) AS t(job, next_run)
    ON CONFLICT (plugin, job) DO NOTHING
    """
)
_REMOVE = text("DELETE FROM plugin_job WHERE plugin = :plugin")
_WANTED = """
    unnest(CAST(:job_plugins AS text[]), CAST(:job_names AS text[]), CAST(:job_every AS int[]))
    AS wanted(plugin, job, every)
"""
_MISSING = text(
    f"SELECT DISTINCT plugin FROM {_WANTED}"
    " WHERE NOT EXISTS (SELECT 1 FROM plugin_job j WHERE j.plugin = wanted.plugin AND j.job = wanted.job)"
)
_CLAIM = text(
    f"""
    UPDATE plugin_job SET last_run = :now, next_run = plugin_job.next_run + make_interval(secs =>
        found.every * (floor(extract(epoch FROM :now - plugin_job.next_run) / found.every) + 1))
    FROM (SELECT j.plugin, j.job, wanted.every FROM plugin_job j JOIN {_WANTED} USING (plugin, job)
          WHERE j.next_run <= :now ORDER BY j.next_run LIMIT 1 FOR UPDATE OF j SKIP LOCKED) AS found
    WHERE plugin_job.plugin = found.plugin AND plugin_job.job = found.job
    RETURNING plugin_job.plugin, plugin_job.job
    """
)
_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
_RAN = text("UPDATE plugin_job SET attempts = 0, last_error = NULL WHERE plugin = :plugin AND job = :job")
_FAILED = text(
    "UPDATE plugin_job SET attempts = attempts + 1, last_error = :error WHERE plugin = :plugin AND job = :job"
)

NEXT_DUE = f"""
    SELECT min(coalesce(j.next_run, to_timestamp(0))) FROM {_WANTED} LEFT JOIN plugin_job j USING (plugin, job)
"""
"""SQL for the moment of the next run, now for a job that has no row yet; its parameters are `wanted()`."""


def insert(plugin: str) -> None:
    """Let every job of a loaded plugin come round from now on, in the current transaction; rows that exist stay."""
    jobs = host().loaded[plugin].plugin.jobs
    if not jobs:
        return
    first = [_first_run(job) for job in jobs]
    db.session.execute(_INSERT, {"plugin": plugin, "jobs": [job.name for job in jobs], "first": first})
    due.due_at(min(first), "plugins")


def remove(plugin: str) -> None:
    """Let no job of the plugin come round any more, in the current transaction; the plugin may be missing."""
    db.session.execute(_REMOVE, {"plugin": plugin})


def wanted() -> dict[str, list[Any]]:
    """Every job of the bound tenant's working plugins, in columns."""
    jobs = list(_jobs())
    return {
        "job_plugins": [plugin for plugin, _ in jobs],
        "job_names": [job.name for _, job in jobs],
        "job_every": [job.every for _, job in jobs],
    }


def run_due(seconds: float = float("inf")) -> int:
    """Run the jobs of the bound tenant's working plugins that are due, none begun after `seconds`; returns how many."""
    columns, end, ran = wanted(), perf_counter() + seconds, 0
    if not columns["job_names"]:
        return 0
    _add_missing(columns)
    while perf_counter() < end:
        claimed = db.session.execute(_CLAIM, {**columns, "now": now()}).first()
        db.session.commit()
        if claimed is None:
            break
        _run(claimed.plugin, claimed.job)
        ran += 1
    return ran


def _jobs() -> Iterator[tuple[str, Job]]:
    for name in sorted(host().working()):
        for job in host().loaded[name].plugin.jobs:
            yield name, job


def _add_missing(columns: dict[str, list[Any]]) -> None:
    """Rows of jobs that came with a newer version of a plugin."""
    for plugin in db.session.execute(_MISSING, columns).scalars().all():
        try:
            insert(plugin)
        except (Exception, SystemExit) as error:
            enclosure.undo()
            failures.report(plugin, "job:first", error)
        else:
            db.session.commit()
    db.session.rollback()


def _run(plugin: str, name: str) -> None:
    job = next(job for job in host().loaded[plugin].plugin.jobs if job.name == name)
    key = {"plugin": plugin, "job": name}
    if not db.session.execute(_ALONE, {"name": f"{current().key}/{plugin}/{name}"}).scalar_one():
        db.session.rollback()
        log.warning("plugin_job_still_running", **key)
        return
    try:
        enclosure.run(partial(job.run, Context(current().key, now()), db.session))
        db.session.execute(_RAN, key)
        db.session.commit()
    except (Exception, SystemExit) as error:
        enclosure.undo()
        _note(key, error)


def _note(key: dict[str, str], error: BaseException) -> None:
    if isinstance(error, NotYet):
        log.warning("plugin_job_postponed", **key, error=told(error))
    else:
        failures.report(key["plugin"], f"job:{key['job']}", error)
    db.session.execute(_FAILED, {**key, "error": told(error)})
    db.session.commit()


def _first_run(job: Job) -> datetime:
    moment = now()
    return job.first(Context(current().key, moment)) if job.first else moment
