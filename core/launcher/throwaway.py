"""A PostgreSQL and a Valkey for tests: in a temporary folder, without a thought of durability, gone afterwards."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.launcher import postgres, valkey
from core.launcher.errors import NotReady
from core.launcher.folder import free_ports, try_lock
from core.launcher.process import Program, spawn
from core.launcher.texts import text

PREFIX = "jishi-throwaway-"
START_MAY_TAKE = 60.0
MEMORY = Path("/dev/shm")
ROOM = 2 << 30
"""Bytes to be free in memory before the servers go there: a shop's schema is about 300 files, dear to make on a disk."""


@dataclass(frozen=True, slots=True)
class Throwaway:
    """Where the servers answer; `database_url` is a superuser's."""

    folder: Path
    database_url: str
    redis_url: str
    pids: tuple[int, ...]


@contextmanager
def throwaway_servers() -> Iterator[Throwaway]:
    """Both servers for as long as the block runs. Raises LaunchError.

    Enter it from a thread that lives as long as the block: its end stops the servers.
    """
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_parent()))
    if os.getuid() == 0:
        folder.chmod(0o711)  # so that PostgreSQL as nobody can reach its own folder below
    lock = try_lock(folder / "lock")
    try:
        with _servers(folder, lock) as servers:
            yield servers
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _servers(folder: Path, lock: int) -> Iterator[Throwaway]:
    database_port, redis_port = free_ports([0, 0])
    database = postgres.prepare(folder / "postgres", folder / "s", database_port, "throwaway", postgres.THROWAWAY)
    cache = valkey.prepare(folder / "valkey", redis_port, "throwaway", valkey.THROWAWAY)
    with _running(database.program(), folder, lock) as one, _running(cache.program(), folder, lock) as other:
        _wait(database.is_ready, folder / "postgres.log")
        _wait(cache.is_ready, folder / "valkey.log")
        database.ensure_database()
        yield Throwaway(folder, database.url(), cache.url(), (one, other))


def sweep() -> None:
    """Remove our folders of runs that were killed: nobody holds their lock."""
    for parent in (Path(tempfile.gettempdir()), MEMORY):
        for folder in parent.glob(PREFIX + "*"):
            with contextlib.suppress(OSError):  # another run may be faster
                _remove_if_left(folder)


def _parent() -> Path:
    """Memory, where there is plenty of it; containers often have 64 MB."""
    roomy = os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if roomy else Path(tempfile.gettempdir())


def _remove_if_left(folder: Path) -> None:
    if folder.stat().st_uid != os.getuid() or not (folder / "lock").exists():
        return
    lock = try_lock(folder / "lock")
    if lock is not None:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


@contextmanager
def _running(program: Program, folder: Path, lock: int) -> Iterator[int]:
    with (folder / f"{program.name}.log").open("ab") as log:
        process = spawn(program, log, inherit=[lock])
    try:
        yield process.pid
    finally:
        process.send_signal(program.stop_signal)
        process.wait()


def _wait(is_ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_MAY_TAKE
    while not is_ready():
        if time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
            raise NotReady(text("not_ready", name=log.stem, seconds=int(START_MAY_TAKE), tail=tail))
        time.sleep(0.02)
