"""The tutorial, followed as it stands: files are written, commands typed, in an environment that has jishi from a wheel.

To keep this short, what was typed once is not typed again before its last time, and section 11, which looks at the whole
platform, is left out; with JISHI_CLEAN_INSTALL=1 (`make test-examples`) every command runs where it stands.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.launcher.folder import free_ports
from core.launcher.throwaway import Throwaway
from tests.docs.fences import PAGES, Fence, fences
from tests.examples.environment import (
    LONG,
    Environment,
    build,
    environ,
    for_tests,
    make_environment,
    product_without_plugins,
)

DONE_BEFORE = {"python -m venv .venv", ". .venv/bin/activate", "pip install jishi"}
"""How the reader gets the environment that the fixture makes."""
PORT = "8080"
START_MAY_TAKE = 120
BESIDE_A_PLATFORM = {"background", "beside"}
PIP = """#!/bin/sh
exec {python} -m pip --python {environment} --quiet "$@" --no-deps --no-index --no-build-isolation
"""
PYTEST = """#!/bin/sh
exec {environment} -m pytest "$@"
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """What the reader has after section 0; `pip` there is ours and knows no network, all it needs is there."""
    scratch = tmp_path_factory.mktemp("tutorial")
    environment = make_environment(scratch / "environment")
    environment.install(build(product_without_plugins(scratch / "product"), scratch))
    for name, text in (("pip", PIP), ("pytest", PYTEST)):
        script = environment.folder / "bin" / name
        script.write_text(text.format(python=sys.executable, environment=environment.python), "utf-8")
        script.chmod(0o755)
    return environment


class Desk:
    """Where the reader sits: a folder, a shell, and what was left running in another terminal."""

    def __init__(self, environment: Environment, folder: Path, servers: Throwaway, port: str) -> None:
        self.folder, self._port, self._running = folder, port, []
        self._environ = environ() | for_tests(servers) | {
            "PATH": f"{environment.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        assert target.parent.is_dir(), f"the reader has no folder {target.parent}"
        target.write_text(text, "utf-8")

    def type(self, fence: Fence, commands: list[str]) -> str:
        """Type commands into one shell; a `cd` stays for the next block."""
        where = self.folder / ".where"
        script = "\n".join(["set -e", *commands, f"pwd > '{where}'"]).replace(PORT, self._port)
        done = subprocess.run(["bash", "-c", script], cwd=self.folder, env=self._environ, capture_output=True, text=True)
        assert done.returncode == 0, f"{fence}\n{script}\n{done.stdout}\n{done.stderr}"
        self.folder = Path(where.read_text("utf-8").strip())
        where.unlink()
        return done.stdout

    def leave_running(self, command: str) -> None:
        """Type a command in another terminal and wait until what it starts answers."""
        log = (self.folder / "background.log").open("w")
        arguments = command.replace(PORT, self._port).split()
        self._running.append(
            subprocess.Popen(arguments, cwd=self.folder, env=self._environ, stdout=log, stderr=log, start_new_session=True)
        )
        until = f"curl --silent --fail --retry {START_MAY_TAKE} --retry-delay 1 --retry-all-errors"
        subprocess.run([*until.split(), f"http://demo.localhost:{self._port}/store/api/v1/capabilities"], check=True)

    def leave(self) -> None:
        for process in self._running:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@pytest.fixture
def desk(environment: Environment, throwaway: Throwaway, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(environment, tmp_path, throwaway, str(free_ports([0])[0]))
    yield desk
    desk.leave()


def plan() -> Iterator[tuple[Fence, list[str]]]:
    """The blocks in order, with the commands to type: of pytest's with `-k` the last one is that without."""
    blocks = list(fences(PAGES / "tutorial.md"))
    last = {command.partition(" -k ")[0]: fence.line for fence in blocks for command in fence.commands()}
    for fence in blocks:
        if fence.option in BESIDE_A_PLATFORM and not LONG:
            continue
        typed = [command for command in fence.commands() if command not in DONE_BEFORE]
        yield fence, [command for command in typed if LONG or last[command.partition(" -k ")[0]] == fence.line]


def test_tutorial_ends_with_a_working_lottery(desk: Desk):
    said = []
    for fence, commands in plan():
        if fence.option.startswith("file="):
            desk.write(fence.option.removeprefix("file="), fence.body)
        elif fence.option == "background":
            desk.leave_running(commands[0])
        elif commands:
            said.append(desk.type(fence, commands))
    shown = "".join(said)
    assert "lottery 没有发现问题" in shown
    assert ('"name":"lottery"' in shown, '"奖品与概率"' in shown) == (LONG, LONG)
    assert list((desk.folder / "dist").glob("jishi_lottery-0.1.0-*.whl")) != []

