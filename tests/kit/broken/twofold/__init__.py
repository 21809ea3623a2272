"""Fault: told the same twice, its handler does it twice."""

from __future__ import annotations

from pathlib import Path

from core.plugin import OrderPaid, Plugin

from . import handlers, models

plugin = Plugin(
    name="twofold", title="双份", summary="重复处理事件", version="1.0.0", api="0.9", tables=models.Base,
    migrations=Path(__file__).parent / "migrations", handlers={OrderPaid: handlers.note},
)
