"""The entries of the home page as its editor handles them: what they are, and one change after the other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from core.console.auth import context
from core.db import db
from core.editing import stale
from core.errors import Conflict
from core.pages import home, offered
from core.pages.offered import Offered
from core.staff import audit
from core.ui.i18n import gettext as _
from core.ui.i18n import told

TARGET = "home"
LEVEL = 1_000
"""The editor knows every type of block."""

ICONS = {
    "core.banner": "slideshow", "core.notice": "speakerphone", "core.nav-grid": "layout-grid",
    "core.product-grid": "shopping-bag", "core.title": "heading", "core.rich-text": "photo-edit",
}
_WORDS = 30
Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry in the list; `known` is False while its plugin is off. `mark` finds it again after others moved it."""

    position: int
    mark: str
    title: str
    origin: str
    about: str
    icon: str
    known: bool
    hidden: bool
    has_form: bool


def kinds() -> dict[str, Offered]:
    """Every kind that may be put on the page, the product's own first."""
    return offered.own() | offered.drawable(offered.of_plugins(context()))


def entries() -> list[Entry]:
    """What stands on the page: what was arranged, else the default, which may be edited like anything else."""
    return home.arrangement() or [dict(entry) for entry in home.DEFAULT]


def shown(found: Sequence[Entry], known: Mapping[str, Offered]) -> list[Shown]:
    return [_shown(position, entry, known.get(entry["kind"])) for position, entry in enumerate(found)]


def _shown(position: int, entry: Entry, kind: Offered | None) -> Shown:
    return Shown(
        position, mark(entry), told(kind.kind.title) if kind else entry["kind"], told(kind.origin) if kind else "",
        _about(entry["settings"]), ICONS.get(entry["kind"], "puzzle"), kind is not None, bool(entry.get("hidden")),
        kind is not None and kind.kind.settings is not None,
    )


def mark(entry: Entry) -> str:
    """The same for the same content, whether it is hidden or not."""
    plain = orjson.dumps([entry["kind"], entry["settings"]], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(plain).hexdigest()[:16]


def _about(settings: Mapping[str, Any]) -> str:
    """The first words that were entered, or how many things are in it."""
    words = next((settings[name] for name in ("title", "text") if isinstance(settings.get(name), str)), "")
    items = settings.get("items")
    if not words and isinstance(items, list):
        names = "、".join(str(item.get("text") or item.get("title") or "") for item in items if isinstance(item, dict))
        words = names.strip("、") or _("%(n)s 张", n=len(items))
    return words[:_WORDS] + ("…" if len(words) > _WORDS else "")


def place(found: Sequence[Entry], position: int, wanted: str) -> int | None:
    """Where the entry with this mark stands: at `position`, or where somebody moved it; None when it is gone."""
    at = [i for i, entry in enumerate(found) if mark(entry) == wanted]
    return position if position in at else at[0] if at else None


def replace(seen: int | None, change: Callable[[list[Entry]], list[Entry]]) -> None:
    """Arrange the page as `change` makes it of what stands there; raises StaleEdit, BadArrangement, TooMany. Commits."""
    stale.claim(TARGET, seen, lambda: {"items": home.arrangement()})
    wanted = change(list(entries()))
    if len(wanted) > home.MAX_ENTRIES:
        raise TooMany(f"首页最多放 {home.MAX_ENTRIES} 块内容，请先移除不用的")
    home.replace(context(), wanted)
    audit.record("home.replace", TARGET, kinds=[entry["kind"] for entry in wanted])
    db.session.commit()


class TooMany(Conflict):
    code = "home_full"
    message = "首页内容已放满"
