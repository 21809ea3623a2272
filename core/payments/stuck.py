"""Money that does not get on by itself: payments whose outcome is unknown, refunds that WeChat does not make.

A payment is stuck when WeChat could not be asked, `STUCK_AFTER` after it began or after its deadline. A refund fails when
WeChat refused it, closed it, could not credit the payer, or has been out of reach for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import RowMapping, text

from core.clock import now
from core.db import db
from core.host import due
from core.payments.errors import PaymentNotStuck, RefundClosed, RefundNotFailing, RefundUnderWay

STUCK_AFTER = timedelta(minutes=10)

Scope = Sequence[int] | None
"""Ids of the stores somebody may see, None for all."""

STUCK = """
    p.state IN ('new', 'prepared', 'closing')
    AND (p.expires_at < :stuck_before OR (p.last_error IS NOT NULL AND p.created_at < :stuck_before))
"""
FAILING = "r.settled_at IS NULL AND (r.state IN ('closed', 'abnormal') OR r.error_code IS NOT NULL)"
IN_SCOPE = "(CAST(:scope AS bigint[]) IS NULL OR o.store_id = ANY(CAST(:scope AS bigint[])))"

_PASSING = ("wechat_busy", "wechat_outcome_unknown", "wechat_answer_unverified", "payment_not_configured")

_PAYMENTS = text(
    f"""
    SELECT p.id, p.out_trade_no, p.amount_fen, p.state, p.checks, p.last_error AS error, p.created_at AS since,
           p.next_check_at, o.id AS order_id, o.number AS order_number, o.state AS order_state, o.store_id
    FROM payment p JOIN orders o ON o.id = p.order_id
    WHERE {STUCK} AND {IN_SCOPE} AND (CAST(:after AS bigint) IS NULL OR p.id > :after)
    ORDER BY p.id LIMIT :limit
    """
)
_RETRY_PAYMENT = text(
    f"""
    UPDATE payment p SET next_check_at = :now FROM orders o
    WHERE p.id = :id AND o.id = p.order_id AND p.state IN ('new', 'prepared', 'closing') AND {IN_SCOPE}
    """
)
_REFUNDS = text(
    f"""
    SELECT r.id, r.out_refund_no, r.amount_fen, r.kind, r.reason, r.state, r.attempts, r.error_code,
           coalesce(r.last_error, CASE r.state WHEN 'closed' THEN '微信已关闭这笔退款'
                                               WHEN 'abnormal' THEN '退款无法入账，请在微信商户平台处理' END) AS error,
           r.created_at AS since, CASE WHEN r.state IN ('pending', 'processing') THEN r.next_try_at END AS next_try_at,
           r.state IN ('pending', 'processing', 'abnormal') AS can_retry,
           r.state IN ('closed', 'abnormal') OR (r.state = 'pending' AND r.error_code <> ALL(:passing)) AS can_settle,
           o.id AS order_id, o.number AS order_number, o.store_id
    FROM refund r JOIN orders o ON o.id = r.order_id
    WHERE {FAILING} AND {IN_SCOPE} AND (CAST(:after AS bigint) IS NULL OR r.id > :after)
    ORDER BY r.id LIMIT :limit
    """
)
_STATE = text(
    f"SELECT r.state FROM refund r JOIN orders o ON o.id = r.order_id WHERE r.id = :id AND {FAILING} AND {IN_SCOPE}"
)
_RETRY_REFUND = text(
    f"""
    UPDATE refund r SET next_try_at = :now, state = CASE r.state WHEN 'abnormal' THEN 'processing' ELSE r.state END
    FROM orders o WHERE r.id = :id AND o.id = r.order_id AND r.settled_at IS NULL
      AND r.state IN ('pending', 'processing', 'abnormal') AND {IN_SCOPE}
    """
)
_SETTLE = text(
    f"""
    UPDATE refund r SET settled_at = :now, settled_by = :staff, settled_note = :note,
        state = CASE r.state WHEN 'pending' THEN 'closed' ELSE r.state END
    FROM orders o WHERE r.id = :id AND o.id = r.order_id AND r.settled_at IS NULL
      AND (r.state IN ('closed', 'abnormal') OR (r.state = 'pending' AND r.error_code <> ALL(:passing))) AND {IN_SCOPE}
    """
)


def stuck_payments(scope: Scope, after: int | None = None, limit: int = 50) -> Sequence[RowMapping]:
    """The oldest first, behind the id `after`; `error` is what the last question to WeChat met."""
    values = {"scope": scope, "after": after, "limit": limit, "stuck_before": now() - STUCK_AFTER}
    return db.session.execute(_PAYMENTS, values).mappings().all()


def retry_payment(payment_id: int, scope: Scope) -> None:
    """Ask WeChat about this payment at the next tick; raises PaymentNotStuck. The caller commits."""
    values = {"id": payment_id, "scope": scope, "now": now()}
    if db.session.execute(_RETRY_PAYMENT, values).rowcount == 0:
        raise PaymentNotStuck
    due.due_now()


def failing_refunds(scope: Scope, after: int | None = None, limit: int = 50) -> Sequence[RowMapping]:
    """The oldest first, behind the id `after`; `error` is WeChat's reason, `can_retry` and `can_settle` what may be done."""
    values = {"scope": scope, "after": after, "limit": limit, "passing": list(_PASSING)}
    return db.session.execute(_REFUNDS, values).mappings().all()


def retry_refund(refund_id: int, scope: Scope) -> None:
    """Send or ask for this refund at the next tick, under its number. Raises RefundNotFailing, RefundClosed; the caller
    commits.
    """
    values = {"id": refund_id, "scope": scope, "now": now()}
    if db.session.execute(_RETRY_REFUND, values).rowcount == 0:
        raise RefundNotFailing if _state(refund_id, scope) is None else RefundClosed
    due.due_now()


def settle_refund(refund_id: int, note: str, staff_id: int | None, scope: Scope) -> None:
    """Note that the money went back another way (线下退款): WeChat is not asked any more.

    Only what WeChat refused, closed or could not credit. Raises RefundNotFailing, RefundUnderWay; the caller commits.
    """
    values = {"id": refund_id, "note": note, "staff": staff_id, "scope": scope, "now": now(), "passing": list(_PASSING)}
    if db.session.execute(_SETTLE, values).rowcount == 0:
        raise RefundNotFailing if _state(refund_id, scope) is None else RefundUnderWay


def _state(refund_id: int, scope: Scope) -> str | None:
    return db.session.execute(_STATE, {"id": refund_id, "scope": scope}).scalar()
