"""Twenty plugins that are asked at every quote and answer nothing: `plugin00` to `plugin19`."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

from core.plugin import Plugin, hookimpl

NAMES = tuple(f"silent{number:02d}" for number in range(20))
ENTRY_POINTS = tuple(EntryPoint(name, f"bench.silent:{name}", "jishi.plugins") for name in NAMES)


class Hooks:
    """Every hook of a quote."""

    @hookimpl
    def load_for_cart(self, ctx, cart):
        return None

    @hookimpl
    def quote(self, ctx, cart, lane, terms):
        return []

    @hookimpl
    def cart_problems(self, ctx, cart):
        return []

    @hookimpl
    def storefront_blocks(self, ctx, slot):
        return []


def __getattr__(name: str) -> Any:
    if name not in NAMES:
        raise AttributeError(name)
    return Plugin(name=name, title=name, summary="不作声", version="1.0.0", api="0.9", hooks=Hooks())
