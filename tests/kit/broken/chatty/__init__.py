"""Fault: it asks the database while prices are made."""

from __future__ import annotations

from core.plugin import Plugin

from . import hooks

plugin = Plugin(name="chatty", title="多话", summary="算价时查询数据库", version="1.0.0", api="0.9", hooks=hooks)
