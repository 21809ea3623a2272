"""What went wrong in plugins: logged, counted, and kept per shop so that the merchant sees which, where, since when.

`report` only remembers; rows are written when the request is over, or by `flush` after a job or handler, in a
transaction of their own: a failure outlives the rollback it caused.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

import structlog
from flask import Flask, g, has_app_context
from prometheus_client import Counter
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.host import telling
from tenants.context import TenantRef, bind, current, current_or_none
from tenants.db import TenantSession

log = structlog.get_logger()

FAILURES = Counter("jishi_plugin_failures", "Failures contained, by plugin and place", ["plugin", "place"])

WRITE_EVERY = 5.0
"""Seconds between two writes of one (tenant, plugin, place) by one process."""

_NOTED = "jishi_plugin_failures"

Key = tuple[str, str, str]


@dataclass(slots=True)
class Failing:
    """What this process has still to write about one plugin's failing in one place of one shop."""

    since: datetime
    last_at: datetime
    count: int
    error: str
    trace: str


class Ledger:
    """Failures of this process that are not in the database yet, and when each key was last written."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[Key, Failing] = {}
        self._written: dict[Key, float] = {}

    def add(self, key: Key, told: str, trace: str) -> None:
        moment = now()
        with self._lock:
            found = self._waiting.setdefault(key, Failing(moment, moment, 0, told, trace))
            found.last_at, found.count, found.error, found.trace = moment, found.count + 1, told, trace

    def take(self, keys: Iterable[Key]) -> dict[Key, Failing]:
        """Those of `keys` that may be written now; they count as written."""
        instant = time.monotonic()
        with self._lock:
            ripe = [k for k in keys if k in self._waiting and instant >= self._written.get(k, 0.0) + WRITE_EVERY]
            self._written.update(dict.fromkeys(ripe, instant))
            return {key: self._waiting.pop(key) for key in ripe}

    def forget(self, tenant: str, plugin: str) -> None:
        with self._lock:
            for found in (self._waiting, self._written):
                for key in [key for key in found if key[:2] == (tenant, plugin)]:
                    del found[key]


_ledger = Ledger()

_UPSERT = text(
    """
    INSERT INTO plugin_failure (plugin, place, since, last_at, count, error, trace)
    SELECT * FROM unnest(CAST(:plugins AS text[]), CAST(:places AS text[]), CAST(:sinces AS timestamptz[]),
                         CAST(:lasts AS timestamptz[]), CAST(:counts AS int[]), CAST(:errors AS text[]),
                         CAST(:traces AS text[]))
    ON CONFLICT (plugin, place) DO UPDATE
       SET last_at = excluded.last_at, count = plugin_failure.count + excluded.count,
           error = excluded.error, trace = excluded.trace
    """
)
_FORGET = text("DELETE FROM plugin_failure WHERE plugin = :plugin")


def report(plugin: str, place: str, error: BaseException) -> None:
    """Note that `plugin` failed at `place` (`hook:quote`, `handler:order.paid`, `job:expire`, `route:points_store.show`).

    Never raises. Without a bound tenant it is logged and counted only.
    """
    told, trace = telling.told(error), telling.trace(error)
    log.error("plugin_failed", plugin=plugin, place=place, error=told, trace=trace)
    FAILURES.labels(plugin, place).inc()
    ref = current_or_none()
    if ref is None or not has_app_context():
        return
    key = (ref.key, plugin, place)
    _ledger.add(key, told, trace)
    _noted()[key] = ref


def flush() -> None:
    """Write what was reported in this app context. Never raises."""
    noted: dict[Key, TenantRef] = g.pop(_NOTED, {})
    ripe = _ledger.take(noted)
    for ref in {noted[key] for key in ripe}:
        try:
            _write(ref, {key: failing for key, failing in ripe.items() if noted[key] == ref})
        except Exception:
            log.exception("plugin_failures_unwritten", tenant=ref.key)


def forget(plugin: str) -> None:
    """Delete what is known of the plugin's failures in the bound shop, in the current transaction."""
    _ledger.forget(current().key, plugin)
    db.session.execute(_FORGET, {"plugin": plugin})


def register(app: Flask) -> None:
    """Flush at the end of every app context.

    Call it before the database extension starts: what is registered first runs last, when the request's own
    connection is back in the pool.
    """
    app.teardown_appcontext(lambda error: flush())


def _noted() -> dict[Key, TenantRef]:
    return g.setdefault(_NOTED, {})


def _write(ref: TenantRef, failing: dict[Key, Failing]) -> None:
    keys, found = list(failing), list(failing.values())
    with bind(ref), TenantSession(db) as session:
        session.execute(
            _UPSERT,
            {
                "plugins": [plugin for _, plugin, _ in keys],
                "places": [place for _, _, place in keys],
                "sinces": [f.since for f in found],
                "lasts": [f.last_at for f in found],
                "counts": [f.count for f in found],
                "errors": [f.error for f in found],
                "traces": [f.trace for f in found],
            },
        )
        session.commit()
