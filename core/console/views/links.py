"""A link for somebody else's phone: to copy, to scan, shown once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import segno
from flask import request, url_for

from core.console.auth import current_staff
from core.services import services
from core.ui import reveal
from core.ui.pages import render


def show_link(endpoint: str, person: Mapping[str, Any], title: str, back: str, again: str, withdraw: str) -> str:
    """The page with the link to `endpoint` for `person`; `again` makes a new one, `withdraw` (empty: it is dead
    already) kills the one that was made.
    """
    shown = reveal.take(current_staff().session_id, request.args.get("shown"))
    address = f"{_scheme()}://{request.host}{url_for(endpoint, token=shown['token'])}" if shown else ""
    return render(
        "console/staff/link.html", title=title, person=person, back=back, again=again, address=address,
        withdraw=withdraw, until=shown["until"] if shown else None, qr=_qr(address) if address else "",
    )


def _scheme() -> str:
    """Behind the proxy the request itself doesn't know that the world sees it over TLS."""
    return "https" if services().config.env == "production" else request.scheme


def _qr(address: str) -> str:
    return segno.make(address, error="m").svg_inline(omitsize=True, border=2)
