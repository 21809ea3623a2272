"""The one source of time. Tests travel by `travel(seconds)`; nothing else may ask the system for the hour."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SHOP_ZONE = ZoneInfo("Asia/Shanghai")

_offset: ContextVar[timedelta] = ContextVar("clock_offset", default=timedelta())


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC) + _offset.get()


def shop_time(instant: datetime) -> datetime:
    """The same instant on the shop's wall clock (Asia/Shanghai)."""
    return instant.astimezone(SHOP_ZONE)


@contextmanager
def travel(seconds: float) -> Iterator[None]:
    """Within the block `now()` lies `seconds` ahead of the real clock; nested calls add up."""
    token = _offset.set(_offset.get() + timedelta(seconds=seconds))
    try:
        yield
    finally:
        _offset.reset(token)
