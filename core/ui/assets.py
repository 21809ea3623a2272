"""Styles, scripts and icons of the pages: from our own host, under an address that changes with the content."""

from __future__ import annotations

import gzip
import hashlib
import json
from functools import cache
from pathlib import Path

from flask import Flask, Response, abort, url_for
from markupsafe import Markup, escape

from core.ui import compress

FOLDER = Path(__file__).parent / "static"
_ICONS = Path(__file__).parent / "icons.json"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}
_YEAR = "public, max-age=31536000, immutable"


def register(app: Flask) -> None:
    app.add_url_rule("/ui/<digest>/<path:name>", "ui_asset", _serve)
    app.jinja_env.globals.update(asset=asset, icon=icon)


def asset(name: str) -> str:
    """The address of `console.css` or `vendor/htmx.js`."""
    return url_for("ui_asset", digest=_read(name)[0], name=name)


def icon(name: str, label: str = "") -> Markup:
    """One of Tabler's outlines (`shopping-cart`) inlined; decoration unless it has a `label`. Unknown ones are a puzzle."""
    known = icons()
    told = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup(
        f'<svg class="icon" {told} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
        f' stroke-linecap="round" stroke-linejoin="round">{known.get(str(escape(name)), known["puzzle"])}</svg>'
    )


@cache
def icons() -> dict[str, str]:
    """Every outline's inner markup by name."""
    return json.loads(_ICONS.read_text())


@cache
def _read(name: str) -> tuple[str, bytes, bytes, str]:
    """(digest, content, gzipped, type) of an asset; raises KeyError for what is none."""
    path = (FOLDER / name).resolve()
    if not path.is_relative_to(FOLDER) or path.suffix not in _TYPES or not path.is_file():
        raise KeyError(name)
    body = path.read_bytes()
    return hashlib.sha256(body).hexdigest()[:12], body, gzip.compress(body, 9, mtime=0), _TYPES[path.suffix]


def _serve(digest: str, name: str) -> Response:
    try:
        known, body, packed, kind = _read(name)
    except KeyError:
        abort(404)
    response = Response(packed if compress.wanted() else body, content_type=kind)
    if compress.wanted():
        response.headers["Content-Encoding"] = "gzip"
    # An old page may ask for an old digest: it gets what there is, and asks again next time.
    response.headers["Cache-Control"] = _YEAR if digest == known else "no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.vary.add("Accept-Encoding")
    return response
