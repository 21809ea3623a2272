"""The product's own programs, as the supervisor starts them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from core.launcher.process import Program

METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Where the processes put their metrics, and `/metrics` finds them all."""


def simulator(folder: Path, port: int) -> Program:
    state = folder / "simulator"
    state.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "simulator", "--port", str(port), "--state-dir", str(state)]
    return Program("simulator", command)


def preparation(env: Mapping[str, str], *arguments: str) -> Program:
    return Program("up", [sys.executable, "-m", "core.launcher.prepare", *arguments], env)


def shop(env: Mapping[str, str], host: str, port: int, workers: int) -> list[Program]:
    """Web, worker and clock; each could be started alone with the same environment."""
    serve = ["serve", "--host", host, "--port", str(port), "--workers", str(workers)]
    return [_jishi("web", env, *serve), _jishi("worker", env, "worker"), _jishi("clock", env, "clock")]


def _jishi(name: str, env: Mapping[str, str], *arguments: str) -> Program:
    return Program(name, [sys.executable, "-m", "core.cli", *arguments], env, grace=12)
