"""The open API under `/open/api/v1` for tills and ERP systems: API keys with scopes."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from core.web.api import build_api

PREFIX = "/open/api/v1"
MODULES = ("catalog", "stock", "members", "orders")


def register(app: Flask) -> None:
    """Mount every module's blueprint `blp` and serve `/open/api/v1/openapi.json`."""
    bearer = {"type": "http", "scheme": "bearer", "description": "API key jk_…"}
    api = build_api(app, "open", "Jishi open API", PREFIX, bearer)
    for name in MODULES:
        api.register_blueprint(import_module(f"core.openapi.{name}").blp, url_prefix=PREFIX)
