"""Starting a program that cannot outlive us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO

from core.launcher import child

HAS_DEATH_SIGNAL = sys.platform == "linux"


@dataclass(frozen=True, slots=True)
class Program:
    """A command, whom it runs as, and how it is asked to stop.

    `mode` is one of `child.MODES`; `stop_signal` is sent by us and by the kernel when we die; `grace` seconds later
    comes SIGKILL. `server` programs start before and stop after the others, and keep the lock on the data folder.
    `alarming` is what in a line of its output belongs on the terminal; None takes the supervisor's default.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    mode: str = "plain"
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    server: bool = False
    alarming: str | None = None


def spawn(
    program: Program,
    output: int | IO,
    errors: int | IO = subprocess.STDOUT,
    inherit: Sequence[int] = (),
    guarded: bool = not HAS_DEATH_SIGNAL,
) -> subprocess.Popen:
    """Start `program` away from our terminal, so that Ctrl-C reaches only us.

    Call it from a thread that lives as long as we do: its end counts as our death. `inherit` are open files to hand on.
    `guarded` is the way of systems without a death signal: a parent that stays and watches a pipe of ours.
    """
    guard_fd = _life_line() if guarded else -1
    keep = [*inherit, guard_fd] if guarded else list(inherit)
    return subprocess.Popen(
        [*_wrapper(program, guard_fd), *program.command],
        env={**os.environ, "PYTHONUTF8": "1", **program.env},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=errors,
        start_new_session=True,
        pass_fds=keep,
    )


def run_as(mode: str, command: Sequence[str], cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a short command to its end in `mode`; never raises for its exit code."""
    program = Program(name=Path(command[0]).name, command=command, mode=mode)
    return subprocess.run(
        [*_wrapper(program, -1), *command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def end_with_parent(signum: signal.Signals = signal.SIGTERM) -> None:
    """For a process of ours that another of ours forked: end when that one is gone."""
    child.die_with_parent(signum, os.getppid())


def forks_end_with_us(signum: signal.Signals = signal.SIGTERM) -> None:
    """Every process that this one, or a fork of it, forks from now on ends with its parent.

    A worker's work horse, when the worker was killed.
    """
    forker = [os.getpid()]
    os.register_at_fork(
        before=lambda: forker.__setitem__(0, os.getpid()),
        after_in_child=lambda: child.die_with_parent(signum, forker[0]),
    )


def _wrapper(program: Program, guard_fd: int) -> list[str]:
    return [
        sys.executable,
        "-I",
        "-S",
        child.__file__,
        program.mode,
        str(int(program.stop_signal)),
        str(os.getpid()),
        str(guard_fd),
    ]


@cache
def _life_line() -> int:
    """The read end of a pipe that ends when this process does; the write end stays open here on purpose."""
    read_end, _ = os.pipe()
    return read_end
