"""How long plugins take: measured for everybody, told when it is too long, and a slow display hook gets a rest."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock

import structlog
from prometheus_client import Histogram

from core.host import failures

log = structlog.get_logger()

SECONDS = Histogram(
    "jishi_plugin_hook_seconds",
    "Time in plugins' hooks, calls of a millisecond and more",
    ["plugin", "hook"],
    buckets=(0.005, 0.02, 0.1, 0.5, 1, 5),
)

Hook = tuple[str, str]
"""Plugin and hook."""


class Slow(Exception):
    """A hook took longer than anybody should wait."""


class Resting(Exception):
    """A display hook that was slow again and again is not asked for a while."""


@dataclass(slots=True)
class Pace:
    """Of one process. `strikes` runs of more than `slow` seconds in a row, and a display hook rests for `rest` seconds.

    Calls of less than `notice` seconds are nothing to write down.
    """

    notice: float = 0.001
    warn: float = 0.1
    slow: float = 1.0
    strikes: int = 3
    rest: float = 60.0
    struck: dict[Hook, int] = field(default_factory=dict)
    _resting: dict[Hook, float] = field(default_factory=dict)
    _warned: dict[Hook, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def resting(self, hook: Hook) -> bool:
        """Whether `hook` is having its rest."""
        return hook in self._resting and time.monotonic() < self._resting[hook]

    def forgive(self, hook: Hook) -> None:
        """A quick run: slow ones count from nought again."""
        with self._lock:
            self.struck.pop(hook, None)

    def took(self, hook: Hook, seconds: float, display: bool) -> None:
        """Note how long a call took."""
        if seconds <= self.slow:
            self.forgive(hook)
        with self._lock:
            self._warn(hook, seconds)
            self._strike(hook, seconds, display)

    def _warn(self, hook: Hook, seconds: float) -> None:
        instant = time.monotonic()
        if seconds > self.warn and instant >= self._warned.get(hook, 0.0):
            self._warned[hook] = instant + self.rest
            log.warning("plugin_slow", plugin=hook[0], hook=hook[1], ms=round(seconds * 1000))

    def _strike(self, hook: Hook, seconds: float, display: bool) -> None:
        if seconds <= self.slow:
            return
        struck = self.struck[hook] = self.struck.get(hook, 0) + 1
        tired = display and struck >= self.strikes
        if tired:
            del self.struck[hook]
            self._resting[hook] = time.monotonic() + self.rest
        pause = f", not asked for {self.rest:.0f} s" if tired else ""
        failures.report(hook[0], f"slow:{hook[1]}", Slow(f"took {seconds:.1f} s{pause}"))
