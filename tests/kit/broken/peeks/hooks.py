from __future__ import annotations

from core.orders.domain import STATE_NAMES
from core.plugin import Card, hookimpl


@hookimpl
def dashboard_cards():
    return [Card("订单状态", str(len(STATE_NAMES)))]
