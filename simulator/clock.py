"""Two clocks: the real one for signature freshness, a virtual one (real + offset) for business time."""

import time
from datetime import datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))


class Clock:
    """Virtual epoch seconds; only ever moves forward by :meth:`advance`."""

    def __init__(self, offset: float = 0.0):
        self.offset = offset

    def now(self) -> float:
        """Business time in epoch seconds."""
        return time.time() + self.offset

    def advance(self, seconds: float) -> None:
        """Move business time forward; raises ValueError for a negative step."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self.offset += seconds


def rfc3339(epoch: float) -> str:
    """``2026-11-21T10:00:00+08:00``, the form every v3 object uses."""
    return shanghai(epoch).isoformat(timespec="seconds")


def shanghai(epoch: float) -> datetime:
    """Aware datetime at the merchant's wall clock."""
    return datetime.fromtimestamp(epoch, SHANGHAI)


def parse_rfc3339(text: str) -> float:
    """Epoch seconds; raises ValueError when malformed or without an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a UTC offset is required")
    return moment.timestamp()
