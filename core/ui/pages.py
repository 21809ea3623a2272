"""Blueprints of pages, and how a view answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template
from werkzeug.wrappers import Response

from core.web.paths import with_paths

__all__ = ["Pages", "done", "flash", "render"]


def Pages(name: str, import_name: str, **options: Any) -> Blueprint:  # noqa: N802 - stands where a class is expected
    """A blueprint whose routes may use `<id:…>` and `<number:…>`."""
    return with_paths(Blueprint(name, import_name, **options))


def render(template: str, **values: Any) -> str:
    """The page; `title` names it, `charts=True` loads the charts."""
    return render_template(template, **values)


def done(message: str, place: str) -> Response:
    """What was asked for is done: say so on the page that follows."""
    if message:
        flash(message, "success")
    return redirect(place, 303)
