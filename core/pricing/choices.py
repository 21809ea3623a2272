"""What a shopper chose at plugins (`choices`): bounded on the way in, unchangeable on the way to the plugins. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import marshmallow as ma
import orjson

MAX_BYTES = 4096
MAX_PLUGINS = 20
_NAME = re.compile(r"[a-z][a-z0-9]{2,29}")

Choices = Mapping[str, Mapping[str, Any]]
NONE: Choices = MappingProxyType({})


class ChoicesField(ma.fields.Field):
    """`{"lottery": {"ticket": 7}}`: an object of objects by plugin name, at most 20 of them and 4 KB together.

    What comes out is a copy of JSON types with sorted keys, so that equal choices are equal bytes.
    """

    default_error_messages = {
        "invalid": "应为对象：插件名 → 该插件的选项对象",
        "many": f"最多 {MAX_PLUGINS} 个插件",
        "large": f"内容过大，合计不能超过 {MAX_BYTES} 字节",
        "unreadable": "含有无法处理的值",
    }

    def __init__(self, **kwargs: Any) -> None:
        metadata = {
            "type": "object",
            "maxProperties": MAX_PLUGINS,
            "propertyNames": {"pattern": f"^{_NAME.pattern}$"},
            "additionalProperties": {"type": "object"},
            "description": "what the shopper chose at plugins, by plugin name; at most 4 KB",
        }
        super().__init__(load_default=dict, metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, dict[str, Any]]:
        if not isinstance(value, dict) or not all(_NAME.fullmatch(name) for name in value):
            raise self.make_error("invalid")
        if not all(isinstance(own, dict) for own in value.values()):
            raise self.make_error("invalid")
        if len(value) > MAX_PLUGINS:
            raise self.make_error("many")
        return orjson.loads(self._bytes(value))

    def _bytes(self, value: dict[str, Any]) -> bytes:
        """Sorted JSON; lone surrogates, huge numbers and endless nesting can't be written, NUL can't be stored."""
        try:
            written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        except (TypeError, ValueError) as error:
            raise self.make_error("unreadable") from error
        if len(written) > MAX_BYTES:
            raise self.make_error("large")
        if b"\\u0000" in written:
            raise self.make_error("unreadable")
        return written


def frozen(choices: Choices) -> Choices:
    """The same for plugins to read: mappings that refuse writes, tuples for lists."""
    return MappingProxyType({name: _frozen(own) for name, own in choices.items()}) if choices else NONE


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return MappingProxyType({name: _frozen(item) for name, item in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
