"""An embedded Valkey on a port of 127.0.0.1, with a password and an append-only file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import redis

from core.launcher.binaries import valkey_server
from core.launcher.process import Program

COMMON = {
    "bind": "127.0.0.1",
    "daemonize": "no",
    "databases": "16",
    "save": '""',
    "maxmemory-policy": "noeviction",
    "aof-load-truncated": "yes",
}
DURABLE = MappingProxyType({**COMMON, "appendonly": "yes", "appendfsync": "everysec"})
THROWAWAY = MappingProxyType({**COMMON, "appendonly": "no"})


@dataclass(frozen=True, slots=True)
class Valkey:
    """A server that `prepare` has made ready to start."""

    folder: Path
    port: int
    password: str = field(repr=False)
    binary: Path

    def program(self) -> Program:
        return Program(
            name="valkey",
            command=[str(self.binary), str(self.folder / "valkey.conf")],
            grace=30,
            server=True,
            alarming=r"# (?!WARNING)|\* Asynchronous AOF fsync is taking too long",
        )

    def url(self, database: int = 0) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"

    def is_ready(self) -> bool:
        try:
            with redis.Redis.from_url(self.url(), socket_timeout=3) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def prepare(folder: Path, port: int, password: str, settings: Mapping[str, str] = DURABLE) -> Valkey:
    """Find the program and write its configuration into `folder` (a file, as a command line shows the password)."""
    folder = folder.resolve()
    folder.mkdir(mode=0o700, exist_ok=True)
    server = Valkey(folder, port, password, valkey_server())
    lines = {**settings, "port": str(port), "requirepass": password, "dir": f'"{folder}"'}
    configuration = folder / "valkey.conf"
    configuration.touch(mode=0o600)
    configuration.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))
    return server
