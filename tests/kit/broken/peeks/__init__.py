"""Fault: it imports what is private to the core."""

from __future__ import annotations

from core.plugin import Plugin

from . import hooks

plugin = Plugin(name="peeks", title="窥视", summary="导入内部模块", version="1.0.0", api="0.9", hooks=hooks)
