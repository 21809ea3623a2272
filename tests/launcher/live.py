"""Looking at processes that live and die on their own time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil


def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """The first truthy answer of `condition`; an AssertionError when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not so within {seconds} s"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Whether `pid` executes; one that ended and waits for its parent does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def all_gone(pids: list[int]) -> bool:
    return not any(is_running(pid) for pid in pids)


def family(pid: int) -> list[int]:
    """The process and everything below it."""
    process = psutil.Process(pid)
    return [pid, *(child.pid for child in process.children(recursive=True))]


def python(source: str, *arguments: str) -> subprocess.Popen[str]:
    """Run `source` in a Python of its own; read what it says from `stdout`."""
    return subprocess.Popen(
        [sys.executable, "-c", source, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def told(process: subprocess.Popen[str]) -> Any:
    """The next line of JSON that the process prints; lines before it are passed over."""
    for line in process.stdout:
        if line.startswith(("{", "[")):
            return json.loads(line)
    raise AssertionError(f"ended with {process.wait()} and said nothing")
