"""Fault: a setting that nobody could understand: it has no label."""

from __future__ import annotations

from core.plugin import Plugin

from . import settings

plugin = Plugin(
    name="unlabelled", title="无标签", summary="设置项没有名称", version="1.0.0", api="0.9", settings=settings.Settings
)
