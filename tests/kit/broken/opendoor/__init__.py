"""Fault: a console view that names no permission."""

from __future__ import annotations

from core.plugin import Permission, Plugin

from . import console

plugin = Plugin(
    name="opendoor", title="敞开", summary="后台接口没有权限", version="1.0.0", api="0.9", console=console.blp,
    permissions=(Permission("opendoor.view", "查看"),),
)
