"""The console's pages under `/console`: each module a part of the menu, each view with its permission."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

PREFIX = "/console"
MODULES = ("session", "components", "plugins", "deliveries")


def register(app: Flask) -> None:
    """Mount every module's blueprint `bp`."""
    for name in MODULES:
        app.register_blueprint(import_module(f"core.console.views.{name}").bp, url_prefix=PREFIX)
