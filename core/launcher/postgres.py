"""An embedded PostgreSQL: made by `initdb`, run as a child of ours, reached through a socket in a folder of its own."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import psycopg
from psycopg import sql

from core.launcher.binaries import major_version, postgres_bin
from core.launcher.errors import LaunchError
from core.launcher.process import Program, run_as
from core.launcher.texts import text

SUPERUSER = "jishi_admin"
DATABASE = "jishi"
ROOT_MODES = ("userns", "nobody")
"""How root may run PostgreSQL; containers often forbid the first."""

COMMON = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_locks_per_transaction": "256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_duration_statement": "2s",
    "log_line_prefix": "%m [%p] %u@%d ",
}
DURABLE = MappingProxyType({**COMMON, "max_wal_size": "1GB", "wal_compression": "on"})
THROWAWAY = MappingProxyType(
    {**COMMON, "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_wal_size": "256MB"}
)


@dataclass(frozen=True, slots=True)
class Postgres:
    """A server that `prepare` has made ready to start."""

    folder: Path
    port: int
    password: str = field(repr=False)
    binaries: Path
    mode: str
    sockets: Path
    settings: Mapping[str, str]

    def program(self) -> Program:
        options = {**self.settings, "port": str(self.port), "unix_socket_directories": str(self.sockets)}
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return Program(
            name="postgres",
            command=[str(self.binaries / "postgres"), "-D", str(self.folder), *arguments],
            mode=self.mode,
            stop_signal=signal.SIGINT,
            grace=30,
            server=True,
            alarming=r"\bPANIC:|\bFATAL:  (?!the database system is|terminating connection|password auth)",
        )

    def url(self, database: str = DATABASE) -> str:
        """The superuser's URL, over the socket: its round trips cost a tenth less than those over TCP."""
        return (
            f"postgresql://{SUPERUSER}:{quote(self.password)}@/{database}"
            f"?host={quote(str(self.sockets), safe='')}&port={self.port}"
        )

    def is_ready(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=3).close()
        except psycopg.OperationalError:
            return False
        return True

    def ensure_database(self) -> None:
        """Make the database `jishi` if it is not there."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not found:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def prepare(folder: Path, sockets: Path, port: int, password: str, settings: Mapping[str, str] = DURABLE) -> Postgres:
    """Find the programs and the right user, run `initdb` if `folder` does not exist yet. Raises LaunchError."""
    folder = folder.resolve()
    binaries = postgres_bin()
    mode = choose_mode(binaries, folder.parent)
    _check_version(folder, binaries)
    server = Postgres(folder, port, password, binaries, mode, sockets, settings)
    _own_sockets(sockets, mode)
    if not folder.exists():
        _initdb(server)
    return server


def choose_mode(binaries: Path, parent: Path) -> str:
    """How PostgreSQL, which refuses root, can run here with a data folder below `parent`."""
    if os.getuid() != 0:
        return "plain"
    for mode in ROOT_MODES:
        probe = Path(tempfile.mkdtemp(prefix="postgres-probe-", dir=parent))
        _give(probe, mode)
        writable = run_as(mode, ["/bin/sh", "-c", 'test -w "$0"', str(probe)])
        runnable = run_as(mode, [str(binaries / "postgres"), "--version"])
        probe.rmdir()
        if writable.returncode == 0 and runnable.returncode == 0:
            return mode
    raise LaunchError(text("root_refused"))


def _give(folder: Path, mode: str) -> None:
    if mode == "nobody":
        account = pwd.getpwnam("nobody")
        os.chown(folder, account.pw_uid, account.pw_gid)


def _check_version(folder: Path, binaries: Path) -> None:
    stamp = folder / "PG_VERSION"
    if not stamp.exists():
        return
    made_by, found = int(stamp.read_text()), major_version(binaries / "postgres")
    if made_by != found:
        raise LaunchError(text("other_version", folder=folder, made_by=made_by, found=found))


def short_folder(folder: Path) -> Path:
    """A place for the sockets of `folder`: the path of a socket has room for about 100 bytes."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return Path("/tmp", f"jishi-{os.getuid()}-{digest}")


def _own_sockets(sockets: Path, mode: str) -> None:
    sockets.mkdir(mode=0o700, exist_ok=True)
    if sockets.is_symlink() or sockets.lstat().st_uid not in _trusted(mode):
        raise LaunchError(text("foreign_folder", folder=sockets))
    _give(sockets, mode)
    sockets.chmod(0o700)


def _trusted(mode: str) -> set[int]:
    return {os.getuid(), pwd.getpwnam("nobody").pw_uid} if mode == "nobody" else {os.getuid()}


def _initdb(server: Postgres) -> None:
    """Make the data folder beside its place and move it there, so that a half-made one is never taken for a whole."""
    making = server.folder.with_name(server.folder.name + ".new")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    password_file = making.with_name(making.name + ".password")
    password_file.touch(mode=0o600)
    password_file.write_text(server.password)
    for path in (making, password_file):
        _give(path, server.mode)
    command = [str(server.binaries / "initdb"), "-D", str(making), *_initdb_options(server, password_file)]
    done = run_as(server.mode, command)
    password_file.unlink()
    if done.returncode != 0:
        raise LaunchError(text("initdb_failed", output=(done.stdout + done.stderr).strip()))
    making.rename(server.folder)


def _initdb_options(server: Postgres, password_file: Path) -> list[str]:
    """The builtin C.UTF-8 is a must: with plain C, pg_trgm sees no Chinese letter at all."""
    sync = ["--no-sync"] if server.settings.get("fsync") == "off" else []
    return [
        *("-U", SUPERUSER, "-A", "scram-sha-256", f"--pwfile={password_file}"),
        *("-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"),
        *sync,
    ]
