"""Ties payments to the clock: what is due is checked, pushed and closed from rows."""

from __future__ import annotations

from flask import Flask

from core.host import chores
from core.payments import expiry, refunds, service


def wire(app: Flask) -> None:
    chores.register(
        "payments", service.check_due,
        "SELECT min(next_check_at) FROM payment WHERE state IN ('new', 'prepared', 'closing')",
    )
    chores.register("unpaid_orders", expiry.close_expired, expiry.NEXT_DUE)
    chores.register("refunds", refunds.push_due, refunds.NEXT_DUE)
