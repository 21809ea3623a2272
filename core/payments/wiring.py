"""Ties payments to the clock: what is due is checked, pushed, closed and compared from rows."""

from __future__ import annotations

from flask import Flask

from core.host import chores, duties
from core.payments import bills, certificates, expiry, refunds, service


def wire(app: Flask) -> None:
    chores.register(
        "payments", service.check_due,
        "SELECT min(next_check_at) FROM payment WHERE state IN ('new', 'prepared', 'closing')",
    )
    chores.register("unpaid_orders", expiry.close_expired, expiry.NEXT_DUE)
    chores.register("refunds", refunds.push_due, refunds.NEXT_DUE)
    chores.register("bills", bills.compare_due, bills.NEXT_DUE)
    chores.register("platform_certificates", certificates.renew_due, certificates.NEXT_DUE)
    duties.register("provider_certificates", certificates.EVERY_SECONDS, certificates.renew_provider)
