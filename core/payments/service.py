"""Being paid: prepare, book, reconcile. Calls to WeChat never happen inside a transaction that holds an order."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import RowMapping, text

from core.clock import now
from core.db import db
from core.host import due
from core.orders import service as orders
from core.orders.domain import STATE_NAMES
from core.orders.errors import OrderNotFound
from core.orders.service import Actor
from core.payments import profiles
from core.payments.errors import AmountMismatch, NotPayable, UnknownPayment
from core.payments.refunds import refund_stray_payment
from core.wechat import errors as wechat
from core.wechat.types import JsapiOrder, Trade
from tenants.context import current

log = structlog.get_logger()

CHECK_AFTER_SECONDS = (5, 30, 60, 180, 300, 600, 1800)
"""WeChat's polling plan for unpaid orders (wechat.md §4.6)."""
PREPAY_LIVES = timedelta(hours=2)
MIN_LIFE = timedelta(seconds=65)
WECHAT = Actor("wechat")


@dataclass(frozen=True, slots=True)
class Payer:
    buyer_id: int
    appid: str
    openid: str


_BEGIN = text(
    """
    INSERT INTO payment (order_id, out_trade_no, amount_fen, price_version, profile_version, appid, openid, state,
                         expires_at, next_check_at, created_at)
    SELECT o.id, :out_trade_no, o.payable_fen, o.price_version, :profile_version, :appid, :openid, 'new',
           greatest(o.pay_by, :earliest_end), :next_check_at, :now
    FROM orders o WHERE o.id = :order AND o.state = 'pending' AND o.pay_by > :now AND o.payable_fen > 0
    ON CONFLICT (order_id, price_version) WHERE state IN ('new', 'prepared') DO NOTHING
    """
)
_LIVE = text(
    """
    SELECT p.*, o.number FROM payment p JOIN orders o ON o.id = p.order_id AND o.price_version = p.price_version
    WHERE p.order_id = :order AND p.state IN ('new', 'prepared') AND o.state = 'pending'
    """
)
_PREPARED = text(
    "UPDATE payment SET state = 'prepared', prepay_id = :prepay_id, prepared_at = :now WHERE id = :id"
    " AND state IN ('new', 'prepared')"
)
_ORDER = text("SELECT id, number, state, payable_fen, buyer_id FROM orders WHERE id = :order")


def prepare(order_id: int, payer: Payer) -> dict[str, Any]:
    """What the mini-program hands to wx.requestPayment, or `{"paid": true}` for an order that costs nothing. Commits.

    Repeated calls use the same attempt and the same number; raises NotPayable, NotConfigured, WeChat's errors.
    """
    order = db.session.execute(_ORDER, {"order": order_id}).mappings().first()
    if order is None or order["buyer_id"] != payer.buyer_id:
        raise OrderNotFound
    if order["payable_fen"] == 0 and order["state"] == "pending":
        orders.mark_paid(order_id, Actor("buyer", payer.buyer_id), "应付金额为 0")
        db.session.commit()
        return {"paid": True}
    payment = _begin(order, payer)
    try:
        return {"paid": False, "params": _params(payment)}
    except wechat.AlreadyPaid:
        check(payment["id"])
        raise
    except wechat.Closed:
        _finish(payment["id"], "closed", "expired at WeChat")
        raise


def _begin(order: RowMapping, payer: Payer) -> RowMapping:
    moment = now()
    db.session.execute(
        _BEGIN,
        {
            "order": order["id"],
            "out_trade_no": f"{current().key[:10]}{order['number']}{secrets.token_hex(2)}",
            "profile_version": profiles.profile_version(),
            "appid": payer.appid,
            "openid": payer.openid,
            "earliest_end": moment + MIN_LIFE,
            "next_check_at": moment + timedelta(seconds=CHECK_AFTER_SECONDS[0]),
            "now": moment,
        },
    )
    payment = db.session.execute(_LIVE, {"order": order["id"]}).mappings().first()
    if payment is None:
        db.session.rollback()
        state = STATE_NAMES[order["state"]]
        raise NotPayable(f"订单当前为“{state}”或已超过付款时间，无法支付", state=order["state"])
    due.due_at(payment["next_check_at"])
    db.session.commit()
    return payment


def _params(payment: RowMapping) -> dict[str, str]:
    gateway = profiles.gateway()
    if payment["prepay_id"] and now() - payment["prepared_at"] < PREPAY_LIVES:
        return gateway.pay_params(payment["prepay_id"]).as_dict()
    params = gateway.create_jsapi(
        JsapiOrder(
            out_trade_no=payment["out_trade_no"],
            description=f"订单 {payment['number']}",
            total_fen=payment["amount_fen"],
            openid=payment["openid"],
            notify_url=profiles.notify_url("payment"),
            time_expire=payment["expires_at"],
        )
    )
    db.session.execute(_PREPARED, {"id": payment["id"], "prepay_id": params.prepay_id, "now": now()})
    db.session.commit()
    return params.as_dict()


_BOOK = text(
    """
    UPDATE payment SET state = 'paid', transaction_id = :transaction_id, paid_at = :paid_at, last_error = NULL
    WHERE out_trade_no = :out_trade_no AND state <> 'paid' AND amount_fen = :total
    RETURNING id, order_id, amount_fen, price_version
    """
)
_KNOWN = text("SELECT state, amount_fen FROM payment WHERE out_trade_no = :out_trade_no")
_LOCK = text("SELECT state, price_version FROM orders WHERE id = :order FOR UPDATE")


def book(trade: Trade) -> None:
    """Take a payment that WeChat confirmed: the order is paid, or, when it no longer waits for this money, the money goes
    back by itself. Booking twice books once. Raises UnknownPayment, AmountMismatch; the caller commits.
    """
    payment = (
        db.session.execute(
            _BOOK,
            {
                "out_trade_no": trade.out_trade_no,
                "transaction_id": trade.transaction_id,
                "paid_at": trade.success_time or now(),
                "total": trade.total_fen if trade.currency == "CNY" else -1,
            },
        )
        .mappings()
        .first()
    )
    if payment is None:
        _check_known(trade)
        return
    order = db.session.execute(_LOCK, {"order": payment["order_id"]}).one()
    wanted = order.state == "pending" and order.price_version == payment["price_version"]
    if wanted and orders.mark_paid(payment["order_id"], WECHAT, "微信支付成功", trade.transaction_id):
        return
    log.warning("payment_not_wanted", out_trade_no=trade.out_trade_no, order_state=order.state)
    refund_stray_payment(payment["id"], payment["order_id"], payment["amount_fen"], f"订单{STATE_NAMES[order.state]}")


def _check_known(trade: Trade) -> None:
    known = db.session.execute(_KNOWN, {"out_trade_no": trade.out_trade_no}).first()
    if known is None:
        raise UnknownPayment(f"没有支付单 {trade.out_trade_no}")
    if known.amount_fen != trade.total_fen:
        log.error("payment_amount_mismatch", out_trade_no=trade.out_trade_no, ours=known.amount_fen, told=trade.total_fen)
        raise AmountMismatch(f"支付单 {trade.out_trade_no} 金额不符")


_FINISH = text(
    "UPDATE payment SET state = :state, last_error = :error WHERE id = :id AND state IN ('new', 'prepared', 'closing')"
)


def _finish(payment_id: int, state: str, error: str | None = None) -> None:
    db.session.execute(_FINISH, {"id": payment_id, "state": state, "error": error})
    db.session.commit()


_DUE = text(
    "SELECT id FROM payment WHERE state IN ('new', 'prepared', 'closing') AND next_check_at <= :now"
    " ORDER BY next_check_at LIMIT 100"
)
_CLAIM = text(
    """
    UPDATE payment p SET checks = checks + 1, next_check_at = :next_check_at, last_error = NULL
    FROM orders o WHERE p.id = :id AND o.id = p.order_id AND p.state IN ('new', 'prepared', 'closing')
    RETURNING p.id, p.out_trade_no, p.checks, p.expires_at, p.order_id,
              o.state <> 'pending' OR o.price_version <> p.price_version AS unwanted
    """
)


def check_due() -> None:
    """Chore: ask WeChat about every payment whose time has come (wechat.md §4.6)."""
    ids = db.session.execute(_DUE, {"now": now()}).scalars().all()
    db.session.rollback()
    for payment_id in ids:
        check(payment_id)


def check(payment_id: int) -> None:
    """Find out what became of one payment: paid is booked, unwanted is closed, the rest is asked again later. Commits."""
    payment = claim(payment_id)
    if payment is None:
        return
    try:
        _ask(payment)
    except wechat.Retryable as error:
        note(payment_id, error)
    except (wechat.WechatError, UnknownPayment, AmountMismatch) as error:
        log.error("payment_check_failed", out_trade_no=payment["out_trade_no"], error=str(error))
        note(payment_id, error)


def claim(payment_id: int) -> RowMapping | None:
    """Note the attempt before making it, so that a crash does not ask in a tight loop; what the last one met is over."""
    checks = db.session.execute(text("SELECT checks, expires_at FROM payment WHERE id = :id"), {"id": payment_id}).first()
    if checks is None:
        db.session.rollback()
        return None
    claimed = (
        db.session.execute(_CLAIM, {"id": payment_id, "next_check_at": _next_check(checks.checks + 1, checks.expires_at)})
        .mappings()
        .first()
    )
    db.session.commit()
    return claimed


def _next_check(checks: int, expires_at: datetime) -> datetime:
    """Later and later, but in time for the deadline."""
    moment = now()
    planned = moment + timedelta(seconds=CHECK_AFTER_SECONDS[min(checks, len(CHECK_AFTER_SECONDS) - 1)])
    return min(planned, expires_at) if expires_at > moment else planned


def _ask(payment: RowMapping) -> None:
    gateway = profiles.gateway()
    try:
        trade = gateway.query(payment["out_trade_no"])
    except wechat.NotFound:
        if payment["unwanted"]:
            _finish(payment["id"], "closed")
        return
    if trade.paid:
        book(trade)
        db.session.commit()
    elif trade.trade_state in {"CLOSED", "REVOKED", "PAYERROR"}:
        _finish(payment["id"], "closed", trade.trade_state)
    elif payment["unwanted"]:
        close(payment)


def close(payment: RowMapping) -> None:
    gateway = profiles.gateway()
    try:
        gateway.close(payment["out_trade_no"])
    except wechat.NotFound:
        pass
    except wechat.AlreadyPaid:
        book(gateway.query(payment["out_trade_no"]))
        db.session.commit()
        return
    _finish(payment["id"], "closed")


def note(payment_id: int, error: Exception) -> None:
    db.session.rollback()
    values = {"id": payment_id, "error": str(error)[:500]}
    db.session.execute(text("UPDATE payment SET last_error = :error WHERE id = :id"), values)
    db.session.commit()
