"""Ties pages to the app: the chore that forgets old operations."""

from __future__ import annotations

from flask import Flask

from core.host import chores
from core.pages import operations


def wire(app: Flask) -> None:
    chores.register("shopper_ops", operations.expire, operations.NEXT_EXPIRY)
