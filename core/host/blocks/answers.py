"""Whole pages and replies of plugins as the client gets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from core.clock import now
from core.host.blocks.drawing import PAGE_BYTES, Drawing
from core.host.blocks.errors import Misfit
from core.plugin import Page, Reply
from core.plugin.actions import milliseconds

PROTOCOL = 1
_ERRORS = 50
_LINE = 120


def page_of(drawing: Drawing, made: Page) -> dict[str, Any]:
    """A plugin's page; raises Misfit when more than single blocks of it don't fit."""
    share = None if made.share is None else dict(made.share)
    return frame(drawing, made.title, drawing.blocks(made.blocks), made.ttl, share, made.min_level)


def frame(
    drawing: Drawing,
    title: str,
    blocks: Sequence[Any],
    ttl: int = 0,
    share: Mapping[str, str] | None = None,
    min_level: int = 1,
) -> dict[str, Any]:
    """A page around drawn blocks; raises Misfit."""
    page = {
        "v": PROTOCOL,
        "level": drawing.level_used,
        "min_level": min_level,
        "now": milliseconds(now()),
        "title": title,
        "ttl": ttl,
        "share": share,
        "blocks": blocks,
    }
    drawing.vocabulary.check_page(page)
    return page


def reply_of(drawing: Drawing, made: Any) -> dict[str, Any]:
    """The answer to an operation; raises Misfit (or what a garbled reply makes of it): then it is none at all."""
    if not isinstance(made, Reply) or not isinstance(made.ok, bool):
        raise Misfit(f"expected a Reply, got {made!r}"[:300])
    body = {
        "ok": made.ok,
        "actions": drawing.actions(made.actions),
        "patch": [drawing.patch(own_id, props) for own_id, props in made.patch.items()],
        "errors": {_line(field): _line(message) for field, message in list(made.errors.items())[:_ERRORS]},
    }
    if drawing.faults:
        raise Misfit("; ".join(drawing.faults))
    size = len(orjson.dumps(body))
    if size > PAGE_BYTES:
        raise Misfit(f"a reply of {size} bytes")
    return body


def _line(text: Any) -> str:
    if not isinstance(text, str) or len(text) > _LINE:
        raise Misfit(f"errors: expected a line of text, got {text!r}"[:300])
    return text
