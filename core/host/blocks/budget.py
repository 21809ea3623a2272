"""The time that plugins have on other people's pages: who is over it again and again is skipped for a while."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

import structlog

from core.host import failures
from core.host.pace import Slow

log = structlog.get_logger()


@dataclass(slots=True)
class Budget:
    """Of one process. What came too late once is shown, the time is gone; `strikes` times in a row, and it rests.

    Plugins are asked together, which is cheap; only after they took too long each is clocked by itself.
    """

    seconds: float = 0.08
    strikes: int = 5
    rest: float = 60.0
    _alert_until: float = 0.0
    _struck: dict[str, int] = field(default_factory=dict)
    _resting: dict[str, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def rests(self, plugin: str) -> bool:
        """Whether `plugin` is skipped at present."""
        return time.monotonic() < self._resting.get(plugin, 0.0)

    @property
    def watchful(self) -> bool:
        """Whether plugins are to be asked one by one, each clocked."""
        return time.monotonic() < self._alert_until

    @contextmanager
    def together(self) -> Iterator[None]:
        """Time what several plugins do; too long for one means being watchful for a while."""
        started = time.perf_counter()
        try:
            yield
        finally:
            if time.perf_counter() - started > self.seconds:
                self._alert_until = time.monotonic() + self.rest

    @contextmanager
    def clocked(self, plugin: str, place: str) -> Iterator[None]:
        """Time what happens inside and hold it against `plugin`; `place` is where it is reported."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self._took(plugin, place, time.perf_counter() - started)

    def _took(self, plugin: str, place: str, seconds: float) -> None:
        if seconds <= self.seconds:
            self._struck.pop(plugin, None)
            return
        log.warning("plugin_blocks_slow", plugin=plugin, place=place, ms=round(seconds * 1000))
        with self._lock:
            struck = self._struck[plugin] = self._struck.get(plugin, 0) + 1
            if struck < self.strikes:
                return
            del self._struck[plugin]
            self._resting[plugin] = time.monotonic() + self.rest
        told = f"took {seconds * 1000:.0f} ms, {struck} times in a row more than {self.seconds * 1000:.0f}"
        failures.report(plugin, f"slow:{place}", Slow(f"{told}; left out for {self.rest:.0f} s"))


budget = Budget()
