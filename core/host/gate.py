"""The gate before plugins' routes: 404 for every path and method of a plugin that the tenant does not have."""

from __future__ import annotations

from flask import Flask, Response, g, request

from core.host.registry import host
from core.web.problems import problem
from tenants.context import current_or_none

STOREFRONT = "/store/api/v1/plugins"
CONSOLE = "/console/api/v1/plugins"
PAGES = "/console/plugins"


def register(app: Flask) -> None:
    """Close the gate; after tenancy, whose before_request must have bound the tenant."""
    app.before_request(_gate)


def admitted() -> bool:
    """Whether this request was let through to a plugin."""
    return bool(g.get("plugin_admitted"))


def _gate() -> Response | None:
    name = _asked_for()
    if name is None:
        return None
    ref = current_or_none()
    if ref is None or name not in host().working(ref):
        return problem(404, "not_found", "没有找到")
    g.plugin_admitted = True
    return None


def _asked_for() -> str | None:
    """The plugin whose route, or whose corner of the paths, the request is for."""
    if request.url_rule is not None:
        return host().blueprints.get(request.blueprints[-1]) if request.blueprints else None
    for prefix in (STOREFRONT, CONSOLE, PAGES):
        if request.path.startswith(f"{prefix}/"):
            return request.path[len(prefix) + 1 :].partition("/")[0]
    return None
