"""What happens to gifts after the fact. Each handler bears being called twice."""

from __future__ import annotations

from typing import Any

from core.plugin import Context, DomainEvent, OrderPaid, OrderRefunded

from . import figures, gifts


def paid(ctx: Context, session: Any, event: OrderPaid) -> None:
    """The order counts."""
    figures.settle(session, event.order_id, "paid")


def put_back(ctx: Context, session: Any, event: DomainEvent) -> None:
    """The order ended before its goods left the store."""
    gifts.put_back(session, event.order_id)
    figures.settle(session, event.order_id, "gone")


def review(ctx: Context, session: Any, event: OrderRefunded) -> None:
    """Money went back: goods and gift may still be with the buyer."""
    gifts.review(session, event.order_id)
    if event.full:
        figures.settle(session, event.order_id, "gone")
