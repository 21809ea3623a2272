from __future__ import annotations

from sqlalchemy import text

from core.plugin import Adjustment, Lane, hookimpl
from core.plugin.data import session


@hookimpl
def load_for_cart(cart):
    return 100 if cart.choices.get("chatty") else None


@hookimpl
def quote(lane, terms):
    if lane is not Lane.PROMOTION:
        return []
    session.execute(text("SELECT 1"))
    return [Adjustment("chatty", "多话减一元", discount_fen=terms)]
