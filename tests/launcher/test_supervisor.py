import os
import signal
import sys
import time

import pytest

from core.launcher.errors import NotReady
from core.launcher.process import Program
from core.launcher.supervisor import Supervisor
from tests.launcher.live import all_gone, family, is_running, python, told, until

SLEEP = ["sleep", "600"]
# Says when it is asked to stop, so that the order can be read from one file.
POLITE = """
import signal, sys, time
def end(*_):
    with open(sys.argv[2], "a") as file: file.write(sys.argv[1] + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
print("listening", flush=True)
while True: time.sleep(1)
"""
STUBBORN = "import signal,time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
LAUNCHER = """
import json, signal, sys, threading
from pathlib import Path
from core.launcher.process import Program
from core.launcher.supervisor import Supervisor
supervisor = Supervisor(Path(sys.argv[1]), print)
nested = "import os; os.fork(); os.fork(); import time; time.sleep(600)"
nested = "from core.launcher.process import forks_end_with_us as f; f(); " + nested
supervisor.start(Program("server", ["sleep", "600"], server=True))
supervisor.start(Program("nested", [sys.executable, "-c", nested]))
while len(supervisor.pids()) < 2: pass
print(json.dumps(supervisor.pids()), flush=True)
signal.pause()
"""


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    supervisor = Supervisor(tmp_path / "log", said.append)
    yield supervisor
    supervisor.stop()


def pid_of(supervisor, name):
    return until(lambda: supervisor.pids().get(name))


def polite(name, file, **how):
    return Program(name, [sys.executable, "-c", POLITE, name, str(file)], **how)


def log_of(tmp_path, name):
    path = tmp_path / "log" / f"{name}.log"
    return path.read_text() if path.exists() else ""


def test_killed_program_comes_back(supervisor, said):
    supervisor.start(Program("web", SLEEP))
    first = pid_of(supervisor, "web")
    os.kill(first, signal.SIGKILL)
    second = until(lambda: supervisor.pids().get("web") not in {None, first} and supervisor.pids()["web"])
    assert is_running(second)
    assert said == ["web 意外退出(信号 9),0.5 秒后重启"]


def test_program_that_keeps_failing_is_started_less_and_less_often(supervisor, said):
    supervisor.start(Program("web", ["false"]))
    until(lambda: len(said) >= 3)
    assert said[:3] == [f"web 意外退出(退出码 1),{delay} 秒后重启" for delay in (0.5, 1.0, 2.0)]


def test_program_that_cannot_be_started_does_not_end_the_watch(supervisor, said):
    supervisor.start(Program("absent", ["/does/not/exist"]))
    supervisor.start(Program("web", SLEEP))
    assert is_running(pid_of(supervisor, "web"))
    until(lambda: any(line.startswith("absent 意外退出") for line in said))


def test_output_is_kept_and_alarms_are_said(supervisor, tmp_path, said):
    supervisor.start(Program("web", ["sh", "-c", "echo fine; echo ValueError: bad >&2; exec sleep 600"]))
    until(lambda: "ValueError: bad\n" in log_of(tmp_path, "web"))
    assert log_of(tmp_path, "web") == "fine\nValueError: bad\n"
    assert said == ["web | ValueError: bad"]


def test_servers_stop_after_everything_else(tmp_path, said):
    order = tmp_path / "order"
    supervisor = Supervisor(tmp_path / "log", said.append)
    supervisor.start(polite("database", order, server=True))
    supervisor.start(polite("web", order))
    until(lambda: all("listening" in log_of(tmp_path, name) for name in ("database", "web")))
    supervisor.stop()
    assert order.read_text() == "web\ndatabase\n"
    assert not supervisor.is_alive
    assert said == []


def test_program_that_does_not_stop_is_killed_after_its_grace(tmp_path, said):
    supervisor = Supervisor(tmp_path / "log", said.append)
    supervisor.start(Program("web", [sys.executable, "-c", STUBBORN], grace=0.3))
    pid = pid_of(supervisor, "web")
    until(lambda: "deaf" in log_of(tmp_path, "web"))
    supervisor.stop()
    assert not is_running(pid)
    assert said == ["web 在 0 秒内没有停下,已强行结束"]


def test_hurry_does_not_wait_for_the_grace(tmp_path, said):
    supervisor = Supervisor(tmp_path / "log", said.append)
    supervisor.start(Program("web", [sys.executable, "-c", STUBBORN], grace=600))
    until(lambda: "deaf" in log_of(tmp_path, "web"))
    began = time.monotonic()
    supervisor.hurry()
    supervisor.stop()
    assert time.monotonic() - began < 60


def test_what_a_program_forked_stops_with_it(tmp_path, said):
    supervisor = Supervisor(tmp_path / "log", said.append)
    supervisor.start(Program("web", ["sh", "-c", "sleep 600 & echo forked; wait"]))
    until(lambda: "forked" in log_of(tmp_path, "web"))
    pids = family(pid_of(supervisor, "web"))
    supervisor.stop()
    assert len(pids) == 2
    until(lambda: all_gone(pids))


def test_killed_launcher_leaves_nothing(tmp_path):
    launcher = python(LAUNCHER, str(tmp_path))
    names = told(launcher)
    pids = until(lambda: len(found := family(launcher.pid)[1:]) == 5 and found)
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    assert set(names.values()) <= set(pids)
    until(lambda: all_gone(pids))


def test_not_ready_says_what_the_program_said_last(supervisor):
    supervisor.start(Program("web", ["sh", "-c", "echo no such table; exec sleep 600"]))
    with pytest.raises(NotReady, match="(?s)web .*no such table"):
        supervisor.wait_until("web", lambda: False, seconds=1)


def test_waiting_ends_early_for_a_program_that_keeps_dying(supervisor):
    supervisor.start(Program("web", ["sh", "-c", "echo cannot bind; exit 3"]))
    began = time.monotonic()
    with pytest.raises(NotReady, match="cannot bind"):
        supervisor.wait_until("web", lambda: False, seconds=600)
    assert time.monotonic() - began < 60
