"""Field types of our APIs, strict about what they take."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import marshmallow as ma

from core.money import MAX_FEN

_ID = re.compile(r"[0-9]{1,18}")
_QUANTITY = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?")


class IdField(ma.fields.Field):
    """A bigint that travels as a string of digits, because JavaScript can't hold it as a number."""

    default_error_messages = {"invalid": "编号应为数字字符串"}

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"type": "string", "pattern": "^[0-9]{1,18}$", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise self.make_error("invalid")
        return int(value)


class Fen(ma.fields.Integer):
    """Money in fen: a JSON integer, never a float; negative only where `signed`."""

    default_error_messages = {"invalid": "金额应为整数（分）", "range": "金额超出范围"}

    def __init__(self, *, signed: bool = False, **kwargs: Any) -> None:
        self._minimum = -MAX_FEN if signed else 0
        metadata = {"minimum": self._minimum, "maximum": MAX_FEN, **kwargs.pop("metadata", {})}
        super().__init__(strict=True, metadata=metadata, **kwargs)

    def _validated(self, value: Any) -> int | None:
        if isinstance(value, bool | str):
            raise self.make_error("invalid")
        number = super()._validated(value)
        if number is not None and not self._minimum <= number <= MAX_FEN:
            raise self.make_error("range")
        return number


class Quantity(ma.fields.Field):
    """A positive quantity with at most three places: `"1.236"` or `2` in, a string out."""

    default_error_messages = {"invalid": "数量应为 0.001 到 99999 之间的数，最多三位小数"}

    def __init__(self, **kwargs: Any) -> None:
        metadata = {"type": "string", "pattern": "^[0-9]{1,5}(\\.[0-9]{1,3})?$", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else quantity_text(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
        if not _QUANTITY.fullmatch(text):
            raise self.make_error("invalid")
        try:
            number = Decimal(text)
        except InvalidOperation as error:
            raise self.make_error("invalid") from error
        if number <= 0:
            raise self.make_error("invalid")
        return number


def quantity_text(value: Decimal) -> str:
    """`Decimal("2.000")` → `"2"`, `Decimal("1.230")` → `"1.23"`."""
    return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


class Moment(ma.fields.AwareDateTime):
    """An instant with offset, kept in UTC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", default_timezone=None, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            return super()._deserialize(value, attr, data, **kwargs).astimezone(UTC)
        except OverflowError as error:
            raise self.make_error("invalid", input=value, obj_type="datetime") from error

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
