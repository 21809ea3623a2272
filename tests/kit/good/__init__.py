"""集章: a stamp per completed order, worth something at a later one. A plugin without a fault, for the kit to approve."""

from __future__ import annotations

from pathlib import Path

from core.plugin import Job, OrderClosed, OrderCompleted, OrderRefunded, Permission, Plugin

from . import handlers, hooks, models, pages, routes, settings

plugin = Plugin(
    name="stamps",
    title="集章",
    summary="每完成一单得一枚印章，下单时可抵扣",
    version="1.0.0",
    api="0.9",
    settings=settings.Settings,
    permissions=(Permission("stamps.view", "查看集章", ("manager",)),),
    storefront=routes.store,
    console=routes.console,
    pages=pages.bp,
    tables=models.Base,
    migrations=Path(__file__).parent / "migrations",
    hooks=hooks,
    handlers={
        OrderCompleted: handlers.give,
        OrderClosed: handlers.give_back,
        OrderRefunded: handlers.take_away,
    },
    jobs=(Job("forget_old", 3600, handlers.forget_old),),
)
