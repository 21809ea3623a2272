"""The simulator inside pytest: ``with running() as sim`` in a thread, ``with process(...)`` as a process."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from simulator.app import create_app
from simulator.server import Server
from simulator.state import State


class Refused(Exception):
    """The control API said no; ``status`` and ``error`` say why."""

    def __init__(self, status: int, data: dict):
        super().__init__(f"{status} {data}")
        self.status, self.error = status, data.get("error")


class Remote:
    """The control API of a simulator at ``url``; every method is one call of it."""

    def __init__(self, url: str):
        self.url = url.rstrip("/")
        self._http = requests.Session()
        self._http.trust_env = False

    def call(self, method: str, path: str, body=None, **query):
        """``path`` is below ``/_sim/``; returns the JSON; raises Refused for a 4xx or 5xx."""
        response = self._http.request(method, f"{self.url}/_sim/{path}", json=body, params=query, timeout=60)
        if response.status_code >= 400:
            raise Refused(response.status_code, response.json())
        return response.json()

    def get(self, path: str, **query):
        return self.call("GET", path, **query)

    def post(self, path: str, body=None):
        return self.call("POST", path, {} if body is None else body)

    def provision(self, appid: str, **options) -> dict:
        """A tenant's payment profile."""
        return self.post("provision", {"appid": appid} | options)

    def login(self, appid: str, user: str) -> dict:
        """js_code and openid of a person."""
        return self.post("wallet/login", {"appid": appid, "user": user})

    def pay(self, params: dict, openid: str, **options) -> dict:
        """``wx.requestPayment(params)`` as this user."""
        return self.post("wallet/pay", params | {"openid": openid} | options)

    def fault(self, fault: str, match: dict | None = None, **options) -> dict:
        """Let a fault stand."""
        return self.post("faults", {"fault": fault, "match": match or {}} | options)

    def advance(self, seconds: float) -> dict:
        """Move business time forward and wait for what became due."""
        return self.post("clock", {"advance_seconds": seconds, "wait": True})

    def wait(self) -> bool:
        """Wait until nothing is due or being sent."""
        return self.post("notifies/wait")["idle"]


@contextmanager
def running(state_dir: Path | None = None, seed: str = "1") -> Iterator[Remote]:
    """A simulator in a thread of this process on a free port."""
    state = State(state_dir, seed)
    server = Server("127.0.0.1", 0, create_app(state))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield Remote(server.url)
    finally:
        server.shutdown()
        server.server_close()
        state.close()


class Process(Remote):
    """A simulator process; ``popen`` may be killed at will."""

    def __init__(self, popen: subprocess.Popen):
        self.popen = popen
        super().__init__(popen.stdout.readline().split()[-1])


@contextmanager
def process(state_dir: Path | None = None, port: int = 0) -> Iterator[Process]:
    """A simulator as a process of its own."""
    root = str(Path(__file__).resolve().parent.parent)
    command = [sys.executable, "-m", "simulator", "--port", str(port)]
    command += ["--state-dir", str(state_dir)] if state_dir else []
    environment = os.environ | {"PYTHONPATH": root}
    popen = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        yield Process(popen)
    finally:
        popen.kill()
        popen.wait()
        popen.stdout.close()
