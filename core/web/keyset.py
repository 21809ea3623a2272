"""Cursors whose sort key is made of whole numbers."""

from __future__ import annotations

from core.errors import Invalid
from core.web.paging import decode_cursor

_LARGEST = 2**63


def integers(cursor: str | None, length: int) -> list[int] | None:
    """The key of `length` bigints, or None without a cursor; raises Invalid for a cursor of another list."""
    key = decode_cursor(cursor, length)
    if key is not None and not all(type(value) is int and abs(value) < _LARGEST for value in key):
        raise Invalid("翻页游标无效，请从第一页重新开始", code="bad_cursor", field="cursor")
    return key


def integer(cursor: str | None) -> int | None:
    """The same for a key of one number."""
    key = integers(cursor, 1)
    return None if key is None else key[0]
