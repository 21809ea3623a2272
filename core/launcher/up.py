"""`jishi up`: from nothing to a shop that sells, and back to nothing at Ctrl-C."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.launcher import programs
from core.launcher.environment import SIMULATOR, Environment, arrange, keep, simulated
from core.launcher.errors import LaunchError
from core.launcher.folder import Lock, hold, is_free
from core.launcher.steps import Steps
from core.launcher.supervisor import Supervisor
from core.launcher.terminal import Terminal
from core.launcher.texts import text

SERVERS_MAY_TAKE = 120.0
WEB_MAY_TAKE = 180.0
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Options:
    """What to start and where."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    demo: bool = True
    simulator: bool = True


def up(options: Options) -> int:
    """Start everything, wait for a signal, stop everything; returns the exit code."""
    terminal = Terminal()
    try:
        if not is_free(options.port, options.host):
            raise LaunchError(text("port_taken", port=options.port))
        lock = hold(options.folder.resolve(), f"http://localhost:{options.port}", terminal.say)
    except (LaunchError, OSError) as error:
        terminal.complain(str(error))
        return 1
    return Launch(options, terminal, lock).run()


class Launch:
    """One run on a locked data folder."""

    def __init__(self, options: Options, terminal: Terminal, lock: Lock) -> None:
        self.options, self.terminal, self.lock = options, terminal, lock
        self.folder = options.folder.resolve()
        self.logs = self.folder / "log"
        self.supervisor = Supervisor(self.logs, terminal.say, lock.fd)
        self._began = time.monotonic()
        self._stopping = False
        self._environment: Environment | None = None

    def run(self) -> int:
        os.umask(0o077)  # logs and data are nobody else's business
        for number in SIGNALS:
            signal.signal(number, self._on_signal)
        try:
            self._start()
            self._stay()
        except KeyboardInterrupt:
            return 0
        except Exception as error:
            self._explain(error)
            return 1
        finally:
            self._stop()
        return 1

    def _start(self) -> None:
        environment = self._environment = arrange(self.folder, self.options.port)
        variables = dict(environment.variables)
        with self.terminal.step(text("starting_servers")):
            self._start_servers(environment)
        if self._wants_simulator():
            variables |= simulated(environment.ports["simulator"])
            self._start_simulator(environment.ports["simulator"])
        keep(self.folder, variables)
        rows = self._prepare(variables)
        with self.terminal.step(text("starting_shop")):
            self.supervisor.wait_until("web", lambda: is_healthy(self.options.host, self.options.port), WEB_MAY_TAKE)
        self._announce(rows, variables)

    def _start_servers(self, environment: Environment) -> None:
        """Both at once, then wait for each: the slower one decides."""
        ours = [server for server in (environment.embedded.postgres, environment.embedded.valkey) if server]
        for server in ours:
            self.supervisor.start(server.program())
        for server in ours:
            self.supervisor.wait_until(server.program().name, server.is_ready, SERVERS_MAY_TAKE)
        if environment.embedded.postgres:
            environment.embedded.postgres.ensure_database()

    def _wants_simulator(self) -> bool:
        return self.options.simulator and os.environ.get("JISHI_ENV") != "production"

    def _start_simulator(self, port: int) -> None:
        self.supervisor.start(programs.simulator(self.folder, port))
        self.supervisor.wait_until("simulator", lambda: listens("127.0.0.1", port), WEB_MAY_TAKE)

    def _prepare(self, variables: Mapping[str, str]) -> Sequence[Sequence[str]]:
        """Prepare the database, start the shop as soon as it can run, fill the demo shop; returns its logins."""
        arguments = ["demo"] if self.options.demo else []
        with Steps(programs.preparation(variables, *arguments), self.logs / "up.log") as steps:
            with self.terminal.bar(text("preparing")) as progress:
                prepared = steps.follow("prepared", progress)
            for failure in prepared["failed"]:
                self.terminal.complain(text("migration_failed", failure=failure))
            self._start_shop(variables)
            if not self.options.demo:
                return []
            with self.terminal.bar(text("demo")) as progress:
                return steps.follow("logins", progress)["logins"]

    def _start_shop(self, variables: Mapping[str, str]) -> None:
        options = self.options
        for program in programs.shop(variables, options.host, options.port, options.workers):
            self.supervisor.start(program)

    def _announce(self, rows: Sequence[Sequence[str]], variables: Mapping[str, str]) -> None:
        shown = [*rows, (text("health"), f"http://localhost:{self.options.port}/healthz", "")]
        if SIMULATOR in variables:
            shown.append((text("simulator"), variables[SIMULATOR], ""))
        shown.append((text("logs"), str(self.logs), ""))
        self.terminal.table(shown)
        self.terminal.say(text("ready", seconds=time.monotonic() - self._began))

    def _stay(self) -> None:
        while self.supervisor.is_alive:
            time.sleep(0.5)
        self.terminal.complain(text("watcher_failed"))

    def _stop(self) -> None:
        self._stopping = True
        self.terminal.say(text("stopping"))
        self.supervisor.stop()
        if self._environment:
            self._environment.close()
        self.lock.release()
        self.terminal.say(text("stopped", folder=self.folder))

    def _on_signal(self, number: int, frame: Any) -> None:
        """The first ends the run, whatever it is doing; the second ends the patience."""
        if self._stopping:
            self.supervisor.hurry()
            return
        self._stopping = True
        raise KeyboardInterrupt

    def _explain(self, error: Exception) -> None:
        """A refusal in one line; anything else with its traceback in the log."""
        if isinstance(error, LaunchError):
            self.terminal.complain(str(error))
            return
        log = self.logs / "up.log"
        with log.open("a") as file:
            traceback.print_exception(error, file=file)
        self.terminal.complain(text("failed", error=f"{type(error).__name__}: {error}", log=log))


def listens(host: str, port: int) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def is_healthy(host: str, port: int) -> bool:
    """Whether `GET /healthz` answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
