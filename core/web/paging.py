"""Keyset paging: a cursor is the sort key of the last row, so that page 1,000 costs what page 1 costs."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Any

import orjson

from core.errors import Invalid

MAX_LIMIT = 100
_LARGEST = 2**63


def encode_cursor(*key: Any) -> str:
    """An opaque token for a sort key of JSON values."""
    return urlsafe_b64encode(orjson.dumps(key, default=str)).rstrip(b"=").decode()


def decode_cursor(cursor: str | None, length: int) -> list[Any] | None:
    """The sort key of `length` values, or None without a cursor; raises Invalid for a cursor that we did not make."""
    if not cursor:
        return None
    try:
        key = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, Base64Error):
        key = None
    if not isinstance(key, list) or len(key) != length or not all(isinstance(v, str | int) for v in key):
        raise _bad_cursor()
    return key


def integers(cursor: str | None, length: int) -> list[int] | None:
    """The key of `length` bigints, or None without a cursor; raises Invalid for a cursor of another list."""
    key = decode_cursor(cursor, length)
    if key is not None and not all(type(value) is int and abs(value) < _LARGEST for value in key):
        raise _bad_cursor()
    return key


def integer(cursor: str | None) -> int | None:
    """The same for a key of one number."""
    key = integers(cursor, 1)
    return None if key is None else key[0]


def word(cursor: str | None) -> str | None:
    """The same for a key of one text."""
    key = decode_cursor(cursor, 1)
    if key is None:
        return None
    if not isinstance(key[0], str) or "\x00" in key[0]:
        raise _bad_cursor()
    return key[0]


def _bad_cursor() -> Invalid:
    return Invalid("翻页游标无效，请从第一页重新开始", code="bad_cursor", field="cursor")
