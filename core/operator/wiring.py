"""Ties the operator's figures to the tenants' ticks and to the clock."""

from __future__ import annotations

from flask import Flask

from core.host import chores, duties
from core.operator import figures


def wire(app: Flask) -> None:
    chores.register("figures", figures.note, "CAST(NULL AS timestamptz)")
    duties.register("figures", figures.EVERY_SECONDS, figures.collect)
