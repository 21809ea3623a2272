"""The clock process: hands due tenants and the platform's duties to the workers, and rolls over all tenants so that a
lost hint costs a minute.

Any number of clocks may run: a tenant that is due is taken from Redis by one of them, and ticks bear running twice.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from time import sleep

import structlog
from flask import Flask
from redis.exceptions import RedisError
from rq import Queue
from sqlalchemy.exc import SQLAlchemyError

from core.clock import now
from core.db import db
from core.host import chores, due, duties, jobs
from core.services import services
from core.web.observe import configure_logging
from tenants.context import TenantRef, bind, current

log = structlog.get_logger()

BEAT = "jishi:clock:beat"
"""In Redis: the moment (Unix seconds) of the last beat of any clock."""

PERIOD_SECONDS = 0.5
SWEEP_SECONDS = 60
MAX_WAITING_TICKS = 200
TICK_MAY_TAKE = {"core": 600, "plugins": 60}
"""Seconds after which a tick is stopped: what a plugin's handler or job was just doing then counts as failed."""


def tick_job(queue: str = "core") -> None:
    """What a worker runs for a tenant that is due; if a slice was not enough, the next one queues up at the end.

    The tenant is read anew: a plugin that was switched off a second ago must be silent.
    """
    due.tick_begins(queue)
    with bind(services().registry.fresh(current())):
        if chores.tick(queue):
            _hand_out_tick(queue)


def _hand_out_tick(queue: str) -> None:
    """Let a worker tick for the bound tenant, unless a tick is waiting already."""
    if due.wait_for_tick(queue):
        jobs.enqueue(tick_job, queue, queue=queue, timeout=TICK_MAY_TAKE[queue])


class Clock:
    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stopping = False
        self._rest: Iterator[TenantRef] = iter(())
        self._round_size = 0

    def run(self) -> None:
        """Beat until SIGTERM or SIGINT; trouble with a server is logged and the next beat tries again."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self._stopping:
            sleep(PERIOD_SECONDS)
            try:
                with self._app.app_context():
                    self.beat()
            except (RedisError, SQLAlchemyError, OSError):
                log.exception("clock_beat_failed")

    def _stop(self, *_: object) -> None:
        # Only a flag: signals come several times within a moment, and a handler that takes a lock the loop holds hangs.
        self._stopping = True

    def beat(self) -> None:
        """One beat: dispatch what is due, sweep a share of the tenants."""
        services().redis.set(BEAT, now().timestamp())
        duties.hand_out()
        for queue in jobs.QUEUES:
            self._dispatch(queue)
        self._sweep_share()

    @staticmethod
    def _dispatch(queue: str) -> None:
        if Queue(queue, connection=jobs.connection()).count > MAX_WAITING_TICKS:
            return
        for key in due.take(queue):
            ref = services().registry.by_key(key)
            if ref is not None and ref.status in {"active", "suspended"}:
                with bind(ref):
                    _hand_out_tick(queue)

    def _sweep_share(self) -> None:
        """Ask a few tenants per beat what is due, so that everybody is asked within SWEEP_SECONDS."""
        for _ in range(max(1, round(self._round_size * PERIOD_SECONDS / SWEEP_SECONDS))):
            ref = next(self._rest, None)
            if ref is None:
                everybody = list(services().registry.active())
                self._round_size, self._rest = len(everybody), iter(everybody)
                return
            self._sweep(ref)

    @staticmethod
    def _sweep(ref: TenantRef) -> None:
        try:
            with bind(ref):
                for queue in jobs.QUEUES:
                    chores.schedule(queue)
        finally:
            db.session.remove()


def run(app: Flask) -> None:
    """`jishi clock`."""
    configure_logging()
    Clock(app).run()
