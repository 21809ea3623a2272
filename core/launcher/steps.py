"""Following a program that tells on its stdout, line by line in JSON, how far it is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from core.launcher.errors import LaunchError
from core.launcher.process import Program, spawn
from core.launcher.texts import text


class Steps:
    """The program runs as long as the block; what it writes to stderr goes to `log`."""

    def __init__(self, program: Program, log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log
        with log.open("ab") as file:
            self._process = spawn(program, subprocess.PIPE, errors=file)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it if the block ended early; wait for it if it is done anyway."""
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    def follow(self, goal: str, progress: Callable[[int, int], None]) -> dict[str, Any]:
        """The first event that has the key `goal`; on the way, steps go to `progress(done, total)`.

        Raises LaunchError with the last line of the log if the program ends before.
        """
        for line in self._process.stdout:
            event = json.loads(line)
            if goal in event:
                return event
            progress(event["done"], event["total"])
        last = self._log.read_text(errors="replace").rstrip().rpartition("\n")[2]
        raise LaunchError(text("failed", error=last, log=self._log))
