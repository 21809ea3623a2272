import json
import os
import signal
import subprocess
import sys
import urllib.request

import psutil
import pytest

from core.launcher.folder import free_ports
from tests.launcher.live import all_gone, family, until

READY = "按 Ctrl-C 停止"


class Up:
    """`jishi up` on a folder, without the demo shop."""

    def __init__(self, folder, log):
        (self.port,) = free_ports([0])
        self.log = log
        command = [sys.executable, "-m", "core.cli", "up", "--data-dir", str(folder), "--no-demo"]
        own = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                command, env={**own, "PORT": str(self.port)}, stdout=file, stderr=subprocess.STDOUT
            )

    def said(self):
        return self.log.read_text()

    def wait_until_ready(self):
        until(lambda: READY in self.said() or self.process.poll() is not None, 200)
        assert READY in self.said(), self.said()

    def child(self, *words):
        """The process just below the launcher whose command line has these words."""
        for child in psutil.Process(self.process.pid).children():
            try:
                if set(words) <= set(child.cmdline()):
                    return child.pid
            except psutil.NoSuchProcess:
                continue
        return None

    def health(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=10) as answer:
                return answer.status
        except OSError:
            return None

    def signal(self, number):
        self.process.send_signal(number)
        return self.process.wait(timeout=90)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("up") / "var"


@pytest.fixture(scope="module")
def first(folder):
    up = Up(folder, folder.parent / "first.log")
    up.wait_until_ready()
    yield up
    up.process.kill()
    up.process.wait()


def test_a_shopper_could_order_once_it_is_ready(first):
    assert first.health() == 200
    assert f"http://localhost:{first.port}/healthz" in first.said()


def test_second_start_on_the_same_data_says_so_and_ends(first, folder):
    second = Up(folder, folder.parent / "second.log")
    assert second.process.wait(timeout=60) == 1
    assert second.said() == (
        f"数据目录 {folder} 已有 Jishi 在运行(进程 {first.process.pid},http://localhost:{first.port});"
        "先停掉它,或用 --data-dir 另选目录。\n"
    )
    assert first.health() == 200


def test_start_on_a_taken_port_says_so_and_makes_nothing(first, folder):
    elsewhere = folder.parent / "elsewhere"
    command = [sys.executable, "-m", "core.cli", "up", "--data-dir", str(elsewhere), "--port", str(first.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (
        1,
        f"端口 {first.port} 已被占用;用 PORT=8001 或 --port 8001 换一个。\n",
    )
    assert not elsewhere.exists()


@pytest.mark.parametrize("words", [["serve"], ["worker"], ["clock"], ["simulator"]])
def test_killed_program_comes_back(first, words):
    killed = until(lambda: first.child(*words))
    os.kill(killed, signal.SIGKILL)
    until(lambda: first.child(*words) not in {None, killed}, 60)
    until(lambda: first.health() == 200, 90)


def test_kill_of_the_launcher_leaves_nothing_and_data_survive(first, folder):
    pids, secrets = family(first.process.pid), kept(folder)
    assert len(pids) > 8
    first.signal(signal.SIGKILL)
    until(lambda: all_gone(pids), 60)
    again = Up(folder, folder.parent / "again.log")
    again.wait_until_ready()
    assert again.health() == 200
    assert kept(folder) == secrets
    pids = family(again.process.pid)
    assert again.signal(signal.SIGINT) == 0
    assert all_gone(pids)
    assert again.said().endswith(f"已停止,数据保留在 {folder}\n")


def kept(folder):
    """Everything a restart must find as it was."""
    names = "master.key", "postgres.secret", "valkey.secret"
    return json.loads((folder / "ports.json").read_text()), *((folder / name).read_text() for name in names)


def test_ctrl_c_during_the_start_stops_what_was_started(tmp_path):
    up = Up(tmp_path / "var", tmp_path / "log")
    until(lambda: "PostgreSQL" in up.said() or up.process.poll() is not None, 60)
    pids = family(up.process.pid)
    assert up.signal(signal.SIGINT) == 0
    assert all_gone(pids)
    assert READY not in up.said()
