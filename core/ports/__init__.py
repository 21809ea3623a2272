"""What plugins may do to the core and ask of it: the ports of `core.plugin.ports`, put together from the features."""

from __future__ import annotations

from flask import Flask

from core.fulfilment.holds import Holds
from core.host.registry import KEY as PLUGINS
from core.host.registry import PluginHost
from core.host.settings import settings
from core.notices.sending import BuyerNotices
from core.plugin.ports import KEY, Shop
from core.ports.buyers import BuyerBook
from core.ports.guard import RequestGuard
from core.ports.skus import SkuBook
from core.staff.domain import register_permissions


def wire(app: Flask) -> None:
    """Give the app its ports, and staff the permissions that its plugins (loaded before) declare."""
    app.extensions[KEY] = Shop(Holds(), BuyerBook(), SkuBook(), BuyerNotices(), RequestGuard(), settings)
    plugins: PluginHost = app.extensions[PLUGINS]
    for name, loaded in plugins.loaded.items():
        register_permissions(name, loaded.plugin.permissions)
