"""Fault: it needs an API that this host does not have."""

from __future__ import annotations

from core.plugin import Plugin

plugin = Plugin(name="newapi", title="新接口", summary="需要更新的接口", version="1.0.0", api="0.99")
