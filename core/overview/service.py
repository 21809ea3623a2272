"""What needs attention in the bound shop, for the dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from core.clock import SHOP_ZONE, now, shop_time
from core.db import db
from core.overview.domain import KINDS, Attention
from core.overview.statements import ATTENTION
from core.payments.stuck import STUCK_AFTER
from core.settings.service import shop_settings

NOTICES = ("core.shipping_info", "core.ready_message")
TRIES = 3
"""Tries after which a notice that WeChat did not take counts as failing."""
IMPORTS_FOR = timedelta(days=3)
ENDING = timedelta(days=30)


def attention(stores: Sequence[int] | None = None) -> list[Attention]:
    """Kinds that have something, the most urgent first; `stores` limits it to these ids (None: the whole shop).

    One statement beside the shop's settings. What concerns the whole shop (events, plugins, imports, bills, keys) is left
    out where `stores` is a list.
    """
    moment = now()
    values = {
        "scope": None if stores is None else list(stores),
        "now": moment,
        "low_at": shop_settings()["low_stock_at"],
        "stuck_before": moment - STUCK_AFTER,
        "notices": list(NOTICES),
        "tries": TRIES,
        "yesterday": datetime.combine(shop_time(moment).date() - timedelta(days=1), time(), SHOP_ZONE),
        "days_ago": moment - IMPORTS_FOR,
        "soon": moment + ENDING,
        "zone": SHOP_ZONE.key,
    }
    found = {row.kind: row for row in db.session.execute(ATTENTION, values)}
    return [Attention(kind, found[kind].count, found[kind].oldest) for kind in KINDS if found[kind].count]
