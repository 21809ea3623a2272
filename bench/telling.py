"""Thousands of events, one worker process: how they get in, how far it is, how it is started and killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import text

from bench.teller import NAME
from core.config import Config
from core.db import db
from core.host import outbox
from core.host.clock import Clock
from core.plugin import OrderClosed
from tenants.context import TenantRef, bind

GIVE_UP_SECONDS = 240.0
PAUSE_SECONDS = 0.1
CHUNK = 500

_WAITING = text("SELECT count(*) FROM event_delivery WHERE consumer = :name AND state = 'pending'")
_TOLD = text(
    "SELECT count(*) AS lines, count(DISTINCT target) AS events FROM audit_log"
    " WHERE action = 'teller.told' AND starts_with(target, :prefix)"
)


class Round:
    """Events of one tenant, which has the teller on; their orders' numbers begin with `prefix`."""

    def __init__(self, app: Flask, ref: TenantRef, prefix: str = "") -> None:
        self._app, self._ref, self._prefix = app, ref, prefix
        self._clock = Clock(app)

    def emit(self, count: int) -> None:
        """Write `count` events of as many orders into the outbox."""
        with self._bound():
            for first in range(0, count, CHUNK):
                outbox.emit(*map(self._closed, range(first, min(first + CHUNK, count))))
                db.session.commit()

    def waiting(self) -> int:
        """How many deliveries the teller has not had."""
        with self._bound():
            return db.session.execute(_WAITING, {"name": NAME}).scalar_one()

    def told(self) -> tuple[int, int]:
        """(lines written, different events among them)."""
        with self._bound():
            lines, events = db.session.execute(_TOLD, {"prefix": self._prefix}).one()
        return lines, events

    def beat_until(self, left: int) -> None:
        """Be the clock until at most `left` deliveries are waiting."""
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while self.waiting() > left:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.waiting()} deliveries are still waiting")
            with self._app.app_context():
                self._clock.beat()
            time.sleep(PAUSE_SECONDS)

    def _closed(self, number: int) -> OrderClosed:
        return OrderClosed(
            order_id=number, number=f"{self._prefix}{number}", channel="online", store_id=1, buyer_id=None, why="expired"
        )

    @contextmanager
    def _bound(self) -> Iterator[None]:
        with self._app.app_context(), bind(self._ref):
            yield


@contextmanager
def worker(config: Config) -> Iterator[subprocess.Popen]:
    """A worker process with the teller; killed with SIGKILL at the end, whatever it is doing."""
    environment = os.environ | {
        "DATABASE_URL": config.database_url,
        "REDIS_URL": config.redis_url,
        "RQ_REDIS_URL": config.rq_redis_url,
        "JISHI_MASTER_KEY": config.master_key.hex(),
    }
    process = subprocess.Popen([sys.executable, "-m", "bench.teller"], env=environment, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
