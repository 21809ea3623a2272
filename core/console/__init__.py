"""The merchant's console: pages under `/console`, the same work as an API under `/console/api/v1`."""

from __future__ import annotations

from flask import Flask

from core.console import api


def register(app: Flask) -> None:
    """Mount everything that staff use."""
    api.register(app)
