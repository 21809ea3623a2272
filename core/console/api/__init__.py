"""The staff's API under `/console/api/v1`: what clerks and managers do, every view with its permission."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from core.web.api import build_api

PREFIX = "/console/api/v1"
MODULES = (
    "session",
    "orders",
    "pickup",
    "catalog",
    "stores",
    "imports",
    "shop",
    "payments",
    "accounts",
    "reports",
    "home",
    "members",
    "extensions",
    "plugins",
    "deliveries",
    "overview",
    "bills",
    "analytics",
)


def register(app: Flask) -> None:
    """Mount every module's blueprint `blp` and serve `/console/api/v1/openapi.json`."""
    bearer = {"type": "http", "scheme": "bearer", "description": "token of POST /session"}
    api = build_api(app, "console", "Jishi console", PREFIX, bearer)
    for name in MODULES:
        api.register_blueprint(import_module(f"core.console.api.{name}").blp, url_prefix=PREFIX)
