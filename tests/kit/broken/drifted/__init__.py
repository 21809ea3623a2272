"""Fault: the model has a column that no migration makes."""

from __future__ import annotations

from pathlib import Path

from core.plugin import Plugin

from . import models

plugin = Plugin(
    name="drifted", title="漂移", summary="模型与迁移不一致", version="1.0.0", api="0.9", tables=models.Base,
    migrations=Path(__file__).parent / "migrations",
)
