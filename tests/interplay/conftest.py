"""The whole product as `jishi up` starts it: PostgreSQL, Valkey, simulator, two web processes, worker, clock."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import requests

from core.launcher.folder import free_ports
from core.replay.main import simulator_of
from simulator.testing import Remote
from tests.launcher.live import until

STARTS_WITHIN = 180.0
STOPS_WITHIN = 60.0
_OURS = ("DATABASE_URL", "REDIS_URL", "RQ_REDIS_URL", "JISHI_", "WXPAY_", "WXAPI_", "PROMETHEUS_")


class Town:
    """A running product; `kill` hits one of its processes with SIGKILL."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.url = folder, f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "core.cli", "up", "--data-dir", str(folder), "--port", str(port)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        environment["JISHI_DEMO_DAYS"] = "0"  # the replay's figures are those of a shop that sold nothing before
        self._up = subprocess.Popen(
            command, env=environment, stdout=(folder / "up.out").open("w"), stderr=subprocess.STDOUT
        )

    def is_healthy(self) -> bool:
        assert self._up.poll() is None, (self.folder / "up.out").read_text()
        try:
            with requests.Session() as http:
                http.trust_env = False
                return http.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def simulator(self) -> Remote:
        return Remote(simulator_of(self.folder))

    def kill(self, kind: str) -> bool:
        """SIGKILL to one process of this kind (web: one of the processes that answer); False if there is none."""
        for process in psutil.Process(self._up.pid).children(recursive=True):
            if _kind(process) == kind:
                process.kill()
                return True
        return False

    def database(self) -> psycopg.Connection:
        """A superuser's connection."""
        web = next(p for p in psutil.Process(self._up.pid).children(recursive=True) if _kind(p) == "clock")
        return psycopg.connect(web.environ()["DATABASE_URL"], autocommit=True)

    def replay(self, data: Path, name: str, *more: str) -> subprocess.Popen[str]:
        """`jishi replay` against the demo shop."""
        command = [sys.executable, "-m", "core.cli", "replay", str(data), "--set", name, "--base-url", self.url]
        return subprocess.Popen(
            [*command, "--data-dir", str(self.folder), *more], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def sign_up(self, form: dict[str, str]) -> None:
        """Open a shop and wait until it is there."""
        with requests.Session() as http:
            http.trust_env = False
            accepted = http.post(f"{self.url}/platform/api/v1/signup", json=form, timeout=30)
            assert accepted.status_code == 202, accepted.text
            status = self.url + accepted.json()["status_url"]
            until(lambda: http.get(status, timeout=30).json()["status"] == "active", STARTS_WITHIN)

    def stop(self) -> None:
        self._up.send_signal(signal.SIGINT)
        try:
            self._up.wait(STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            self._up.kill()
            self._up.wait()


def _kind(process: psutil.Process) -> str | None:
    try:
        command = process.cmdline()
        parent = process.parent()
        if parent is not None and "serve" in parent.cmdline():
            return "web"
    except psutil.Error:
        return None
    if command and "valkey" in Path(command[0]).name:
        return "valkey"
    return next((name for name in ("worker", "clock") if command[-1:] == [name]), None)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    found = Town(tmp_path_factory.mktemp("town"), free_ports([0])[0])
    try:
        until(found.is_healthy, STARTS_WITHIN)
        yield found
    finally:
        found.stop()
