"""Pages that turn both ways: a cursor says from which row, and in which direction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from core.errors import Invalid
from core.web.paging import decode_cursor, encode_cursor

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST = 2**63
_ONWARD, _BACK = 1, 0


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """The rows of a page in the order of the list; a cursor is None where the list ends."""

    items: list[T]
    next_cursor: str | None = None
    previous_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins: behind the row with `key`, or before it when `backwards`; no key is the first page."""

    key: tuple[Any, ...] | None = None
    backwards: bool = False

    @property
    def direction(self) -> str:
        return "back" if self.backwards else "first" if self.key is None else "on"


def place(cursor: str | None, *kinds: type) -> Place:
    """Read a cursor of `page` whose key has values of `kinds` (int, str); raises Invalid for any other."""
    found = decode_cursor(cursor, len(kinds) + 1)
    if found is None:
        return Place()
    way, *key = found
    fits = all(type(value) is kind for value, kind in zip(key, kinds, strict=True))
    if way not in (_ONWARD, _BACK) or not fits or any(type(v) is int and abs(v) >= _LARGEST for v in key):
        raise bad_cursor()
    return Place(tuple(key), way == _BACK)


def page(rows: Sequence[T], limit: int, start: Place, key: Callable[[T], Sequence[Any]]) -> Page[T]:
    """The page out of up to `limit` + 1 rows that were read from `start` in its direction."""
    items, more = list(rows[:limit]), len(rows) > limit
    if not items:
        return Page([])
    if start.backwards:
        items.reverse()
    onward, back = (True, more) if start.backwards else (more, start.key is not None)
    return Page(
        items,
        encode_cursor(_ONWARD, *key(items[-1])) if onward else None,
        encode_cursor(_BACK, *key(items[0])) if back else None,
    )


def micros(moment: datetime) -> int:
    """An instant as it stands in a cursor: microseconds since 1970."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(value: int) -> datetime:
    """The instant of `micros`; raises Invalid beyond the calendar."""
    try:
        return _EPOCH + timedelta(microseconds=value)
    except OverflowError:
        raise bad_cursor() from None


def bad_cursor() -> Invalid:
    return Invalid("翻页游标无效，请从第一页重新开始", code="bad_cursor", field="cursor")
