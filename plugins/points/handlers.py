"""What order events do to points (domain-rules §2.11). Every handler may run again: the order's row says what was done.

An order's row is locked before the buyer's account, by handlers and jobs alike.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from core.plugin import (
    Context,
    DomainEvent,
    OrderCancelled,
    OrderClosed,
    OrderCompleted,
    OrderHandedOver,
    OrderPaid,
    OrderRefunded,
    shop,
)

from . import domain, earning, ledger, orders, tasks
from .domain import WHOLE_ORDER, Line, Refunded
from .orders import OrderPoints
from .settings import settings

ONLINE, HISTORY = "online", "past"


def on_paid(ctx: Context, session: Any, event: OrderPaid) -> None:
    """Points held are used up; what the order earns is planned, and given if the merchant's moment is payment."""
    if event.buyer_id is None:
        return
    order = orders.find(session, event.order_id) or _new(ctx, event)
    if order.award_state != "none" or order.use_state not in {"none", "held"}:
        return
    own, account = settings(), _account(ctx, session, order)
    if account is None:
        return
    lines = earning.lines_of(session, event.lines, order.lines)
    planned = earning.plan(ctx, order, lines, own, account.earn_percent)
    if planned.use_state == "held":
        planned = _spend(ctx, session, planned)
    if planned.award_state == "waiting":
        tasks.note_first_order(session, order.order_id, account, own)
        if planned.moment == "paid":
            planned = earning.give(session, ctx, planned, own, account)
    orders.put(session, planned)


def _spend(ctx: Context, session: Any, order: OrderPoints) -> OrderPoints:
    left = order.used - order.returned
    booking = ledger.Booking("order_use", str(order.order_id), order.buyer_id, left, ctx.now, note=order.number)
    ledger.spend(session, booking)
    return replace(order, use_state="spent")


def on_handed_over(ctx: Context, session: Any, event: OrderHandedOver) -> None:
    """收货: orders that wait for it earn now."""
    _give_if_waiting(ctx, session, event, {"received"})


def on_completed(ctx: Context, session: Any, event: OrderCompleted) -> None:
    """Orders that wait for it earn now, or when the after-sale period is over; till sales always earn now."""
    if event.buyer_id is None:
        return
    if event.channel != ONLINE:
        _till_sale(ctx, session, event)
    else:
        _give_if_waiting(ctx, session, event, {"received", "completed"})


def _till_sale(ctx: Context, session: Any, event: OrderCompleted) -> None:
    own = settings()
    if event.channel == HISTORY and not own["earn_history"]:
        return
    if orders.find(session, event.order_id) is not None:
        return
    order = _new(ctx, event)
    account = _account(ctx, session, order)
    if account is None:
        return
    paid = Line(WHOLE_ORDER, Decimal(1), event.paid_fen - event.shipping_fen)
    planned = earning.plan(ctx, order, [(paid, True)], own, account.earn_percent)
    tasks.note_first_order(session, event.order_id, account, own)
    orders.put(session, earning.give(session, ctx, planned, own, account))


def _give_if_waiting(ctx: Context, session: Any, event: DomainEvent, moments: set[str]) -> None:
    order = orders.find(session, event.order_id)
    if order is None or order.award_state != "waiting" or order.buyer_id is None:
        return
    own = settings()
    if order.moment in moments:
        account = ledger.lock(session, order.buyer_id, ctx.now)
        orders.put(session, earning.give(session, ctx, order, own, account))
    elif order.moment == "after_sale" and order.due_at is None and isinstance(event, OrderCompleted):
        orders.put(session, replace(order, due_at=ctx.now + timedelta(days=own["after_sale_days"])))


def on_closed(ctx: Context, session: Any, event: OrderClosed) -> None:
    """An unpaid order ended: points held go back to their lots, a gift back on the shelf."""
    order = orders.find(session, event.order_id)
    if order is None or order.use_state != "held":
        return
    after = earning.undo(session, ctx, order, domain.refund_all(order.lines), "closed", settings())
    orders.put(session, replace(after, use_state="returned"))


def on_cancelled(ctx: Context, session: Any, event: OrderCancelled) -> None:
    """A paid order was called off: everything used comes back, everything earned goes."""
    order = orders.find(session, event.order_id)
    if order is None:
        return
    after = earning.undo(session, ctx, order, domain.refund_all(order.lines), "cancelled", settings())
    award_state = "void" if order.award_state == "waiting" else order.award_state
    use_state = "returned" if order.use_state == "held" else order.use_state
    orders.put(session, replace(after, award_state=award_state, use_state=use_state))


def on_refunded(ctx: Context, session: Any, event: OrderRefunded) -> None:
    """A part was given back: its share of the points used comes back, its share of those earned goes (PT-6)."""
    order = orders.find(session, event.order_id)
    if order is None or event.refund_no in order.refunds:
        return
    parts = {line.position: Refunded(line.quantity, line.payable_fen) for line in event.lines}
    lines = domain.refund(order.lines, parts)
    after = earning.undo(session, ctx, order, lines, event.refund_no, settings())
    orders.put(session, replace(after, refunds=(*order.refunds, event.refund_no)))


def _account(ctx: Context, session: Any, order: OrderPoints) -> ledger.Account | None:
    """The buyer's account, locked; None when the buyer was erased or merged away since the order was placed."""
    if order.buyer_id is None:
        return None
    found = ledger.find(session, order.buyer_id, ctx.now)
    if found is None and order.buyer_id in shop().buyers.by_id([order.buyer_id]):
        return ledger.lock(session, order.buyer_id, ctx.now)
    return found


def _new(ctx: Context, event: DomainEvent) -> OrderPoints:
    return OrderPoints(event.order_id, event.number, event.buyer_id, ctx.now, ())


HANDLERS = MappingProxyType(
    {
        OrderPaid: on_paid,
        OrderHandedOver: on_handed_over,
        OrderCompleted: on_completed,
        OrderClosed: on_closed,
        OrderCancelled: on_cancelled,
        OrderRefunded: on_refunded,
    }
)
