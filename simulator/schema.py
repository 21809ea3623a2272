"""A strict reader of JSON bodies: unknown fields, wrong types, lengths and missing fields are violations."""

import re
from dataclasses import dataclass, field
from typing import Any


class Violation(Exception):
    """``kind``: unknown | missing | type | range. ``field`` is the path from the root, parts joined by '/'."""

    def __init__(self, kind: str, where: str, value: Any):
        super().__init__(f"{where}: {kind}")
        self.kind, self.field, self.value = kind, where or "/", value


@dataclass(frozen=True)
class Text:
    low: int = 0
    high: int = 1 << 20
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    required: bool = False

    def check(self, value, where: str) -> None:
        if not isinstance(value, str):
            raise Violation("type", where, value)
        if not self.low <= len(value) <= self.high:
            raise Violation("range", where, value)
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise Violation("range", where, value)
        if self.choices and value not in self.choices:
            raise Violation("range", where, value)


@dataclass(frozen=True)
class Whole:
    """An integer; ``true`` and ``1.0`` are not."""

    low: int = 0
    high: int = 10**10
    required: bool = False

    def check(self, value, where: str) -> None:
        if type(value) is not int:
            raise Violation("type", where, value)
        if not self.low <= value <= self.high:
            raise Violation("range", where, value)


@dataclass(frozen=True)
class Number:
    required: bool = False

    def check(self, value, where: str) -> None:
        if type(value) not in (int, float):
            raise Violation("type", where, value)


@dataclass(frozen=True)
class Flag:
    required: bool = False

    def check(self, value, where: str) -> None:
        if not isinstance(value, bool):
            raise Violation("type", where, value)


@dataclass(frozen=True)
class Many:
    item: Any
    low: int = 0
    high: int = 6000
    required: bool = False

    def check(self, value, where: str) -> None:
        if not isinstance(value, list):
            raise Violation("type", where, value)
        if not self.low <= len(value) <= self.high:
            raise Violation("range", where, len(value))
        for number, entry in enumerate(value):
            self.item.check(entry, f"{where}/{number}")


@dataclass(frozen=True)
class Anything:
    """Any JSON object."""

    required: bool = False

    def check(self, value, where: str) -> None:
        if not isinstance(value, dict):
            raise Violation("type", where, value)


@dataclass(frozen=True)
class Record:
    fields: dict = field(default_factory=dict)
    required: bool = False

    def check(self, value, where: str = "") -> None:
        if not isinstance(value, dict):
            raise Violation("type", where, value)
        for name in value:
            if name not in self.fields:
                raise Violation("unknown", f"{where}/{name}", value[name])
        for name, spec in self.fields.items():
            self._field(spec, value, name, f"{where}/{name}")

    @staticmethod
    def _field(spec, value: dict, name: str, where: str) -> None:
        if name in value:
            spec.check(value[name], where)
        elif spec.required:
            raise Violation("missing", where, None)
