"""The worker process: jobs of the queues, money before marketing."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from core.host import jobs
from core.web.observe import configure_logging


def run(app: Flask, queues: Sequence[str] = jobs.QUEUES, burst: bool = False) -> None:
    """`jishi worker`: work off `queues` in this order until told to stop (or, with `burst`, until they are empty)."""
    configure_logging()
    jobs.work(app, tuple(queues), burst)
