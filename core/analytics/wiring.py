"""Ties analytics to the app: who marks days, and the chore that computes them."""

from __future__ import annotations

from flask import Flask

from core.analytics import dirty, service
from core.host import chores
from core.host.outbox import subscribe
from core.plugin import OrderCancelled, OrderCompleted, OrderPaid, OrderRefunded


def wire(app: Flask) -> None:
    for event in (OrderPaid, OrderCompleted, OrderCancelled):
        subscribe(event, dirty.CONSUMER, service.order_changed)
    subscribe(OrderRefunded, dirty.CONSUMER, service.refund_promised)
    chores.register("rollups", service.compute_due, dirty.NEXT_DUE)
