"""Ties the operator to the app: pages, figures at the tenants' ticks, duties of the clock."""

from __future__ import annotations

from flask import Flask

from core.host import chores, duties
from core.operator import figures, pages, purging


def wire(app: Flask) -> None:
    pages.register(app)
    chores.register("figures", figures.note, "CAST(NULL AS timestamptz)")
    duties.register("figures", figures.EVERY_SECONDS, figures.collect)
    duties.register("operator_leftovers", purging.EVERY_SECONDS, purging.purge)
