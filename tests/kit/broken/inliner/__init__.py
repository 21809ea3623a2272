"""Fault: a page with a script and a style in it."""

from __future__ import annotations

from core.plugin import Permission, Plugin

from . import pages

plugin = Plugin(
    name="inliner", title="夹带", summary="页面里夹带脚本", version="1.0.0", api="0.9", pages=pages.bp,
    permissions=(Permission("inliner.view", "查看"),),
)
