"""What may be said: the types of blocks, actions and slots of `blocks.schema.json`, compiled once per process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

import orjson
from jsonschema_rs import Draft202012Validator

from core.host.blocks.errors import Misfit
from core.host.blocks.shapes import Shape, Sort, members

_LONGEST_FAULT = 300


@dataclass
class Kind:
    """A type of block or action: from which level on, what it takes, and whether it has children."""

    name: str
    definition: Mapping[str, Any]
    defs: Mapping[str, Any] = field(repr=False)

    @property
    def since(self) -> int:
        return self.definition["since"]

    @property
    def container(self) -> bool:
        return bool(self.definition.get("container"))

    @cached_property
    def shape(self) -> Shape:
        return Shape(Sort.OBJECT, members(self.definition, self.defs))

    def check(self, value: Mapping[str, Any]) -> None:
        """Raise Misfit unless `value` (props of a block, a whole action) fits."""
        _check(self._whole, value, self.name)

    def check_part(self, value: Mapping[str, Any]) -> None:
        """The same for new props of a block that is there: nothing is required."""
        _check(self._part, value, self.name)

    @cached_property
    def _whole(self) -> Draft202012Validator:
        return Draft202012Validator({**self.definition, "$defs": self.defs})

    @cached_property
    def _part(self) -> Draft202012Validator:
        loose = {key: part for key, part in self.definition.items() if key not in ("required", "anyOf")}
        return Draft202012Validator({**loose, "$defs": self.defs})


class Vocabulary:
    """One version of the protocol; `level` is the highest block level it knows."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        defs = schema["$defs"]
        self.level: int = schema["level"]
        self.blocks = {name: Kind(name, defs[f"block.{name}"], defs) for name in _named(defs, "block.")}
        self.actions = {name: Kind(name, defs[f"action.{name}"], defs) for name in _named(defs, "action.")}
        self.slots: dict[str, frozenset[str]] = {
            slot["const"]: frozenset(slot.get("types", self.blocks)) for slot in defs["slot"]["oneOf"]
        }
        self._page = Draft202012Validator(dict(schema))

    def check_page(self, page: Mapping[str, Any]) -> None:
        """Raise Misfit unless a page fits; its blocks were checked one by one."""
        _check(self._page, {**page, "blocks": []}, "page")


@lru_cache(maxsize=1)
def standard() -> Vocabulary:
    """The protocol that we speak."""
    return Vocabulary(orjson.loads((files("core.plugin") / "blocks.schema.json").read_bytes()))


def _named(defs: Mapping[str, Any], prefix: str) -> list[str]:
    return [name.removeprefix(prefix) for name in defs if name.startswith(prefix)]


def _check(validator: Draft202012Validator, value: Any, about: str) -> None:
    if validator.is_valid(value):
        return
    for error in validator.iter_errors(value):
        where = ".".join(map(str, [about, *error.instance_path]))
        raise Misfit(f"{where}: {error.message}"[:_LONGEST_FAULT])
