"""What has to be done for the whole platform from time to time, whichever tenant is or is not there.

A duty runs as a job with no tenant bound; however many clocks there are, one of them hands it out per period.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.host import jobs
from core.services import services


@dataclass(frozen=True, slots=True)
class Duty:
    """`run` is a function of a module (a job finds it by name) and bears running twice."""

    name: str
    every_seconds: int
    run: Callable[[], None]


_duties: dict[str, Duty] = {}


def register(name: str, every_seconds: int, run: Callable[[], None]) -> None:
    """Add a duty; the same name replaces (several apps in one process share the list)."""
    _duties[name] = Duty(name, every_seconds, run)


def hand_out() -> None:
    """Give the workers every duty whose period is over; raises RedisError."""
    redis = services().redis
    for duty in _duties.values():
        if redis.set(f"jishi:duty:{duty.name}", 1, nx=True, ex=duty.every_seconds):
            jobs.enqueue_platform(duty.run, job_id=f"duty-{duty.name}")
