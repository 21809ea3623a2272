import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from core.launcher.folder import free_ports
from core.launcher.programs import METRICS_VARIABLE
from core.launcher.web import forget_dead_processes, metrics_folder
from tests.launcher.live import all_gone, until

SERVER = """
import sys
from core.launcher import web
web.server("127.0.0.1", int(sys.argv[1]), 2, "tests.launcher.tiny:app").serve(target_loader=web.load)
"""


@pytest.fixture
def served():
    (port,) = free_ports([0])
    process = subprocess.Popen([sys.executable, "-c", SERVER, str(port)])
    yield process, f"http://127.0.0.1:{port}/"
    process.kill()
    process.wait()


def answering(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.read())
    except OSError:
        return None


def workers(process):
    return {child.pid for child in psutil.Process(process.pid).children()}


def test_killed_server_leaves_no_worker_process(served):
    process, url = served
    until(lambda: len(workers(process)) == 2 and answering(url))
    pids = list(workers(process))
    process.send_signal(signal.SIGKILL)
    process.wait()
    until(lambda: all_gone(pids))
    assert answering(url) is None


def test_killed_worker_process_is_replaced(served):
    process, url = served
    first = until(lambda: answering(url))
    os.kill(first, signal.SIGKILL)
    until(lambda: len(workers(process) - {first}) == 2)
    assert until(lambda: answering(url)) != first


def test_server_stops_at_sigterm(served):
    process, url = served
    until(lambda: answering(url))
    pids = list(workers(process))
    process.terminate()
    assert process.wait(timeout=30) == 0
    assert all_gone(pids)


def test_server_stops_at_a_burst_of_signals(served):
    process, url = served
    until(lambda: answering(url))
    pids = list(workers(process))
    for _ in range(200):
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
    assert all_gone(pids)


def test_metrics_folder_of_the_launcher_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv(METRICS_VARIABLE, str(tmp_path / "metrics"))
    with metrics_folder() as folder:
        (folder / "counter_1.db").touch()
    assert (folder / "counter_1.db").exists()


def test_metrics_folder_of_a_lone_server_is_removed(monkeypatch):
    monkeypatch.delenv(METRICS_VARIABLE, raising=False)
    with metrics_folder() as folder:
        assert os.environ[METRICS_VARIABLE] == str(folder)
    assert METRICS_VARIABLE not in os.environ
    assert not folder.exists()


def test_only_live_gauges_of_dead_processes_are_forgotten(tmp_path):
    dead = subprocess.Popen(["true"])
    dead.wait()
    names = [f"{kind}_{pid}.db" for kind in ("gauge_liveall", "counter") for pid in (dead.pid, os.getpid())]
    for name in names:
        (tmp_path / name).touch()
    forget_dead_processes(tmp_path)
    assert {path.name for path in Path(tmp_path).iterdir()} == set(names) - {f"gauge_liveall_{dead.pid}.db"}
