"""Ties staff to the app: the chore that forgets what is over."""

from __future__ import annotations

from flask import Flask

from core.host import chores
from core.staff import purging


def wire(app: Flask) -> None:
    chores.register("staff_leftovers", purging.purge, purging.NEXT_DUE)
