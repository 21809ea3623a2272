"""What the programs of one data folder are told through their environment."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.config import ConfigError, parse_master_key
from core.launcher import postgres, valkey
from core.launcher.errors import LaunchError
from core.launcher.folder import ports, secret
from core.launcher.postgres import Postgres
from core.launcher.programs import METRICS_VARIABLE
from core.launcher.texts import text
from core.launcher.valkey import Valkey

SIMULATOR = "JISHI_SIMULATOR_URL"
KEPT = "environment.json"


@dataclass(frozen=True, slots=True)
class Embedded:
    """The servers that are ours; None where the environment names one of the user's."""

    postgres: Postgres | None
    valkey: Valkey | None


@dataclass(frozen=True, slots=True)
class Environment:
    """`variables` for every program of ours; `ports` of those that listen."""

    variables: Mapping[str, str] = field(repr=False)
    ports: Mapping[str, int]
    embedded: Embedded

    def close(self) -> None:
        """Remove what lies outside of the data folder, once the servers have stopped."""
        if self.embedded.postgres:
            with contextlib.suppress(OSError):
                self.embedded.postgres.sockets.rmdir()


def arrange(folder: Path, port: int, given: Mapping[str, str] = os.environ) -> Environment:
    """Make what `folder` needs before anything starts: secrets, ports, a database cluster. Raises LaunchError."""
    listening = ports(folder, "postgres", "valkey", "simulator")
    embedded = Embedded(
        None if given.get("DATABASE_URL") else _postgres(folder, listening["postgres"]),
        None if given.get("REDIS_URL") else _valkey(folder, listening["valkey"]),
    )
    metrics = folder / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir()
    variables = {
        "DATABASE_URL": embedded.postgres.url() if embedded.postgres else given["DATABASE_URL"],
        "REDIS_URL": embedded.valkey.url() if embedded.valkey else given["REDIS_URL"],
        "JISHI_MASTER_KEY": given.get("JISHI_MASTER_KEY") or master_key(folder / "master.key"),
        "JISHI_MEDIA_DIR": given.get("JISHI_MEDIA_DIR") or str(folder / "media"),
        "PORT": str(port),
        METRICS_VARIABLE: str(metrics),
    }
    return Environment(variables, listening, embedded)


def keep(folder: Path, variables: Mapping[str, str]) -> None:
    """Leave the variables in the data folder, for commands in other terminals (`jishi env`)."""
    path = folder / KEPT
    path.touch(mode=0o600)
    path.write_text(json.dumps(dict(variables)), "utf-8")


def kept(folder: Path) -> dict[str, str]:
    """The variables of the last start; raises LaunchError when there was none."""
    try:
        return json.loads((folder / KEPT).read_text("utf-8"))
    except FileNotFoundError as error:
        raise LaunchError(text("never_started", path=folder)) from error


def simulated(port: int, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """WeChat's addresses when the simulator plays WeChat; what the user has set stays."""
    url = f"http://127.0.0.1:{port}"
    return {name: given.get(name) or url for name in ("WXPAY_BASE_URL", "WXAPI_BASE_URL", SIMULATOR)}


def master_key(path: Path) -> str:
    """The key that everything secret in the database depends on; made once. Raises LaunchError."""
    key = secret(path, lambda: b64encode(secrets.token_bytes(32)).decode())
    try:
        parse_master_key(key)
    except (ConfigError, ValueError) as error:
        raise LaunchError(text("bad_key", path=path)) from error
    return key


def _postgres(folder: Path, port: int) -> Postgres:
    data = folder / "postgres"
    return postgres.prepare(data, postgres.short_folder(data), port, secret(folder / "postgres.secret"))


def _valkey(folder: Path, port: int) -> Valkey:
    return valkey.prepare(folder / "valkey", port, secret(folder / "valkey.secret"))
