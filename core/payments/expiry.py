"""Unpaid orders end at their deadline: first the payment is closed at WeChat, then the order here.

In that order nobody pays for an order that is gone; when WeChat can't be reached for `GRACE` the order is closed all the
same, and money that still arrives goes back by itself.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.orders import service as orders
from core.payments import service
from core.wechat import errors as wechat

log = structlog.get_logger()

GRACE = timedelta(minutes=10)

_EXPIRED = text(
    """
    SELECT o.id, o.pay_by FROM orders o
    WHERE o.state = 'pending' AND o.pay_by <= :now
      AND (o.pay_by <= :without_grace OR NOT EXISTS (
          SELECT 1 FROM payment p WHERE p.order_id = o.id AND p.state IN ('new', 'prepared') AND p.next_check_at > :now))
    ORDER BY o.pay_by LIMIT 100
    """
)
_LIVE = text("SELECT id FROM payment WHERE order_id = :order AND state IN ('new', 'prepared')")
_RETIRE = text("UPDATE payment SET state = 'closing' WHERE order_id = :order AND state IN ('new', 'prepared')")

NEXT_DUE = """
    SELECT min(greatest(o.pay_by, (SELECT max(p.next_check_at) FROM payment p
                                   WHERE p.order_id = o.id AND p.state IN ('new', 'prepared'))))
    FROM orders o WHERE o.state = 'pending'
"""


def close_expired() -> int:
    """Chore: close what is past its deadline; returns how many orders were closed."""
    moment = now()
    rows = db.session.execute(_EXPIRED, {"now": moment, "without_grace": moment - GRACE}).all()
    db.session.rollback()
    return sum(_close(row.id, row.pay_by <= moment - GRACE) for row in rows)


def _close(order_id: int, patience_over: bool) -> bool:
    live = db.session.execute(_LIVE, {"order": order_id}).scalars().all()
    db.session.rollback()
    still_open = [payment_id for payment_id in live if not _closed_at_wechat(payment_id)]
    if still_open and not patience_over:
        return False
    closed = orders.close_unpaid(order_id, orders.SYSTEM, "超时未付款")
    if closed:
        db.session.execute(_RETIRE, {"order": order_id})
    db.session.commit()
    return closed


def _closed_at_wechat(payment_id: int) -> bool:
    """True when nobody can pay this any more; a payment that did arrive is booked instead."""
    payment = service.claim(payment_id)
    if payment is None:
        return True
    try:
        service.close(payment)
    except wechat.WechatError as error:
        log.warning("payment_close_failed", payment=payment_id, error=str(error))
        service.note(payment_id, error)
        return False
    return True
