"""The home page (店铺装修): what the merchant arranged, then what plugins add; kept ready as far as it is the product's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import marshmallow as ma
import orjson
import structlog
from sqlalchemy import text

from core.catalog import cache
from core.db import db
from core.host.blocks import CORE, PAGE_BLOCKS, PAGE_BYTES, drawing, rendered, slots, standard
from core.host.blocks.answers import frame
from core.pages import offered, pictures
from core.pages.errors import BadArrangement
from core.pages.offered import Offered
from core.plugin import Context, Slot
from core.web.problems import flatten
from core.web.reply import encode
from tenants.context import current

log = structlog.get_logger()

FEED = "home.feed"
MAX_ENTRIES = 30
DEFAULT: tuple[dict[str, Any], ...] = (
    {"kind": f"{CORE}.product-grid", "settings": {"title": "全部商品", "limit": 20}},
)
"""What a shop shows before somebody arranges its home page."""

_READ = text("SELECT kind, settings, hidden FROM home_block ORDER BY position")
_LOCK = text("LOCK TABLE home_block IN SHARE ROW EXCLUSIVE MODE")
_CLEAR = text("DELETE FROM home_block")
_WRITE = text(
    """
    INSERT INTO home_block (position, kind, settings, hidden)
    SELECT n, kind, settings::jsonb, hidden
    FROM unnest(CAST(:kinds AS text[]), CAST(:settings AS text[]), CAST(:hidden AS boolean[]))
        WITH ORDINALITY AS entry (kind, settings, hidden, n)
    """
)


def arrangement() -> list[dict[str, Any]]:
    """The entries in order, each with `kind` and `settings` as stored; none when nothing was arranged.

    Those that shoppers do not see for now have `hidden`: True.
    """
    rows = db.session.execute(_READ)
    return [{"kind": row.kind, "settings": row.settings, **({"hidden": True} if row.hidden else {})} for row in rows]


def replace(ctx: Context, entries: Sequence[Mapping[str, Any]]) -> None:
    """Arrange the page anew; no entries bring the default back. The caller commits.

    An entry of a kind that is not there (its plugin is off) may stay as it is. Raises BadArrangement.
    """
    db.session.execute(_LOCK)
    known = offered.own() | offered.drawable(offered.of_plugins(ctx))
    stored = _checked(entries, known, arrangement())
    db.session.execute(_CLEAR)
    settings = [orjson.dumps(entry["settings"]).decode() for entry in stored]
    kinds, hidden = [entry["kind"] for entry in stored], [entry["hidden"] for entry in stored]
    db.session.execute(_WRITE, {"kinds": kinds, "settings": settings, "hidden": hidden})
    cache.touch()


def _checked(
    entries: Sequence[Mapping[str, Any]], known: Mapping[str, Offered], present: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    stored, errors = [], []
    kept = [(entry["kind"], entry["settings"]) for entry in present]
    for position, entry in enumerate(entries):
        kind = known.get(entry["kind"])
        try:
            if kind is not None:
                stored.append({**entry, "kind": kind.name, "settings": kind.normal(entry["settings"])})
            elif (entry["kind"], entry["settings"]) in kept:
                stored.append(entry)
            else:
                errors.append({"field": f"items.{position}.kind", "message": "没有这种内容，或它的插件没有启用"})
        except ma.ValidationError as error:
            where = {"items": {str(position): {"settings": error.normalized_messages()}}}
            errors += flatten({"messages": {"json": where}})
    if errors:
        raise BadArrangement(errors=errors)
    return [{**entry, "hidden": bool(entry.get("hidden"))} for entry in stored]


def trial(ctx: Context, entry: Mapping[str, Any], level: int) -> list[dict[str, Any]]:
    """The blocks of one entry as the page would show them, without storing it; none for a kind that is not there."""
    own = offered.own().get(entry["kind"])
    part = entry if own is None else {"blocks": _own_blocks(own, entry, 0, ctx, level)}
    blocks = list(_fitting(_blocks(part, 0, offered.of_plugins(ctx), ctx, level)))
    pictures.fill(blocks)
    return blocks


def page(ctx: Context, level: int) -> dict[str, Any]:
    """The page for a client of `level`. What a plugin does wrong costs its own blocks."""
    parts = orjson.loads(_own_parts(ctx, level))
    kinds = offered.of_plugins(ctx) if any("blocks" not in part for part in parts) else {}
    blocks = [block for n, part in enumerate(parts) for block in _blocks(part, n, kinds, ctx, level)]
    blocks += slots(ctx, level, Slot(FEED)).get(FEED, [])
    draw = drawing(CORE, level)
    shown = list(_unique(_fitting(blocks)))
    pictures.fill(shown)
    draw.level_used = max((standard().blocks[block["type"]].since for block in shown), default=1)
    return frame(draw, current().name[:120], shown)


def _own_parts(ctx: Context, level: int) -> bytes:
    """The arrangement with the product's own blocks drawn, valid for one version of the catalog."""
    name = f"home {min(level, standard().level)}"
    return cache.answer(cache.version(), name, name, lambda: encode(list(_drawn_parts(ctx, level)))).body


def _drawn_parts(ctx: Context, level: int) -> Iterator[dict[str, Any]]:
    kinds = offered.own()
    for position, entry in enumerate(arrangement() or DEFAULT):
        if entry.get("hidden"):
            continue
        kind = kinds.get(entry["kind"])
        yield entry if kind is None else {"blocks": _own_blocks(kind, entry, position, ctx, level)}


def _own_blocks(kind: Offered, entry: Mapping[str, Any], n: int, ctx: Context, level: int) -> list[dict[str, Any]]:
    draw = drawing(CORE, level, base=f"{n}-")
    try:
        blocks = draw.blocks(kind.kind.render(ctx, kind.load(entry["settings"])))
    except ma.ValidationError as error:
        log.warning("home_block_outdated", kind=kind.name, errors=error.normalized_messages())
        return []
    if draw.faults:
        log.warning("home_block_left_out", kind=kind.name, faults=draw.faults)
    return blocks


def _blocks(
    part: Mapping[str, Any], n: int, kinds: Mapping[str, Offered], ctx: Context, level: int
) -> list[dict[str, Any]]:
    if "blocks" in part:
        return part["blocks"]
    found = kinds.get(part["kind"])
    if found is None:
        return []
    return rendered(
        found.source,
        level,
        f"kind:{found.kind.name}",
        lambda: found.kind.render(ctx, found.load(part["settings"])),
        base=f"{n}-",
    )


def _fitting(blocks: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The first blocks, as many as a page may have."""
    room, space = PAGE_BLOCKS, PAGE_BYTES
    for position, block in enumerate(blocks):
        room -= 1 + len(block.get("children", ()))
        space -= len(orjson.dumps(block))
        if room < 0 or space < 0:
            log.warning("home_page_cut", shown=position, blocks=len(blocks))
            return
        yield block


def _unique(blocks: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The blocks; an id that is there already (the same kind arranged twice) gets a number."""
    seen: dict[str, int] = {}
    for block in blocks:
        times = seen[block["id"]] = seen.get(block["id"], 0) + 1
        yield block if times == 1 else {**block, "id": f"{block['id']}-{times}"}
