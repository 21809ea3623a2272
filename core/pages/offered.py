"""Which kinds of block this shop has: the product's own, and those of plugins that are on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
import orjson

from core.host import failures
from core.host.blocks import CORE, Misfit
from core.host.registry import host
from core.pages.kinds import KINDS
from core.plugin import BlockKind, Context
from core.ui import describing as forms

HOOK = "storefront_block_kinds"
MAX_KINDS = 20
"""Of one plugin."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Offered:
    """A kind and whose it is (`core`, or a plugin's name)."""

    source: str
    kind: BlockKind

    @property
    def name(self) -> str:
        return f"{self.source}.{self.kind.name}"

    @property
    def origin(self) -> str:
        """What a merchant calls the source."""
        return "商城" if self.source == CORE else host().loaded[self.source].plugin.title

    def load(self, stored: Mapping[str, Any]) -> Mapping[str, Any]:
        """Settings typed; raises ma.ValidationError."""
        if self.kind.settings is None:
            return _nothing(stored)
        return forms.instance(self.kind.settings).load(stored)

    def normal(self, entered: Mapping[str, Any]) -> Any:
        """Settings as they are stored: checked, defaults filled in; raises ma.ValidationError."""
        loaded = self.load(entered)
        return {} if self.kind.settings is None else _storable(forms.instance(self.kind.settings).dump(loaded))


def own() -> dict[str, Offered]:
    """The product's own kinds by full name (`core.banner`)."""
    return {found.name: found for found in (Offered(CORE, kind) for kind in KINDS.values())}


def of_plugins(ctx: Context) -> dict[str, Offered]:
    """The kinds of plugins that are on, by full name (`club.offers`); a plugin that fails has none."""
    plugins = host()
    answers = plugins.bus.read(plugins.speaking(HOOK), HOOK, check=_check, ctx=ctx)
    found = (Offered(a.plugin, kind) for a in answers if a.error is None for kind in a.value or ())
    return {offered.name: offered for offered in found}


def drawable(offered: Mapping[str, Offered]) -> dict[str, Offered]:
    """Those whose settings make a form; the others are reported."""
    return {name: found for name, found in offered.items() if _has_form(found)}


def _has_form(offered: Offered) -> bool:
    wrong = [] if offered.kind.settings is None else forms.faults(offered.kind.settings)
    if wrong:
        failures.report(offered.source, f"kind:{offered.kind.name}", Misfit("; ".join(wrong)))
    return not wrong


def _check(answer: Any) -> None:
    if answer is None:
        return
    if not isinstance(answer, list | tuple) or len(answer) > MAX_KINDS:
        raise Misfit(f"expected up to {MAX_KINDS} kinds of block, got {answer!r}"[:300])
    for kind in answer:
        if not isinstance(kind, BlockKind) or not _NAME.fullmatch(kind.name) or not callable(kind.render):
            raise Misfit(f"no kind of block: {kind!r}"[:300])
        if not isinstance(kind.title, str) or not 1 <= len(kind.title) <= 40:
            raise Misfit(f"{kind.name}: its title has 1 to 40 characters")


def _storable(settings: Any) -> Any:
    """JSON values that PostgreSQL takes: no NUL, no lone surrogates."""
    try:
        if b"\\u0000" not in orjson.dumps(plain := forms.plain(settings)):
            return plain
    except (TypeError, ValueError) as error:
        raise ma.ValidationError("含有无法保存的内容") from error
    raise ma.ValidationError("不能含有控制字符")


def _nothing(stored: Mapping[str, Any]) -> Mapping[str, Any]:
    if stored:
        raise ma.ValidationError({name: ["没有这项设置"] for name in stored})
    return {}
