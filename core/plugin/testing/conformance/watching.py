"""Spies: which code ran, which statements were sent, who asked for the time."""

from __future__ import annotations

import datetime
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Engine, event

_CLOCKS = {id(getattr(time, name)) for name in ("time", "time_ns", "monotonic", "perf_counter", "localtime", "gmtime")}
_NOW = {"now", "utcnow", "today"}


@contextmanager
def code_run(folder: Path) -> Iterator[list[str]]:
    """Names of the functions of files in `folder` that run inside the block, in this thread and in new ones."""
    ran: list[str] = []
    prefix = f"{folder}/"

    def watch(frame: FrameType, what: str, _: Any) -> None:
        if frame.f_code.co_filename.startswith(prefix):
            name = f"{frame.f_code.co_filename.removeprefix(prefix)}:{frame.f_code.co_qualname}"
            if name not in ran:
                ran.append(name)

    before = sys.gettrace()
    sys.settrace(watch)
    threading.settrace(watch)
    try:
        yield ran
    finally:
        sys.settrace(before)
        threading.settrace(before)  # type: ignore[arg-type]


@contextmanager
def clock_asked() -> Iterator[list[str]]:
    """Every question for the time inside the block, with the line that asked."""
    asked: list[str] = []

    def watch(frame: FrameType, what: str, function: Any) -> None:
        if what == "c_call" and _tells_time(function):
            asked.append(f"{function.__qualname__} in {frame.f_code.co_filename}:{frame.f_lineno}")

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield asked
    finally:
        sys.setprofile(before)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """SQL that goes to the tenants' tables inside the block."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        sent.append(" ".join(statement.split())[:200])

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _tells_time(function: Any) -> bool:
    if id(function) in _CLOCKS:
        return True
    owner = getattr(function, "__self__", None)
    return function.__name__ in _NOW and isinstance(owner, type) and issubclass(owner, datetime.date)
