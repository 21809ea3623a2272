"""What plugins may do to the core and ask of it: the ports of `core.plugin.ports`, put together from the features."""

from __future__ import annotations

from flask import Flask

from core.fulfilment.holds import Holds
from core.host.settings import settings
from core.notices.sending import BuyerNotices
from core.plugin.ports import KEY, Shop
from core.ports.buyers import BuyerBook
from core.ports.guard import RequestGuard
from core.ports.skus import SkuBook


def wire(app: Flask) -> None:
    """Give the app its ports."""
    app.extensions[KEY] = Shop(Holds(), BuyerBook(), SkuBook(), BuyerNotices(), RequestGuard(), settings)
