"""`docs/plugins/blocks.md`: every block, action and slot, written from `core/plugin/blocks.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import core.plugin
from core.plugin.build import A, B

SCHEMA = Path(core.plugin.__file__).with_name("blocks.schema.json")
HEAD = """# Blocks, actions and slots

Protocol v1, level {level}. Written by `python -m core.scaffold.documents` from `core/plugin/blocks.schema.json`; a test
fails when it is stale. `since` is the level that brought a thing: a client of a lower level gets the block's `fallback`
instead, and where there is none, nothing.

A page has at most 60 blocks and 64 KB, a slot 12 blocks of one plugin; only a `card` has children, and no card among them.
Every builder takes `id` (unique within what you return; a reply's `patch` names it) and `fallback`, too.
"""

Schema = Mapping[str, Any]


def render() -> str:
    """The page."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    parts = [HEAD.format(level=schema["level"]), *_slots(schema), "## Blocks"]
    for name, body in _kinds(schema, "block"):
        parts += _kind(f"B.{name.replace('-', '_')}", name, body, B)
    parts.append("## Actions")
    for name, body in _kinds(schema, "action"):
        parts += _kind(f"A.{name}", name, body, A)
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _kinds(schema: Schema, family: str) -> Iterator[tuple[str, Schema]]:
    for key, body in schema["$defs"].items():
        if key.startswith(f"{family}."):
            yield key.partition(".")[2], body


def _slots(schema: Schema) -> Iterator[str]:
    yield "## Slots"
    rows = (f"| `{s['const']}` | {s['title']} | {s.get('description', '')} | {s['since']} |" for s in _slot_list(schema))
    yield "\n".join(["| name | place | what to know | since |", "| --- | --- | --- | --- |", *rows])


def _slot_list(schema: Schema) -> list[Schema]:
    return schema["$defs"]["slot"]["oneOf"]


def _kind(call: str, name: str, body: Schema, builders: type) -> Iterator[str]:
    method = call.partition(".")[2]
    known = f"`{call}(…)`" if hasattr(builders, method) else ""
    yield f"### `{name}` {body['title']} {known}"
    yield f"{body.get('description', '')} Since {body['since']}."
    props = {key: value for key, value in body.get("properties", {}).items() if "const" not in value}
    if props:
        yield "\n".join(_rows(props, body.get("required", ())))
    family = "action" if builders is A else "block"
    for example in body.get("examples", ())[:1]:
        yield f"```json {family}={name}\n{json.dumps(example, ensure_ascii=False)}\n```"


def _rows(props: Schema, required: Any) -> Iterator[str]:
    yield "| prop | type | | since |"
    yield "| --- | --- | --- | --- |"
    for name, prop in props.items():
        must = " (needed)" if name in required else ""
        yield f"| `{name}`{must} | {_type(prop)} | {prop.get('description', '')} | {prop.get('since', 1)} |"


def _type(prop: Schema) -> str:
    if "$ref" in prop:
        return prop["$ref"].rpartition("/")[2]
    if "enum" in prop:
        return ", ".join(f"`{value}`" for value in prop["enum"])
    kind = prop.get("type", "value")
    if kind == "array":
        return f"list of {_item(prop['items'])}"
    return " or ".join(kind) if isinstance(kind, list) else kind


def _item(items: Schema) -> str:
    if items.get("type") != "object":
        return _type(items)
    needed = set(items.get("required", ()))
    return "{" + ", ".join(name if name in needed else f"{name}?" for name in items["properties"]) + "}"
