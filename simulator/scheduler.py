"""One thread that waits for the virtual clock and hands due work to a few workers."""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from simulator.clock import Clock

_log = logging.getLogger("simulator.scheduler")
_WORKERS = 16


class Scheduler:
    """Runs ``work(*args)`` at a virtual time. Nothing is kept here: rows say what is still to be done."""

    def __init__(self, clock: Clock):
        self._clock = clock
        self._heap: list[tuple] = []
        self._order = itertools.count()
        self._running = 0
        self._stopped = False
        self._changed = threading.Condition()
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="simulator-send")
        self._thread = threading.Thread(target=self._loop, name="simulator-clock", daemon=True)

    def start(self) -> None:
        """Begin to hand out work."""
        self._thread.start()

    def stop(self) -> None:
        """Stop handing out work; what runs is not waited for."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def at(self, when: float, work: Callable, *args) -> None:
        """Run ``work(*args)`` once the virtual clock reaches ``when``."""
        with self._changed:
            heapq.heappush(self._heap, (when, next(self._order), work, args))
            self._changed.notify_all()

    def wake(self) -> None:
        """Look at the clock again."""
        with self._changed:
            self._changed.notify_all()

    def forget(self) -> None:
        """Drop everything that waits."""
        with self._changed:
            self._heap.clear()
            self._changed.notify_all()

    def wait_idle(self, timeout: float) -> bool:
        """Wait, at most ``timeout`` real seconds, until nothing is due or running."""
        with self._changed:
            return self._changed.wait_for(self._idle, timeout)

    def _idle(self) -> bool:
        due = bool(self._heap) and self._heap[0][0] <= self._clock.now()
        return self._running == 0 and not due

    def _loop(self) -> None:
        while True:
            with self._changed:
                if self._stopped:
                    return
                if not self._pop_due():
                    self._changed.wait(self._patience())

    def _patience(self) -> float:
        if not self._heap:
            return 5.0
        return min(5.0, max(0.001, self._heap[0][0] - self._clock.now()))

    def _pop_due(self) -> bool:
        if not self._heap or self._heap[0][0] > self._clock.now():
            return False
        _, _, work, args = heapq.heappop(self._heap)
        self._running += 1
        self._pool.submit(self._run, work, args)
        return True

    def _run(self, work: Callable, args: tuple) -> None:
        try:
            work(*args)
        except Exception:
            _log.exception("scheduled_work_failed")
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()
