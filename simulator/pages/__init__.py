"""Two pages for people: the overview and the cashier."""

from importlib.resources import files

from flask import Blueprint, Response

from simulator.state import State

_POLICY = "default-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"


def _page(name: str) -> Response:
    text = files("simulator.pages").joinpath(name).read_text("utf-8")
    return Response(text, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _POLICY})


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    blueprint.add_url_rule("/_sim/ui", "ui", lambda: _page("ui.html"))
    blueprint.add_url_rule("/_sim/cashier", "cashier", lambda: _page("cashier.html"))
