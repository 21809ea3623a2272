"""The shop: catalog, stock, buyers, orders, payments, and the public plugin API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.startup import loading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.metadata import EntryPoint

    from flask import Flask

    from core.config import Config


def create_app(config: Config | None = None, entry_points: Sequence[EntryPoint] | None = None) -> Flask:
    """The application; imported late so that a plugin can import `core.plugin` without loading the shop."""
    with loading():
        from core.app import create_app as build

        return build(config, entry_points)
