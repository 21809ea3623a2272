"""Putting an error of somebody else's code into text: whatever it is, some text comes out and any database takes it."""

from __future__ import annotations

import traceback

MAX_LINE = 500
MAX_TRACE = 8000


def told(error: BaseException) -> str:
    """The error in a line, without its traceback."""
    try:
        line = f"{type(error).__name__}: {error}"
    except Exception:
        line = type(error).__name__
    return _storable(line[:MAX_LINE])


def trace(error: BaseException) -> str:
    """The end of the traceback."""
    return _storable("".join(traceback.format_exception(error))[-MAX_TRACE:])


def _storable(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
