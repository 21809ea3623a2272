"""Where the programs' output goes: every line into `<name>.log`, what is alarming onto the terminal too."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

ROTATE_AT = 16 * 1024 * 1024
KEPT_ROTATIONS = 3
SAY_AGAIN_AFTER = 10.0
LONGEST_SAID = 300
ALARMING = r'"level": ?"(?:error|critical)"|\[(?:ERROR|CRITICAL)\]|^[\w.]*(?:Error|Exception)\b'


class LogFile:
    """A file that is appended to line by line and set aside as `.1`, `.2`… when it has grown."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._open()

    def write(self, line: bytes) -> None:
        self._file.write(line)
        self._size += len(line)
        if self._size > ROTATE_AT:
            self._rotate()

    def close(self) -> None:
        self._file.close()

    def _open(self) -> None:
        self._file = self.path.open("ab", buffering=0)
        self._size = self.path.stat().st_size

    def _rotate(self) -> None:
        self._file.close()
        for number in range(KEPT_ROTATIONS - 1, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{number}")
            if older.exists():
                older.rename(self.path.with_name(f"{self.path.name}.{number + 1}"))
        self.path.rename(self.path.with_name(self.path.name + ".1"))
        self._open()


class Output:
    """All that one program ever says, over its restarts."""

    def __init__(self, name: str, log: Path, say: Callable[[str], None], alarming: str | None = None) -> None:
        self.name = name
        self.muted = False
        self._log = LogFile(log)
        self._say = say
        self._alarming = re.compile(alarming or ALARMING)
        self._last = deque[str](maxlen=15)
        self._said: dict[str, float] = {}
        # The output of a program that ended can still be read to its end while its successor talks already.
        self._turn = threading.Lock()

    def tail(self) -> str:
        return "\n".join(self._last)

    def follow(self, pipe: IO[bytes]) -> threading.Thread:
        """Read `pipe` to its end in a thread of its own, so that the program never waits for us."""
        thread = threading.Thread(target=self._read, args=(pipe,), name=f"output-{self.name}", daemon=True)
        thread.start()
        return thread

    def _read(self, pipe: IO[bytes]) -> None:
        with pipe:
            for line in pipe:
                with self._turn:
                    self._take(line)

    def _take(self, line: bytes) -> None:
        with contextlib.suppress(OSError):  # a full disk must not stop the program
            self._log.write(line)
        said = line.decode(errors="replace").rstrip()
        self._last.append(said)
        if not self.muted and self._alarming.search(said):
            self._alarm(summary(said))

    def _alarm(self, said: str) -> None:
        """The same alarm again and again is said once in ten seconds; the log file has them all."""
        kind, now = re.sub(r"\d+", "0", said)[:80], time.monotonic()
        if now - self._said.get(kind, -SAY_AGAIN_AFTER) >= SAY_AGAIN_AFTER:
            self._said[kind] = now
            self._say(f"{self.name} | {said}")


def summary(line: str) -> str:
    """A structured line as `event key=value…`, any other as it is; never longer than a few terminal lines."""
    try:
        fields = json.loads(line)
        event = fields.pop("event")
    except (ValueError, KeyError, TypeError, AttributeError):
        return line[:LONGEST_SAID]
    if "exception" in fields:
        fields["exception"] = str(fields["exception"]).strip().splitlines()[-1:]
    rest = " ".join(f"{key}={value}" for key, value in fields.items() if key not in {"level", "timestamp"})
    return f"{event} {rest}"[:LONGEST_SAID]
