"""A form that somebody else was faster with: who, when, and where what stands there now differs from what was typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import request

from core.editing.errors import StaleEdit
from core.ui.forms import Control, Form
from core.ui.i18n import gettext as _

_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Clash:
    """`theirs` are (label, what stands there now); `version` goes with the next try, which then counts."""

    message: str
    version: int
    theirs: tuple[tuple[str, str], ...]


def seen_version() -> int | None:
    """The version that stood in the form; None where it says none, then the last one wins."""
    text = request.form.get("version", "")
    return int(text) if text.isdigit() and len(text) <= _DIGITS else None


def clash(error: StaleEdit, form: Form) -> Clash:
    """What to show beside `form`, which keeps what was typed."""
    current = error.extra["current"]
    there = Form(form.schema, current, form.choices, form.only)
    return Clash(error.message, int(current["version"]), tuple(_different(form.controls, there.controls)))


def _different(mine: list[Control], theirs: list[Control]) -> Iterator[tuple[str, str]]:
    for my, their in zip(mine, theirs, strict=True):
        shown = _shown(their)
        if _shown(my) != shown:
            yield their.label, shown or _("（空）")


def _shown(one: Control) -> str:
    if one.kind == "rows":
        lines = [" / ".join(filter(None, map(_shown, row))) for row in one.rows]
        return "；".join(filter(None, lines))
    if one.kind == "boolean":
        return _("是") if one.value else _("否")
    return next((label for value, label in one.choices if value == one.value), str(one.value))
