"""Asks plugins for blocks: what one of them does wrong costs its own blocks and is reported, never the page."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from core.host import failures, guard
from core.host.blocks.answers import frame, page_of
from core.host.blocks.budget import budget
from core.host.blocks.drawing import CORE, SLOT_BLOCKS, Drawing
from core.host.blocks.errors import Misfit
from core.host.blocks.vocabulary import standard
from core.host.bus import Answer
from core.host.policies import Sql
from core.host.registry import host
from core.plugin import Block, Context, Page, Slot
from core.services import services

SLOT_HOOK, PAGE_HOOK = "storefront_blocks", "storefront_page"
FAILED = "页面暂时无法显示，请稍后再试"
TOO_OLD = "请升级小程序后使用"
_TITLE = 120

Blocks = list[dict[str, Any]]
NO_TERMS: Mapping[str, Hashable] = MappingProxyType({})


def drawing(source: str, level: int, **limits: Any) -> Drawing:
    """A drawing of `source`'s blocks for a client of `level`; props that are unknown are refused in development only."""
    known = standard()
    return Drawing(known, source, min(level, known.level), not services().config.production, **limits)


def speakers() -> Sequence[str]:
    """The plugins that put blocks into slots of this shop, by name."""
    plugins = host()
    return sorted(plugins.bus.implementing(plugins.speaking(SLOT_HOOK), SLOT_HOOK))


def slots(ctx: Context, level: int, *asked: Slot, terms: Mapping[str, Hashable] = NO_TERMS) -> dict[str, Blocks]:
    """What plugins put into the slots, by slot name; slots that nobody fills are missing.

    `terms` are what plugins read for the cart that is shown: each finds its own in the slot.
    """
    speaking = [plugin for plugin in speakers() if not budget.rests(plugin)]
    found = {slot.name: _slot(speaking, ctx, level, slot, terms) for slot in asked if speaking}
    return {name: blocks for name, blocks in found.items() if blocks}


def _slot(speaking: Sequence[str], ctx: Context, level: int, slot: Slot, terms: Mapping[str, Hashable]) -> Blocks:
    types = standard().slots[slot.name]
    blocks: Blocks = []
    for answer in _answers(speaking, ctx, slot, terms):
        if answer.error is None and answer.value:
            taken = _Taken(answer.plugin, level, types=types)
            blocks += _drawn(taken, answer.plugin, f"hook:{SLOT_HOOK}", lambda value=answer.value: value)
    return blocks


def _answers(speaking: Sequence[str], ctx: Context, slot: Slot, terms: Mapping[str, Hashable]) -> list[Answer]:
    """All at once, in name order; one by one only for a while after they took too long, to see who it is."""
    own = {name: {"slot": replace(slot, terms=terms[name])} for name in speaking if name in terms}

    def ask(names: Iterable[str]) -> list[Answer]:
        return host().bus.read(frozenset(names), SLOT_HOOK, check=_sequence, own=own, ctx=ctx, slot=slot)

    if not budget.watchful:
        with budget.together():
            return ask(speaking)
    answers = []
    for plugin in speaking:
        with budget.clocked(plugin, SLOT_HOOK):
            answers += ask([plugin])
    return answers


def _sequence(value: Any) -> None:
    """Nothing, or a sequence: whether each of it fits is seen when it is drawn."""
    if value is not None and type(value) not in (list, tuple):
        raise Misfit(f"expected a sequence of blocks, got {type(value).__name__}")


def rendered(plugin: str, level: int, place: str, render: Callable[[], Any], **limits: Any) -> Blocks:
    """What `render` of a plugin makes, which may read; it fails by itself, reported at `place`."""
    if budget.rests(plugin):
        return []
    with budget.clocked(plugin, place):
        return _drawn(_Taken(plugin, level, **limits), plugin, place, render)


def _drawn(taken: _Taken, plugin: str, place: str, make: Callable[[], Any]) -> Blocks:
    """What `make` makes, drawn; failures are reported at `place`."""
    try:
        _watched(lambda: taken.draw(make()))
    except (Exception, SystemExit) as error:
        failures.report(plugin, place, error)
        return []
    return taken.blocks(place)


def _watched(call: Callable[[], None]) -> None:
    """Call it as a hook that reads; raises what it raises, and what the guard finds."""
    with guard.watching(Sql.READ) as watch:
        try:
            call()
        except BaseException:
            watch.end()
            raise
        wrong = watch.end()
    if wrong is not None:
        raise wrong


class _Taken:
    """Blocks drawn under guard: also reading what a plugin made is running its code."""

    def __init__(self, plugin: str, level: int, **limits: Any) -> None:
        self._new = lambda: drawing(plugin, level, **{"room": SLOT_BLOCKS, **limits})
        self._drawing, self._blocks = self._new(), []

    def draw(self, made: Any) -> None:
        """Raise Misfit for what is neither nothing nor a sequence of blocks; a second answer replaces the first."""
        self._drawing = self._new()
        self._blocks = self._drawing.blocks(() if made is None else made)

    def blocks(self, place: str) -> Blocks:
        """Those that fit; what did not is reported at `place`."""
        report_faults(self._drawing, place)
        return self._blocks


def report_faults(draw: Drawing, place: str) -> None:
    """Report what was left out of a drawing."""
    if draw.faults:
        failures.report(draw.source, place, Misfit("; ".join(draw.faults)))


def page(plugin: str, ctx: Context, level: int, name: str, params: Mapping[str, str]) -> dict[str, Any] | None:
    """A plugin's own page; None when there is none. One that fails has an error block for its content."""
    draw, drawn = drawing(plugin, level), {}

    def take(made: Any) -> None:
        nonlocal draw
        draw = drawing(plugin, level)
        drawn.clear()
        drawn.update(_body(draw, made))

    asked = host().speaking(PAGE_HOOK) & {plugin}
    for answer in host().bus.read(asked, PAGE_HOOK, check=take, ctx=ctx, page=name, params=params):
        report_faults(draw, f"hook:{PAGE_HOOK}")
        if answer.error is not None:
            return _instead(plugin, level, FAILED)
    return drawn or None


def _body(draw: Drawing, made: Any) -> dict[str, Any]:
    if made is None:
        return {}
    if not isinstance(made, Page):
        raise Misfit(f"expected a Page, got {type(made).__name__}")
    if made.min_level > draw.level:
        return _instead(draw.source, draw.level, TOO_OLD, made.min_level)
    return page_of(draw, made)


def _instead(plugin: str, level: int, message: str, min_level: int = 1) -> dict[str, Any]:
    draw = drawing(CORE, level)
    blocks = draw.blocks((Block("notice", {"text": message, "tone": "warning"}),))
    return frame(draw, host().loaded[plugin].plugin.title[:_TITLE], blocks, min_level=min_level)
