"""Keeps programs running: starts them, brings back what ends, stops all in order.

One thread starts and watches everything, because the kernel counts the end of the thread that started a program as
the death of its parent. It lives until `stop`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from core.launcher.errors import NotReady
from core.launcher.output import Output
from core.launcher.process import Program, spawn
from core.launcher.texts import text

TICK = 0.1
FIRST_DELAY = 0.5
LONGEST_DELAY = 10.0
STEADY_AFTER = 20.0
GIVES_UP_AFTER = 4


@dataclass(slots=True)
class Running:
    """One program: its process of the moment and when the next may start."""

    program: Program
    output: Output
    process: subprocess.Popen | None = None
    started: float = 0.0
    delay: float = FIRST_DELAY
    deaths: int = 0
    not_before: float = field(default_factory=time.monotonic)

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Programs by name. `say` takes a line for the person at the terminal; `lock_fd` is handed to the servers."""

    def __init__(self, logs: Path, say: Callable[[str], None], lock_fd: int | None = None) -> None:
        self._logs, self._say, self._lock_fd = logs, say, lock_fd
        self._entries: dict[str, Running] = {}
        self._changed = threading.Condition()
        self._stopping = False
        self._hurry = False
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()

    def start(self, program: Program) -> None:
        """Start `program` and keep it running from now on; returns at once."""
        output = Output(program.name, self._logs / f"{program.name}.log", self._say, program.alarming)
        with self._changed:
            self._entries[program.name] = Running(program, output)
            self._changed.notify()

    def wait_until(self, name: str, is_ready: Callable[[], bool], seconds: float) -> None:
        """Return when `is_ready()`; raises NotReady with the program's last output after `seconds` or some deaths."""
        entry, began = self._entries[name], time.monotonic()
        while not is_ready():
            waited = time.monotonic() - began
            if waited > seconds or entry.deaths >= GIVES_UP_AFTER or not self.is_alive:
                raise NotReady(text("not_ready", name=name, seconds=int(waited), tail=entry.output.tail()))
            time.sleep(0.05)

    def pids(self) -> dict[str, int]:
        """The processes of the moment, by program."""
        with self._changed:
            return {name: entry.process.pid for name, entry in self._entries.items() if entry.is_alive}

    @property
    def is_alive(self) -> bool:
        """False once `stop` is done, or if the watching thread failed."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop everything, servers last, each kind in the reverse order of its start; waits for it."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def hurry(self) -> None:
        """Stop waiting politely for anything but servers."""
        self._hurry = True

    def _watch(self) -> None:
        with self._changed:
            while not self._stopping:
                for entry in list(self._entries.values()):
                    self._look_after(entry)
                self._changed.wait(TICK)
        entries = list(reversed(self._entries.values()))
        self._stop_all([entry for entry in entries if not entry.program.server])
        self._stop_all([entry for entry in entries if entry.program.server])

    def _look_after(self, entry: Running) -> None:
        if entry.is_alive:
            return
        if entry.process is not None:
            self._note_end(entry)
        if time.monotonic() >= entry.not_before:
            self._spawn(entry)

    def _note_end(self, entry: Running) -> None:
        lived = time.monotonic() - entry.started
        reason = describe_exit(entry.process.returncode)
        entry.process = None
        self._postpone(entry, reason, FIRST_DELAY if lived > STEADY_AFTER else entry.delay)

    def _postpone(self, entry: Running, reason: str, delay: float) -> None:
        entry.deaths += 1
        entry.not_before = time.monotonic() + delay
        entry.delay = min(delay * 2, LONGEST_DELAY)
        self._say(text("child_died", name=entry.program.name, reason=reason, delay=delay))

    def _spawn(self, entry: Running) -> None:
        inherit = [self._lock_fd] if entry.program.server and self._lock_fd is not None else []
        try:
            entry.process = spawn(entry.program, subprocess.PIPE, inherit=inherit)
        except OSError as error:
            self._postpone(entry, str(error), entry.delay)
            return
        entry.started = time.monotonic()
        entry.output.follow(entry.process.stdout)

    def _stop_all(self, entries: Iterable[Running]) -> None:
        alive = [entry for entry in entries if entry.is_alive]
        for entry in alive:
            entry.output.muted = True
            entry.process.send_signal(entry.program.stop_signal)
        began = time.monotonic()
        for entry in alive:
            self._await_end(entry, began)

    def _await_end(self, entry: Running, began: float) -> None:
        deadline = began + entry.program.grace
        while entry.is_alive and time.monotonic() < deadline:
            if self._hurry and not entry.program.server:
                break
            time.sleep(0.02)
        if entry.is_alive:
            self._say(text("killed_slow", name=entry.program.name, seconds=int(time.monotonic() - began)))
        # The group, not the process: what it forked must not stay behind, even if it ended by itself.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(entry.process.pid, signal.SIGKILL)
        entry.process.wait()


def describe_exit(code: int) -> str:
    return text("by_signal", number=-code) if code < 0 else text("by_code", number=code)
