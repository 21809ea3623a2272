"""The schema file as tests read it, and how an example becomes a call of its builder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import orjson

from core.host.blocks.drawing import Drawing
from core.host.blocks.vocabulary import Vocabulary, standard
from core.plugin import Block
from core.plugin.build import A, B

SCHEMA = orjson.loads((files("core.plugin") / "blocks.schema.json").read_bytes())
DEFS = SCHEMA["$defs"]


def named(prefix: str) -> list[str]:
    return [name.removeprefix(prefix) for name in DEFS if name.startswith(prefix)]


def examples(prefix: str) -> list[tuple[str, dict[str, Any]]]:
    return [(name, example) for name in named(prefix) for example in DEFS[prefix + name]["examples"]]


def built(kind: str, props: dict[str, Any]) -> Block:
    """The block that the builder of `kind` makes of `props`."""
    arguments = {**props, "until": moment(props["until"])} if kind == "countdown" else props
    return getattr(B, kind.replace("-", "_"))(**arguments)


def action_built(action: dict[str, Any]) -> Any:
    """The action that the builder makes; blocks of a sheet are made, too."""
    arguments = {name: value for name, value in action.items() if name != "type"}
    if action["type"] == "sheet":
        arguments["blocks"] = [Block(block["type"], block["props"]) for block in action["blocks"]]
    return getattr(A, action["type"])(**arguments)


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def drawing(source: str = "club", level: int = 1, strict: bool = True, **limits: Any) -> Drawing:
    return Drawing(limits.pop("vocabulary", standard()), source, level, strict, **limits)


def level_two() -> Vocabulary:
    """A later protocol: a type `map`, a prop of `notice`, and a member of its items, all since level 2."""
    schema = orjson.loads(orjson.dumps(SCHEMA))
    defs = schema["$defs"]
    schema["level"] = 2
    title = {"title": {"type": "string", "since": 2}}
    defs["block.map"] = {"since": 2, "properties": title, "required": ["title"], "additionalProperties": False}
    defs["block"]["properties"]["type"]["enum"].append("map")
    defs["block.notice"]["properties"]["icon"] = {"type": "string", "since": 2}
    defs["block.list"]["properties"]["items"]["items"]["properties"]["badge"] = {"type": "string", "since": 2}
    return Vocabulary(schema)


def walk(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema of an object inside `schema`."""
    if isinstance(schema, dict):
        if "properties" in schema and "additionalProperties" in schema:
            yield schema
        for part in schema.values():
            yield from walk(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from walk(part)
