"""The data folder: one holder at a time, ports and secrets that outlive a run."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.launcher.errors import AlreadyRunning
from core.launcher.texts import text

LAST_RUN_MAY_TAKE = 30.0
POLL = 0.1


@dataclass(frozen=True, slots=True)
class Lock:
    """A held lock. `fd` may be handed to servers: then it is free only when they are gone too."""

    path: Path
    fd: int

    def release(self) -> None:
        os.close(self.fd)


def hold(folder: Path, address: str, say: Callable[[str], None]) -> Lock:
    """Lock `folder` (made if missing) for this process, which serves at `address`.

    Raises AlreadyRunning if a living launcher holds it. If only servers of a killed one do, waits for them to stop.
    """
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    path = folder / "lock"
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(fd, folder, say)
    except AlreadyRunning:
        os.close(fd)
        raise
    os.ftruncate(fd, 0)
    os.pwrite(fd, json.dumps({"pid": os.getpid(), "address": address}).encode(), 0)
    return Lock(path, fd)


def try_lock(path: Path) -> int | None:
    """An open file that holds the lock on `path`, or None if somebody else does."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if _flock(fd):
        return fd
    os.close(fd)
    return None


def _acquire(fd: int, folder: Path, say: Callable[[str], None]) -> None:
    if _flock(fd):
        return
    _refuse_if_alive(fd, folder)
    say(text("waiting_for_last"))
    deadline = time.monotonic() + LAST_RUN_MAY_TAKE
    while time.monotonic() < deadline:
        if _flock(fd):
            return
        _refuse_if_alive(fd, folder)
        time.sleep(POLL)
    raise AlreadyRunning(text("still_stopping", folder=folder, seconds=int(LAST_RUN_MAY_TAKE)))


def _flock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _refuse_if_alive(fd: int, folder: Path) -> None:
    try:
        holder = json.loads(os.pread(fd, 4096, 0))
    except ValueError:
        holder = {}
    if holder and is_alive(holder["pid"]):
        raise AlreadyRunning(text("already_running", folder=folder, **holder))


def is_alive(pid: int) -> bool:
    """Whether a process has this number now."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def ports(folder: Path, *names: str) -> dict[str, int]:
    """A free TCP port of 127.0.0.1 for each name: the one of the last run where it is still free."""
    path = folder / "ports.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    chosen = dict(zip(names, free_ports([known.get(name, 0) for name in names]), strict=True))
    path.write_text(json.dumps({**known, **chosen}, indent=1))
    return chosen


def free_ports(wanted: list[int]) -> list[int]:
    """Each wanted port if it is free, else (and for 0) another free one; all different."""
    sockets = [_bind(port) or _bind(0) for port in wanted]
    chosen = [sock.getsockname()[1] for sock in sockets]
    for sock in sockets:
        sock.close()
    return chosen


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    sock = _bind(port, host)
    if sock:
        sock.close()
    return sock is not None


def _bind(port: int, host: str = "127.0.0.1") -> socket.socket | None:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        return None
    return sock


def secret(path: Path, make: Callable[[], str] = lambda: secrets.token_urlsafe(24)) -> str:
    """The text kept in `path` (readable by its owner only); made at the first call."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(fd, "w") as file:
        file.write(make() + "\n")
    return path.read_text().strip()
