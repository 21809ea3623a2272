"""Compared days and what differs on them, as people look at them and say what it was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import RowMapping, text

from core.clock import now
from core.db import db
from core.payments.errors import BillNotFound, DifferenceNotFound, DifferenceResolved

Key = tuple[date, int]

_DAYS = text(
    """
    SELECT b.id, b.day, b.mchid, b.mode, b.state, b.error, b.attempts, b.fetched_at,
           CASE WHEN b.state = 'waiting' THEN b.next_try_at END AS next_try_at, b.matched, b.others,
           b.payments_there, b.payments_here, b.paid_there_fen, b.paid_here_fen,
           b.refunds_there, b.refunds_here, b.refunded_there_fen, b.refunded_here_fen, b.fee_fen,
           b.paid_there_fen - b.refunded_there_fen - b.fee_fen AS net_there_fen,
           (SELECT count(*) FROM bill_difference d WHERE d.bill_day_id = b.id) AS differences,
           (SELECT count(*) FROM bill_difference d WHERE d.bill_day_id = b.id AND d.resolved_at IS NULL) AS unresolved
    FROM bill_day b
    WHERE b.day >= :since AND b.day <= :until
      AND (CAST(:before_day AS date) IS NULL OR (b.day, b.id) < (CAST(:before_day AS date), :before_id))
    ORDER BY b.day DESC, b.id DESC LIMIT :limit
    """
)
_DIFFERENCES = text(
    """
    SELECT d.id, b.day, b.mchid, d.subject, d.kind, d.number, d.wechat_no, d.there_fen, d.here_fen,
           o.number AS order_number, o.id AS order_id, d.resolved_at, s.name AS resolved_by, d.note
    FROM bill_day b JOIN bill_difference d ON d.bill_day_id = b.id
    LEFT JOIN payment y ON d.subject = 'payment' AND y.out_trade_no = d.number
    LEFT JOIN refund r ON d.subject = 'refund' AND r.out_refund_no = d.number
    LEFT JOIN orders o ON o.id = coalesce(y.order_id, r.order_id)
    LEFT JOIN staff s ON s.id = d.resolved_by
    WHERE b.day = :day AND (CAST(:after AS bigint) IS NULL OR d.id > :after)
    ORDER BY d.id LIMIT :limit
    """
)
_KNOWN = text("SELECT EXISTS (SELECT 1 FROM bill_day WHERE day = :day)")
_RESOLVE = text(
    "UPDATE bill_difference SET resolved_at = :now, resolved_by = :staff, note = :note"
    " WHERE id = :id AND resolved_at IS NULL"
)
_EXISTS = text("SELECT EXISTS (SELECT 1 FROM bill_difference WHERE id = :id)")


def days(period: tuple[date, date], before: Key | None = None, limit: int = 50) -> Sequence[RowMapping]:
    """Compared days from `period[0]` to `period[1]`, the newest first, behind the (day, id) `before`; amounts in fen.

    One row per day and merchant account. `net_there_fen` is what WeChat owes for the day: paid − refunded − fee.
    """
    before_day, before_id = before or (None, None)
    values = {"since": period[0], "until": period[1], "before_day": before_day, "before_id": before_id, "limit": limit}
    return db.session.execute(_DAYS, values).mappings().all()


def differences(day: date, after: int | None = None, limit: int = 100) -> Sequence[RowMapping]:
    """What differs on a shop day, behind the id `after`; the order where the number is ours. Raises BillNotFound."""
    if not db.session.execute(_KNOWN, {"day": day}).scalar_one():
        raise BillNotFound
    return db.session.execute(_DIFFERENCES, {"day": day, "after": after, "limit": limit}).mappings().all()


def resolve(difference_id: int, note: str, staff_id: int | None) -> None:
    """Note what a difference was. Raises DifferenceNotFound, DifferenceResolved; the caller commits."""
    values = {"id": difference_id, "note": note, "staff": staff_id, "now": now()}
    if db.session.execute(_RESOLVE, values).rowcount == 1:
        return
    known = db.session.execute(_EXISTS, {"id": difference_id}).scalar_one()
    raise DifferenceResolved if known else DifferenceNotFound
