"""Text that people enter: trimmed, bounded, and free of what PostgreSQL or a terminal chokes on."""

from __future__ import annotations

import re
from typing import Any

import marshmallow as ma
from marshmallow.validate import Length, Regexp

_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
PHONE = re.compile(r"1[3-9][0-9]{9}")


class Text(ma.fields.String):
    """`shortest` to `longest` characters after trimming; control characters and lone surrogates are refused."""

    default_error_messages = {"unprintable": "不能含有控制字符"}

    def __init__(self, longest: int, shortest: int = 1, **kwargs: Any) -> None:
        checks = [Length(shortest, longest, error=f"长度应为 {shortest} 到 {longest} 个字")]
        super().__init__(validate=[*checks, *kwargs.pop("checks", ())], **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs).strip()
        if _UNPRINTABLE.search(text):
            raise self.make_error("unprintable")
        return text


class Phone(ma.fields.String):
    """A mobile number of the mainland, 11 digits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=Regexp(rf"^{PHONE.pattern}\Z", error="请填写 11 位手机号"), **kwargs)
