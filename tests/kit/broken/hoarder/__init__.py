"""Fault: of two tables with buyers in them, erasing forgets one."""

from __future__ import annotations

from pathlib import Path

from core.plugin import OrderPaid, Plugin

from . import handlers, hooks, models

plugin = Plugin(
    name="hoarder", title="囤积", summary="注销时漏删一张表", version="1.0.0", api="0.9", tables=models.Base,
    migrations=Path(__file__).parent / "migrations", handlers={OrderPaid: handlers.remember}, hooks=hooks,
)
