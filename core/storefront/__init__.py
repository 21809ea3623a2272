"""The shopper's API under `/store/api/v1` (architecture §7)."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from core.web.api import build_api

PREFIX = "/store/api/v1"
MODULES = ("session", "catalog", "profile", "cart", "orders", "pages", "visits")


def register(app: Flask) -> None:
    """Mount every module's blueprint `blp` and serve `/store/api/v1/openapi.json`."""
    bearer = {"type": "http", "scheme": "bearer", "description": "token of POST /login"}
    api = build_api(app, "store", "Jishi storefront", PREFIX, bearer)
    for name in MODULES:
        api.register_blueprint(import_module(f"core.storefront.{name}").blp, url_prefix=PREFIX)
