"""Fault: a hook takes an argument that it does not have."""

from __future__ import annotations

from core.plugin import Plugin

from . import hooks

plugin = Plugin(name="typo", title="笔误", summary="参数名写错", version="1.0.0", api="0.9", hooks=hooks)
