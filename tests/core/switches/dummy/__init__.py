"""A plugin that keeps notes: one table, settings, a job, a handler, hooks. What it is told to do wrong, it does wrong."""

from __future__ import annotations

from pathlib import Path

from core.plugin import Job, OrderPaid, Plugin

from . import hooks
from .models import Base
from .settings import DummySettings, upgrade

plugin = Plugin(
    name="dummy",
    title="记事",
    summary="每笔订单记一笔",
    version="1.2.0",
    api="0.9",
    settings=DummySettings,
    settings_version=2,
    upgrade_settings=upgrade,
    tables=Base,
    migrations=Path(__file__).parent / "migrations",
    hooks=hooks,
    handlers={OrderPaid: hooks.on_paid},
    jobs=(Job("tidy", every=60, run=hooks.tidy),),
)
