import json
import os
import signal
import subprocess
import sys

import pytest

from core.launcher.process import HAS_DEATH_SIGNAL, Program, run_as, spawn
from tests.launcher.live import all_gone, family, is_running, python, told, until

SPAWNER = """
import json, signal, subprocess, sys
from core.launcher.process import Program, spawn
program = Program("sleeper", ["sleep", "600"])
process = spawn(program, subprocess.DEVNULL, guarded=sys.argv[1] == "guarded")
print(json.dumps([process.pid]), flush=True)
signal.pause()
"""
FORKER = """
import json, os, signal, time
from core.launcher.process import forks_end_with_us
forks_end_with_us()
reading, writing = os.pipe()
child = os.fork()
if child == 0:
    grandchild = os.fork()
    if grandchild:
        os.write(writing, json.dumps([os.getpid(), grandchild]).encode())
    signal.pause()
print(os.read(reading, 100).decode(), flush=True)
signal.pause()
"""
LISTING = "import json,os; print(json.dumps(sorted(int(name) for name in os.listdir('/dev/fd'))))"
WAYS = ["guarded", "by the kernel"] if HAS_DEATH_SIGNAL else ["guarded"]
USERS = [("userns", 1000), ("nobody", 65534)] if os.getuid() == 0 else [("plain", os.getuid())]


def output_of(program, **how):
    process = spawn(program, subprocess.PIPE, **how)
    return json.loads(process.communicate()[0])


@pytest.mark.parametrize("way", WAYS)
def test_program_ends_when_its_starter_is_killed(way):
    starter = python(SPAWNER, way)
    pids = family(*told(starter))
    assert all(is_running(pid) for pid in pids)
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    until(lambda: all_gone(pids))


def test_forks_of_forks_end_with_the_first_process():
    forker = python(FORKER)
    pids = told(forker)
    forker.send_signal(signal.SIGKILL)
    forker.wait()
    until(lambda: all_gone(pids))


def test_spawned_program_is_away_from_our_terminal():
    assert output_of(Program("report", [sys.executable, "-c", "import os; print(int(os.getsid(0) == os.getpid()))"]))


def test_spawned_program_has_the_default_broken_pipe_signal():
    process = spawn(Program("pipe", ["/bin/sh", "-c", "kill -PIPE $$"]), subprocess.DEVNULL)
    assert process.wait() == -signal.SIGPIPE


@pytest.mark.parametrize("guarded", [False, True])
def test_spawned_program_inherits_only_the_files_it_is_handed(tmp_path, guarded):
    fd = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    fds = output_of(Program("listing", [sys.executable, "-c", LISTING]), inherit=[fd], guarded=guarded)
    os.close(fd)
    assert fd in fds
    assert len([number for number in fds if number > 2]) == 2  # the lock and the listing itself


def test_guarded_program_gets_the_signals_and_hands_back_its_code():
    loop = "import signal,sys; signal.signal(15, lambda *_: sys.exit(7)); print('[]', flush=True); signal.pause()"
    process = spawn(Program("loop", [sys.executable, "-c", loop]), subprocess.PIPE, guarded=True)
    assert process.stdout.readline() == b"[]\n"
    process.terminate()
    assert process.wait() == 7


@pytest.mark.parametrize(("mode", "uid"), USERS)
def test_program_runs_as_the_user_of_its_mode(mode, uid):
    done = run_as(mode, ["/usr/bin/env", "id", "-u"])
    assert (done.returncode, done.stdout.strip()) == (0, str(uid))
