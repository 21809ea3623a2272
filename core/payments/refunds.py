"""Giving money back: rows of their own, retried under the same number until WeChat is done (wechat.md §4.9).

The promise (amounts, stock, events) is made in one transaction; the call to WeChat follows from the row. Nothing that
happens afterwards can block or double it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy import RowMapping, text

from core.clock import now
from core.db import db
from core.errors import AppError
from core.host import due, outbox
from core.money import cumulative_share
from core.orders import service as orders
from core.orders.domain import AWAITING_HANDOVER
from core.orders.errors import OrderNotFound
from core.orders.service import SYSTEM, Actor
from core.payments import profiles
from core.payments.errors import NotConfigured, NotRefundable, RefundTooLarge
from core.plugin import LineFact, OrderRefunded
from core.stock import service as stock
from core.wechat import errors as wechat
from core.wechat import types as wx
from tenants.context import current

log = structlog.get_logger()

RETRY_SECONDS = (5, 30, 120, 600, 1800, 3600)
PATIENCE = 4
"""Tries after which a busy WeChat counts as failing; a refusal counts at once."""


@dataclass(frozen=True, slots=True)
class RefundLine:
    """How much of a line goes back; `restock` says whether the goods return to the shelf."""

    position: int
    quantity: Decimal
    restock: bool = True


@dataclass(frozen=True, slots=True)
class Rest:
    """Everything that is left, shipping included."""

    restock: bool = True


@dataclass(frozen=True, slots=True)
class _Share:
    line: RowMapping
    quantity: Decimal
    amount_fen: int
    restock: bool


_EXISTING = text("SELECT out_refund_no FROM refund WHERE order_id = :order AND request_key = :key")
_ORDER = text("SELECT * FROM orders WHERE id = :order FOR UPDATE")
_LINES = text("SELECT * FROM order_line WHERE order_id = :order ORDER BY position")
_PAYMENT = text("SELECT id FROM payment WHERE order_id = :order AND state = 'paid' AND price_version = :version")


def request_refund(
    order_id: int, lines: Sequence[RefundLine] | Rest, reason: str, actor: Actor, request_key: str
) -> str:
    """Promise a refund of some lines or of the rest and return its number.

    A paid order whose goods are still here and which is refunded whole is cancelled, its stock set free whatever
    `restock` says. The same `request_key` returns the same refund. Raises OrderNotFound, NotRefundable, RefundTooLarge;
    the caller commits.
    """
    order = db.session.execute(_ORDER, {"order": order_id}).mappings().first()
    if order is None:
        raise OrderNotFound
    existing = db.session.execute(_EXISTING, {"order": order_id, "key": request_key}).scalar()
    if existing is not None:
        return existing
    _check_refundable(order)
    shares = _shares(db.session.execute(_LINES, {"order": order_id}).mappings().all(), lines)
    everything = isinstance(lines, Rest)
    shipping_fen = _shipping_left(order) if everything else 0
    amount_fen = sum(share.amount_fen for share in shares) + shipping_fen
    payment_id = db.session.execute(_PAYMENT, {"order": order_id, "version": order["price_version"]}).scalar()
    if amount_fen and payment_id is None:
        raise NotRefundable("订单不是在线支付的，无法原路退款")
    number = _write(order, payment_id, amount_fen, shipping_fen, "customer", reason, actor, request_key)
    _write_lines(order_id, number, shares, amount_fen)
    _give_goods_back(order, shares, everything, actor, reason)
    _tell(order, number, amount_fen, shipping_fen, shares)
    return number


def _check_refundable(order: RowMapping) -> None:
    if order["state"] in {"pending", "closed", "cancelled"}:
        raise NotRefundable("订单未付款或已取消，没有可退的金额", state=order["state"])


def _shares(rows: Sequence[RowMapping], wanted: Sequence[RefundLine] | Rest) -> list[_Share]:
    """What each wanted line gives back: cumulative shares, so that parts never add up to more than the line."""
    by_position = {row["position"]: row for row in rows}
    if isinstance(wanted, Rest):
        left = {p: r["quantity"] - r["refunded_quantity"] for p, r in by_position.items()}
        wanted = [RefundLine(p, quantity, wanted.restock) for p, quantity in left.items() if quantity > 0]
    if not wanted:
        raise NotRefundable("订单已全部退款")
    shares = []
    for line in wanted:
        row = by_position.get(line.position)
        if row is None or row["refunded_quantity"] + line.quantity > row["quantity"]:
            raise RefundTooLarge(field=f"lines.{line.position}")
        part = row["refunded_quantity"] + line.quantity
        amount = cumulative_share(row["payable_fen"], part, row["quantity"], row["refunded_fen"])
        shares.append(_Share(row, line.quantity, amount, line.restock))
    return shares


def _shipping_left(order: RowMapping) -> int:
    returned = db.session.execute(
        text("SELECT coalesce(sum(shipping_fen), 0) FROM refund WHERE order_id = :order AND kind = 'customer'"),
        {"order": order["id"]},
    ).scalar_one()
    return order["shipping_fen"] - int(returned)


_INSERT = text(
    """
    INSERT INTO refund (order_id, payment_id, request_key, out_refund_no, amount_fen, shipping_fen, kind, reason, state,
                        next_try_at, actor, actor_id, created_at, done_at)
    VALUES (:order, :payment, :key, :number, :amount, :shipping, :kind, :reason, :state, :now, :actor, :actor_id, :now,
            :done_at)
    ON CONFLICT (order_id, request_key) DO NOTHING
    """
)


def _write(
    order: RowMapping,
    payment_id: int | None,
    amount_fen: int,
    shipping_fen: int,
    kind: str,
    reason: str,
    actor: Actor,
    request_key: str,
) -> str:
    moment = now()
    count = db.session.execute(text("SELECT count(*) FROM refund WHERE order_id = :o"), {"o": order["id"]}).scalar_one()
    number = f"{current().key[:10]}{order['number']}r{count + 1}"
    db.session.execute(
        _INSERT,
        {
            "order": order["id"],
            "payment": payment_id,
            "key": request_key,
            "number": number,
            "amount": amount_fen,
            "shipping": shipping_fen,
            "kind": kind,
            "reason": reason[:80],
            "state": "pending" if amount_fen else "success",
            "done_at": None if amount_fen else moment,
            "now": moment,
            "actor": actor.kind,
            "actor_id": actor.id,
        },
    )
    due.due_now()
    return number


_WRITE_LINES = text(
    """
    WITH given AS (
        SELECT * FROM unnest(CAST(:lines AS bigint[]), CAST(:quantities AS numeric[]), CAST(:amounts AS bigint[]),
                             CAST(:restock AS boolean[])) AS g(line_id, quantity, amount_fen, restock)
    ), noted AS (
        INSERT INTO refund_line (refund_id, line_id, quantity, amount_fen, restock)
        SELECT r.id, g.line_id, g.quantity, g.amount_fen, g.restock FROM given g, refund r WHERE r.out_refund_no = :number
    ), lines AS (
        UPDATE order_line l SET refunded_quantity = l.refunded_quantity + g.quantity,
                                refunded_fen = l.refunded_fen + g.amount_fen
        FROM given g WHERE l.id = g.line_id
    )
    UPDATE orders SET refunded_fen = refunded_fen + :amount WHERE id = :order
    """
)


def _write_lines(order_id: int, number: str, shares: Sequence[_Share], amount_fen: int) -> None:
    db.session.execute(
        _WRITE_LINES,
        {
            "order": order_id,
            "number": number,
            "amount": amount_fen,
            "lines": [share.line["id"] for share in shares],
            "quantities": [share.quantity for share in shares],
            "amounts": [share.amount_fen for share in shares],
            "restock": [share.restock for share in shares],
        },
    )


def _give_goods_back(
    order: RowMapping, shares: Sequence[_Share], everything: bool, actor: Actor, reason: str
) -> None:
    """Goods that are still here are set free; goods that left come back to the shelf where the line says so."""
    quantities = [(share.line["sku_id"], share.quantity) for share in shares if share.restock]
    if order["state"] in AWAITING_HANDOVER:
        complete = everything and all(s.line["refunded_quantity"] + s.quantity == s.line["quantity"] for s in shares)
        if complete:
            orders.cancel_paid(order["id"], actor, reason)
        else:
            stock.release_part(order["id"], [(s.line["sku_id"], s.quantity) for s in shares])
    elif quantities:
        stock.move(order["store_id"], "return", order["number"], quantities)


def _tell(
    order: RowMapping, number: str, amount_fen: int, shipping_fen: int, shares: Sequence[_Share]
) -> None:
    outbox.emit(
        OrderRefunded(
            **orders.identity(order),
            refund_no=number,
            amount_fen=amount_fen,
            shipping_fen=shipping_fen,
            full=order["refunded_fen"] + amount_fen == order["payable_fen"],
            lines=tuple(
                LineFact(
                    s.line["position"], s.line["sku_id"], s.line["sku_code"], s.quantity, s.line["list_fen"], s.amount_fen
                )
                for s in shares
            ),
        )
    )


def refund_stray_payment(payment_id: int, order_id: int, amount_fen: int, reason: str) -> None:
    """Money that nobody waits for (late, doubled, of an old price) goes back whole; the order is not touched."""
    order = db.session.execute(text("SELECT id, number FROM orders WHERE id = :id"), {"id": order_id}).mappings().one()
    _write(order, payment_id, amount_fen, 0, "stray", f"{reason}，自动退款", SYSTEM, f"stray-{payment_id}")


_DUE = text(
    "SELECT id FROM refund WHERE state IN ('pending', 'processing') AND next_try_at <= :now"
    " ORDER BY next_try_at LIMIT 100"
)
_CLAIM = text(
    """
    UPDATE refund r SET attempts = attempts + 1,
        next_try_at = :now + make_interval(secs => (CAST(:waits AS int[]))[least(attempts + 1, :steps)])
    FROM payment p WHERE r.id = :id AND p.id = r.payment_id AND r.state IN ('pending', 'processing')
    RETURNING r.id, r.out_refund_no, r.amount_fen, r.reason, r.state, r.attempts, p.out_trade_no, p.amount_fen AS total_fen
    """
)


def push_due() -> None:
    """Chore: send refunds that are due to WeChat, ask about those it accepted."""
    ids = db.session.execute(_DUE, {"now": now()}).scalars().all()
    db.session.rollback()
    for refund_id in ids:
        push(refund_id)


def push(refund_id: int) -> None:
    """One step of one refund; an error is noted on the row and tried again later under the same number. Commits."""
    values = {"id": refund_id, "now": now(), "waits": list(RETRY_SECONDS), "steps": len(RETRY_SECONDS)}
    refund = db.session.execute(_CLAIM, values).mappings().first()
    db.session.commit()
    if refund is None:
        return
    try:
        book(_send(refund) if refund["state"] == "pending" else profiles.gateway().query_refund(refund["out_refund_no"]))
        db.session.commit()
    except (wechat.WechatError, NotConfigured) as error:
        log.warning("refund_failed", out_refund_no=refund["out_refund_no"], error=str(error))
        _note(refund, error)


_NOTE = text(
    "UPDATE refund SET last_error = :error, error_code = :code WHERE id = :id AND state IN ('pending', 'processing')"
)


def _note(refund: RowMapping, error: AppError) -> None:
    passing = isinstance(error, wechat.Retryable) and refund["attempts"] < PATIENCE
    db.session.rollback()
    values = {"id": refund["id"], "error": str(error)[:500], "code": None if passing else error.code}
    db.session.execute(_NOTE, values)
    db.session.commit()


def _send(refund: RowMapping) -> wx.Refund:
    return profiles.gateway().refund(
        wx.RefundOrder(
            out_refund_no=refund["out_refund_no"],
            out_trade_no=refund["out_trade_no"],
            refund_fen=refund["amount_fen"],
            total_fen=refund["total_fen"],
            notify_url=profiles.notify_url("refund"),
            reason=refund["reason"],
        )
    )


_STATES = {"PROCESSING": "processing", "SUCCESS": "success", "CLOSED": "closed", "ABNORMAL": "abnormal"}
_BOOK = text(
    """
    UPDATE refund SET state = :state, refund_id = coalesce(:refund_id, refund_id), last_error = NULL, error_code = NULL,
        accepted_at = coalesce(CAST(:created AS timestamptz), accepted_at, :now),
        done_at = CASE WHEN :state = 'success' THEN :now ELSE done_at END
    WHERE out_refund_no = :number AND amount_fen = :amount AND state IN ('pending', 'processing', 'abnormal')
    """
)


def book(refund: wx.Refund) -> bool:
    """Note what WeChat says about a refund; a finished one never goes back. The caller commits."""
    values: dict[str, Any] = {
        "state": _STATES[refund.status],
        "refund_id": refund.refund_id,
        "created": refund.create_time,
        "now": now(),
        "number": refund.out_refund_no,
        "amount": refund.refund_fen,
    }
    return db.session.execute(_BOOK, values).rowcount == 1


NEXT_DUE = "SELECT min(next_try_at) FROM refund WHERE state IN ('pending', 'processing')"
