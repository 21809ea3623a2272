"""Fault: its table does not carry its name."""

from __future__ import annotations

from pathlib import Path

from core.plugin import Plugin

from . import models

plugin = Plugin(
    name="nameless", title="无名", summary="表名没有前缀", version="1.0.0", api="0.9", tables=models.Base,
    migrations=Path(__file__).parent / "migrations",
)
