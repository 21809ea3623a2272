import signal
import socket
import stat

import pytest

from core.launcher.errors import AlreadyRunning
from core.launcher.folder import free_ports, hold, is_free, ports, secret
from tests.launcher.live import is_running, python, told

HOLDER = """
import json, os, signal, subprocess, sys
from pathlib import Path
from core.launcher.folder import hold
lock = hold(Path(sys.argv[1]), "http://localhost:8123", print)
server = subprocess.Popen(["sleep", sys.argv[2]], pass_fds=[lock.fd])
print(json.dumps([os.getpid(), server.pid]), flush=True)
signal.pause()
"""


@pytest.fixture
def said():
    return []


def test_second_holder_is_told_who_runs(tmp_path, said):
    holder = python(HOLDER, str(tmp_path), "0")
    pid, _ = told(holder)
    with pytest.raises(AlreadyRunning) as refusal:
        hold(tmp_path, "http://localhost:8000", said.append)
    holder.kill()
    holder.wait()
    assert str(refusal.value) == (
        f"数据目录 {tmp_path} 已有 Jishi 在运行(进程 {pid},http://localhost:8123);先停掉它,或用 --data-dir 另选目录。"
    )
    assert said == []


def test_lock_of_a_killed_holder_is_free_only_when_its_servers_are_gone(tmp_path, said):
    holder = python(HOLDER, str(tmp_path), "1")
    _, server = told(holder)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    lock = hold(tmp_path, "http://localhost:8000", said.append)
    assert said == ["上一次的服务正在停止,请稍候…"]
    assert not is_running(server)
    lock.release()


def test_released_lock_can_be_taken_again(tmp_path, said):
    hold(tmp_path, "http://localhost:8000", said.append).release()
    hold(tmp_path, "http://localhost:8000", said.append).release()
    assert said == []


def test_ports_stay_the_same_while_they_are_free(tmp_path):
    first = ports(tmp_path, "postgres", "valkey")
    assert ports(tmp_path, "postgres", "valkey") == first


def test_port_taken_by_somebody_else_is_replaced(tmp_path):
    first = ports(tmp_path, "postgres", "valkey")
    with socket.create_server(("127.0.0.1", first["postgres"])):
        second = ports(tmp_path, "postgres", "valkey")
    assert second["postgres"] != first["postgres"]
    assert second["valkey"] == first["valkey"]


def test_free_ports_are_all_different():
    assert len(set(free_ports([0] * 20))) == 20


def test_is_free_of_a_port_with_a_listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


def test_secret_is_made_once_and_readable_by_its_owner_only(tmp_path):
    first = secret(tmp_path / "key")
    assert secret(tmp_path / "key") == first
    assert len(first) == 32
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600
