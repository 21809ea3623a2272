"""The console's pages under `/console`: each module a part of the menu, each view with its permission."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

PREFIX = "/console"
MODULES = (
    "session",
    "components",
    "plugins",
    "deliveries",
    "joining",
    "account",
    "twofactor",
    "staff",
    "invitations",
    "rescue",
    "audit",
    "apikeys",
    "products",
    "product_form",
    "categories",
    "stock",
    "stock_papers",
    "imports",
    "orders",
    "order_acts",
    "order_money",
    "search",
    "dashboard",
    "analytics",
    "drilldown",
    "bills",
    "attention",
    "pickup", "members", "labels",
    "stores", "settings", "payments", "posters", "home", "start",
    "support",
    "plan",
)


def register(app: Flask) -> None:
    """Mount every module's blueprint `bp`."""
    for name in MODULES:
        app.register_blueprint(import_module(f"core.console.views.{name}").bp, url_prefix=PREFIX)
