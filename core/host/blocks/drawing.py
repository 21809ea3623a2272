"""From the blocks that a plugin made to those that a client gets: rebuilt member by member, checked, named, bounded.

Nothing of a plugin's objects gets through: not a prop the schema doesn't know, not another plugin's operation, not a
script. What does not fit is left out and noted in `faults`; the rest is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from core.host.blocks import richtext
from core.host.blocks.errors import Misfit
from core.host.blocks.shapes import Member, Shape, Sort
from core.host.blocks.vocabulary import Kind, Vocabulary
from core.plugin import Block

CORE = "core"
"""The source of the product's own blocks; a plugin can't be called that: its blocks would pass for ours."""

PAGE_BLOCKS, SLOT_BLOCKS = 60, 12
PAGE_BYTES = 64 * 1024
FALLBACKS = 3
DEEPEST = 2
_MAX_FAULTS = 10
_LONGEST_HTML = 20_000
_SCALARS = frozenset({str, int, bool, float, type(None)})
_OWN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}", re.ASCII)


@dataclass(slots=True)
class Drawing:
    """Draws what one `source` made, for a client of `level`; `strict` refuses props that the schema does not know.

    `room` and `space` are the blocks and bytes that are left, `types` those that may stand here, `base` begins the ids
    of blocks that have none of their own. `level_used` is the highest level of what was drawn.
    """

    vocabulary: Vocabulary
    source: str
    level: int
    strict: bool
    room: int = PAGE_BLOCKS
    space: int = PAGE_BYTES
    types: frozenset[str] | None = None
    base: str = ""
    level_used: int = 1
    faults: list[str] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)
    _in_sheet: bool = False
    _sheets: int = 0

    def blocks(self, made: Sequence[Block]) -> list[dict[str, Any]]:
        """The blocks that fit, as JSON values. Raises Misfit for what is no sequence of blocks."""
        if not isinstance(made, list | tuple) or not all(isinstance(block, Block) for block in made):
            raise Misfit(f"expected a sequence of blocks, got {type(made).__name__}")
        return list(self._fitting(made, self.base, 1))

    def actions(self, made: Sequence[Mapping[str, Any]]) -> list[Any]:
        """Actions as JSON values; raises Misfit for one that does not fit."""
        return [self._checked_action(action, f"actions.{n}") for n, action in enumerate(made)]

    def patch(self, own_id: str, props: Mapping[str, Any]) -> dict[str, Any]:
        """New props of a block that the client shows; raises Misfit. They must fit some type of block."""
        _check_id(own_id)
        for kind in self.vocabulary.blocks.values():
            if not props.keys() <= kind.shape.members.keys():
                continue
            rebuilt = self._rebuilt(kind.shape, props, kind.name)
            try:
                kind.check_part(rebuilt)
            except Misfit:
                continue
            return {"id": f"{self.source}-{own_id}", "props": rebuilt}
        raise Misfit(f"patch.{own_id}: no type of block takes {sorted(map(str, props))}"[:300])

    def _fitting(self, made: Sequence[Block], place: str, depth: int) -> Iterator[dict[str, Any]]:
        for position, block in enumerate(made):
            try:
                drawn = self._drawn(block, f"{place}{position}", depth)
            except (Exception, SystemExit) as error:
                self._fault(error if isinstance(error, Misfit) else Misfit(f"{type(error).__name__}: {error}"[:300]))
                continue
            if drawn is not None:
                yield drawn

    def _fault(self, error: Misfit) -> None:
        if len(self.faults) < _MAX_FAULTS:
            self.faults.append(str(error))

    def _drawn(self, block: Block, place: str, depth: int) -> dict[str, Any] | None:
        chosen = self._understood(block)
        if chosen is None:
            return None
        kind = self.vocabulary.blocks[chosen.type]
        self._admit(kind, depth, bool(chosen.children))
        drawn = {
            "id": self._id(chosen.id or block.id, place),
            "type": kind.name,
            "src": self.source,
            "props": self._props(kind, chosen.props),
        }
        self.room -= 1
        if kind.container:
            drawn["children"] = list(self._fitting(chosen.children, f"{place}-", depth + 1))
        if depth == 1 and not self._in_sheet:
            self._weigh(drawn)
        return drawn

    def _understood(self, block: Block) -> Block | None:
        """The first of the block and its fallbacks that the client can draw; None: nothing is drawn."""
        here: Block | None = block
        for _ in range(FALLBACKS + 1):
            if here is None:
                break
            kind = self.vocabulary.blocks.get(here.type)
            if kind is not None and kind.since <= self.level:
                return here
            here = here.fallback
        if here is not None:
            raise Misfit(f"{block.type}: more than {FALLBACKS} fallbacks")
        if block.type not in self.vocabulary.blocks:
            raise Misfit(f"{block.type}: no such type of block")
        return None

    def _admit(self, kind: Kind, depth: int, parent: bool) -> None:
        if self.room <= 0:
            raise Misfit("too many blocks")
        if self.types is not None and kind.name not in self.types:
            raise Misfit(f"{kind.name}: only {', '.join(sorted(self.types))} may stand here")
        if kind.container and depth >= DEEPEST:
            raise Misfit(f"{kind.name}: lies too deep")
        if parent and not kind.container:
            raise Misfit(f"{kind.name}: has no children")

    def _id(self, own_id: str, place: str) -> str:
        if not own_id:
            return f"{self.source}-_{place}"
        _check_id(own_id)
        if own_id in self._ids:
            raise Misfit(f"id {own_id!r} twice")
        self._ids.add(own_id)
        return f"{self.source}-{own_id}"

    def _props(self, kind: Kind, props: Mapping[str, Any]) -> dict[str, Any]:
        rebuilt = self._rebuilt(kind.shape, props, kind.name)
        kind.check(rebuilt)
        self.level_used = max(self.level_used, kind.since)
        return rebuilt

    def _weigh(self, drawn: dict[str, Any]) -> None:
        """Raise for text or numbers that no JSON holds, and for more bytes than there are left."""
        size = len(orjson.dumps(drawn))
        if size > self.space:
            raise Misfit(f"{drawn['type']}: {size} bytes, {self.space} are left")
        self.space -= size

    def _rebuilt(self, shape: Shape, value: Any, place: str) -> Any:
        match shape.sort:
            case Sort.ACTION:
                return self._action(value, place)
            case Sort.HTML if isinstance(value, str):
                return _clean(value, place)
            case Sort.OBJECT if isinstance(value, Mapping):
                return self._members(shape.members, value, place)
            case Sort.ARRAY if isinstance(value, list | tuple) and shape.item.sort is Sort.BLOCK:
                return self._sheet(value, place)
            case Sort.ARRAY if isinstance(value, list | tuple):
                return [self._rebuilt(shape.item, item, f"{place}.{n}") for n, item in enumerate(value)]
        return _copy(value, place)

    def _members(self, known: Mapping[str, Member], value: Mapping[str, Any], place: str) -> dict[str, Any]:
        rebuilt = {}
        for name, part in value.items():
            member = known.get(name)
            if member is None and self.strict:
                raise Misfit(f"{place}: no such prop: {name!r}"[:300])
            if member is None or member.since > self.level:
                continue
            plain = type(part) in _SCALARS and member.shape.sort is Sort.FREE
            rebuilt[name] = part if plain else self._rebuilt(member.shape, part, f"{place}.{name}")
            if member.since > self.level_used:
                self.level_used = member.since
        return rebuilt

    def _checked_action(self, value: Any, place: str) -> Any:
        action = self._action(value, place)
        self.vocabulary.actions[action["type"]].check(action)
        return action

    def _action(self, value: Any, place: str) -> dict[str, Any]:
        kind = self.vocabulary.actions.get(value["type"]) if isinstance(value, Mapping) and "type" in value else None
        if kind is None:
            raise Misfit(f"{place}: no such action: {value!r}"[:300])
        action = self._members(kind.shape.members, value, place)
        if not str(action.get("op", self.source + ".")).startswith(f"{self.source}."):
            raise Misfit(f"{place}: operation {action['op']!r} is not your own"[:300])
        return action

    def _sheet(self, made: Sequence[Block], place: str) -> list[dict[str, Any]]:
        if self._in_sheet:
            raise Misfit(f"{place}: a sheet in a sheet")
        if not all(isinstance(block, Block) for block in made):
            raise Misfit(f"{place}: expected blocks")
        self._in_sheet, self._sheets = True, self._sheets + 1
        try:
            return list(self._fitting(made, f"{self.base}s{self._sheets}-", 1))
        finally:
            self._in_sheet = False


def _check_id(own_id: str) -> None:
    if not _OWN_ID.fullmatch(own_id):
        raise Misfit(f"id {own_id!r}: up to 40 lower-case letters, digits, - and _"[:300])


def _clean(html: str, place: str) -> str:
    if len(html) > _LONGEST_HTML:
        raise Misfit(f"{place}: more than {_LONGEST_HTML} characters")
    return richtext.clean(html)


def _copy(value: Any, place: str) -> Any:
    """`value` of plain JSON types, mappings and sequences copied."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {_key(key, place): _copy(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_copy(item, f"{place}.{n}") for n, item in enumerate(value)]
    raise Misfit(f"{place}: {type(value).__name__} is no JSON value")


def _key(key: Any, place: str) -> str:
    if not isinstance(key, str):
        raise Misfit(f"{place}: key {key!r} is no text"[:300])
    return key
