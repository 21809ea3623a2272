"""The web server: granian's worker processes around `wsgi:app`, and where their metrics meet."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces

from core.launcher.folder import is_alive
from core.launcher.process import end_with_parent
from core.launcher.programs import METRICS_VARIABLE
from core.startup import loading

BLOCKING_THREADS = 4
BACKLOG = 2048
BACKPRESSURE = 64
STOP_MAY_TAKE = 8


class Server(Granian):
    """Granian whose stop bears a second signal.

    The kernel sends one for every thread of the launcher that dies. Granian's handler sets an Event; interrupted by
    itself, or coming while the main thread holds the Event's lock, it would wait for that lock for ever.
    """

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        self.interrupt_signal = True
        threading.Thread(target=self.main_loop_interrupt.set, daemon=True).start()


def serve(host: str, port: int, workers: int) -> None:
    """Serve until SIGINT or SIGTERM; a worker that dies is replaced, and none outlives this process.

    Nothing of the shop is imported before the metrics have their folder: prometheus_client looks for it only once.
    """
    with metrics_folder():
        # The modules once, for all processes to share; what holds connections is made in each of them.
        with loading():
            import_module("core.app")
        server(host, port, workers).serve(target_loader=load)


def server(host: str, port: int, workers: int, target: str = "wsgi:app") -> Server:
    """Threads wait for PostgreSQL more than they compute: a few per process keep it busy, more only take the GIL.

    Requests beyond `BACKPRESSURE` per process wait in the socket's backlog instead of in memory.
    """
    return Server(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        workers=workers,
        blocking_threads=BLOCKING_THREADS,
        backlog=BACKLOG,
        backpressure=BACKPRESSURE,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_MAY_TAKE,
        websockets=False,
        log_level="warning",
    )


def load(target: str) -> Callable[..., Any]:
    """Runs in each worker process: tie it to its parent, then import `module:name`.

    The handlers that the fork inherited would swallow a signal that comes before granian has set the worker's own.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    end_with_parent()
    from core.web.observe import configure_logging  # not above: see `serve`

    configure_logging()
    module, name = target.split(":")
    return getattr(import_module(module), name)


@contextmanager
def metrics_folder() -> Iterator[Path]:
    """The folder where processes share their metrics: the given one, tidied, or one for the time of the block."""
    given = os.environ.get(METRICS_VARIABLE)
    folder = Path(given or tempfile.mkdtemp(prefix="jishi-metrics-"))
    folder.mkdir(parents=True, exist_ok=True)
    forget_dead_processes(folder)
    os.environ[METRICS_VARIABLE] = str(folder)
    try:
        yield folder
    finally:
        if not given:
            del os.environ[METRICS_VARIABLE]
            shutil.rmtree(folder, ignore_errors=True)


def forget_dead_processes(folder: Path) -> None:
    """Drop the live gauges of processes that are gone; their counters keep counting."""
    for path in folder.glob("gauge_live*_*.db"):
        if not is_alive(int(path.stem.rpartition("_")[2])):
            path.unlink(missing_ok=True)
