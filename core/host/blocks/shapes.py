"""The schema as a tree of shapes: what a value is rebuilt by, member by member, before it is validated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

_DEFS = "#/$defs/"


class Sort(Enum):
    """How a value is rebuilt: as any JSON, by its members, item by item, or as one of the protocol's own kinds."""

    FREE = auto()
    OBJECT = auto()
    ARRAY = auto()
    HTML = auto()
    ACTION = auto()
    BLOCK = auto()


@dataclass(slots=True)
class Member:
    """A prop: the level that brought it, and its shape."""

    since: int
    shape: Shape


@dataclass(slots=True)
class Shape:
    """`members` of an object, `item` of an array."""

    sort: Sort
    members: Mapping[str, Member] = field(default_factory=dict)
    item: Shape | None = None


FREE = Shape(Sort.FREE)
_OWN = {"action": Shape(Sort.ACTION), "block": Shape(Sort.BLOCK)}


def shape(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> Shape:
    """The shape of a schema; `defs` are the document's. A reference to a single action is one to any: it is validated."""
    if "$ref" in schema:
        target = schema["$ref"].removeprefix(_DEFS)
        return _OWN.get(target.partition(".")[0]) or shape(defs[target], defs)
    if "properties" in schema:
        return Shape(Sort.OBJECT, members(schema, defs))
    if schema.get("type") == "array" and "items" in schema:
        return Shape(Sort.ARRAY, item=shape(schema["items"], defs))
    return Shape(Sort.HTML) if schema.get("contentMediaType") == "text/html" else FREE


def members(schema: Mapping[str, Any], defs: Mapping[str, Any]) -> dict[str, Member]:
    """The props of an object's schema."""
    return {
        name: Member(prop.get("since", 1), shape(prop, defs)) for name, prop in schema.get("properties", {}).items()
    }
