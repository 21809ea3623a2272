"""The merchant's console: pages under `/console`, the same work as an API under `/console/api/v1`."""

from __future__ import annotations

from flask import Blueprint, Flask

from core.console import api, shell, views

_templates = Blueprint("console", __name__, template_folder="templates")


def register(app: Flask) -> None:
    """Mount everything that staff use."""
    app.register_blueprint(_templates)
    shell.register(app)
    api.register(app)
    views.register(app)
