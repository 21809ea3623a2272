"""Ties fulfilment to the app: the port for holds, and the chore that completes what was delivered."""

from __future__ import annotations

from flask import Flask

from core.fulfilment import service
from core.fulfilment.holds import Holds
from core.host import chores


def wire(app: Flask) -> None:
    app.extensions["jishi.holds"] = Holds()
    chores.register("delivered_orders", service.complete_delivered, service.NEXT_DUE)
