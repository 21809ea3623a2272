"""The operator's pages (平台运营) under `/platform`, on the platform's own host and on no other."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint, Flask, abort, request

from core.operator.pages import frame
from core.services import services
from tenants.registry import normal_host

PREFIX = "/platform"
MODULES = (
    "session", "overview", "tenants", "tenant", "acts", "entering", "plans", "health", "jobs", "operators", "account", "log"
)  # fmt: skip

_templates = Blueprint("operator", __name__, template_folder="../templates")


def register(app: Flask) -> None:
    """Mount every module's blueprint `bp`."""
    app.register_blueprint(_templates)
    frame.register(app)
    for name in MODULES:
        bp = import_module(f"core.operator.pages.{name}").bp
        if _only_here not in bp.before_request_funcs.get(None, ()):  # a blueprint outlives the app of a test
            bp.before_request(_only_here)
        app.register_blueprint(bp, url_prefix=PREFIX)


def _only_here() -> None:
    """On a shop's host there is no platform."""
    if normal_host(request.host) != normal_host(services().config.domain):
        abort(404)
