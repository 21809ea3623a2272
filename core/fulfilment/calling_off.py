"""Cancelling an order: an unpaid one is closed, a paid one is refunded whole, which cancels it."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import RowMapping

from core.orders.domain import STATE_NAMES
from core.orders.errors import IllegalMove
from core.orders.service import Actor, close_unpaid
from core.payments.refunds import Rest, request_refund

REFUND_KEY = "cancel"

BUYER_MAY = frozenset({"paid"})
"""Once the store prepares the goods the buyer has to ask."""
STAFF_MAY = frozenset({"paid", "preparing", "ready"})


def call_off(order: RowMapping, paid_states: Collection[str], actor: Actor, why: str) -> str:
    """Cancel a locked order (`core.orders.reading.lock_order`) and return its new state; raises IllegalMove.

    Unpaid orders may always be closed, paid ones in `paid_states` only. The caller commits.
    """
    state = order["state"]
    if state == "pending" and close_unpaid(order["id"], actor, why):
        return "closed"
    if state not in paid_states:
        raise IllegalMove(f"订单当前为“{STATE_NAMES[state]}”，不能取消", state=state, target="cancelled")
    request_refund(order["id"], Rest(), why, actor, REFUND_KEY)
    return "cancelled"
