"""Refund and refund query (spec §4.9): limits, re-entry, PROCESSING and its ends, the notify."""

from flask import Blueprint

from simulator import notify, trades
from simulator.clock import rfc3339
from simulator.errors import pay_error
from simulator.gateway import Call, mount
from simulator.models import Order, Refund
from simulator.pay import sub_merchant
from simulator.schema import Many, Record, Text, Whole
from simulator.state import State

_MOST = 50
_YEAR = 365 * 86400
_FROM = Record({
    "account": Text(choices=("AVAILABLE", "UNAVAILABLE"), required=True), "amount": Whole(1, required=True),
})
_GOODS = Record({
    "merchant_goods_id": Text(1, 32, required=True),
    "wechatpay_goods_id": Text(1, 32),
    "goods_name": Text(1, 256),
    "unit_price": Whole(0, required=True),
    "refund_amount": Whole(0, required=True),
    "refund_quantity": Whole(1, required=True),
})
BODY = Record({
    "sub_mchid": Text(1, 32),
    "transaction_id": Text(1, 32),
    "out_trade_no": Text(6, 32),
    "out_refund_no": Text(1, 64, r"[0-9A-Za-z_\-|*@]+", required=True),
    "reason": Text(0, 80),
    "notify_url": Text(8, 256, r"https?://[^?#\s]+"),
    "funds_account": Text(choices=("AVAILABLE", "UNSETTLED")),
    "amount": Record({
        "refund": Whole(1, required=True),
        "total": Whole(1, required=True),
        "currency": Text(choices=("CNY",), required=True),
        "from": Many(_FROM),
    }, required=True),
    "goods_detail": Many(_GOODS, 1),
})


def ask(state: State, call: Call) -> dict:
    """``POST /v3/refund/domestic/refunds`` → the refund, PROCESSING. 200 only means accepted."""
    body = call.read(BODY)
    if call.merchant.kind == "sp":
        sub_merchant(state, call, body.get("sub_mchid"))
    with state.store.change():
        known = state.store.get(Refund, f"{call.mchid}/{body['out_refund_no']}")
        if known:
            return _again(state, known, body)
        order = _paid_order(state, call, body)
        _check(state, call, order, body["amount"])
        row = _accept(state, call, order, body)
        return picture(order, row)


def _again(state: State, known: Refund, body: dict) -> dict:
    if known.body != body:
        raise pay_error("changed")
    return picture(_order_of(state, known), known)


def _paid_order(state: State, call: Call, body: dict) -> Order:
    if "transaction_id" not in body and "out_trade_no" not in body:
        raise pay_error("param", "transaction_id和out_trade_no必须二选一")
    order = _find(state, call, body)
    if order is None:
        raise pay_error("no_resource", "订单不存在")
    if order.sub_mchid != body.get("sub_mchid"):
        raise pay_error("wrong_sub_merchant")
    if order.state not in trades.PAID:
        raise pay_error("not_paid")
    return order


def _find(state: State, call: Call, body: dict) -> Order | None:
    if "transaction_id" not in body:
        return state.store.get(Order, f"{call.mchid}/{body['out_trade_no']}")
    order = state.by_transaction.get(body["transaction_id"])
    return order if order and order.mchid == call.mchid else None


def _check(state: State, call: Call, order: Order, amount: dict) -> None:
    if amount["total"] != order.total_fen:
        raise pay_error("refund_total")
    if order.refunded_fen + amount["refund"] > order.total_fen:
        raise pay_error("refund_amount")
    if order.refund_count >= _MOST:
        raise pay_error("refund_count")
    if state.now - order.paid_at > _YEAR:
        raise pay_error("refund_late")
    if order.refund_count and state.now - order.last_refund_at < state.settings["refund_interval_seconds"]:
        raise pay_error("frequency", "同一笔订单两次退款需间隔1分钟")
    if state.faults.take("refund_not_enough", call.where):
        raise pay_error("not_enough")


def _accept(state: State, call: Call, order: Order, body: dict) -> Refund:
    now, fen = state.now, body["amount"]["refund"]
    stuck = state.faults.take("refund_stuck", call.where)
    row = Refund(
        mchid=call.mchid, out_refund_no=body["out_refund_no"], refund_id=state.ids.refund_id(now),
        out_trade_no=order.out_trade_no, transaction_id=order.transaction_id, body=body, refund_fen=fen,
        payer_refund_fen=_share(order, fen, order.payer_fen), fee_fen=_share(order, fen, order.fee_fen),
        created=now, due_at=None if stuck else now + state.settings["refund_delay_seconds"],
        outcome=_outcome(state, call), notify_url=body.get("notify_url"),
    )
    order.state = "REFUND"
    order.refunded_fen += fen
    order.refund_count += 1
    order.last_refund_at = now
    state.store.save(order)
    state.store.save(row)
    schedule(state, row)
    return row


def _outcome(state: State, call: Call) -> str:
    for outcome in ("ABNORMAL", "CLOSED"):
        if state.faults.take(f"refund_{outcome.lower()}", call.where):
            return outcome
    return "SUCCESS"


def _share(order: Order, fen: int, whole: int) -> int:
    """This refund's part of ``whole``; the last refund takes what is left, so that all parts sum to it."""
    before = order.refunded_fen
    return whole * (before + fen) // order.total_fen - whole * before // order.total_fen


def schedule(state: State, row: Refund) -> None:
    """Queue the end of a refund."""
    if row.status == "PROCESSING" and row.due_at is not None:
        state.scheduler.at(row.due_at, _finish, state, row)


def resume(state: State) -> None:
    """Queue every refund that was still processing before a restart."""
    for row in state.store.all(Refund):
        schedule(state, row)


def _finish(state: State, row: Refund) -> None:
    with state.store.change():
        if row.status != "PROCESSING" or row.due_at is None or state.now < row.due_at:
            return
        order = _order_of(state, row)
        row.status = row.outcome
        row.success_at = row.due_at if row.outcome == "SUCCESS" else None
        if row.outcome == "CLOSED":
            order.refunded_fen -= row.refund_fen
            state.store.save(order)
        state.store.save(row)
        notify.refund(state, order, row, _resource(order, row))


def query(state: State, call: Call, out_refund_no: str) -> dict:
    """``GET /v3/refund/domestic/refunds/{out_refund_no}[?sub_mchid=]``; unknown → 404."""
    if call.merchant.kind == "sp":
        sub_merchant(state, call, call.query.get("sub_mchid"))
    row = state.store.get(Refund, f"{call.mchid}/{out_refund_no}")
    if row is None:
        raise pay_error("no_resource")
    _finish(state, row)
    order = _order_of(state, row)
    if order.sub_mchid != call.query.get("sub_mchid"):
        raise pay_error("wrong_sub_merchant")
    return picture(order, row)


def _order_of(state: State, row: Refund) -> Order:
    return state.store.get(Order, f"{row.mchid}/{row.out_trade_no}")


def picture(order: Order, row: Refund) -> dict:
    """The refund as the API shows it (key ``status``)."""
    data = {
        "refund_id": row.refund_id,
        "out_refund_no": row.out_refund_no,
        "transaction_id": row.transaction_id,
        "out_trade_no": row.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": rfc3339(row.created),
        "status": row.status,
        "funds_account": row.body.get("funds_account", "UNSETTLED"),
        "amount": _amount(order, row),
        "promotion_detail": [],
    }
    return data | {"success_time": rfc3339(row.success_at)} if row.success_at else data


def _amount(order: Order, row: Refund) -> dict:
    return {
        "total": order.total_fen,
        "refund": row.refund_fen,
        "from": row.body["amount"].get("from", []),
        "payer_total": order.payer_fen,
        "payer_refund": row.payer_refund_fen,
        "settlement_total": order.total_fen,
        "settlement_refund": row.refund_fen,
        "discount_refund": row.refund_fen - row.payer_refund_fen,
        "currency": "CNY",
        "refund_fee": row.fee_fen,
    }


def _resource(order: Order, row: Refund) -> dict:
    """The refund as the notify shows it (key ``refund_status``)."""
    parties = {name: value for name, value in trades.owner(order).items() if name.endswith("mchid")}
    data = parties | {
        "out_trade_no": row.out_trade_no,
        "transaction_id": row.transaction_id,
        "out_refund_no": row.out_refund_no,
        "refund_id": row.refund_id,
        "refund_status": row.status,
        "user_received_account": "支付用户零钱",
        "amount": {
            "total": order.total_fen,
            "refund": row.refund_fen,
            "payer_total": order.payer_fen,
            "payer_refund": row.payer_refund_fen,
        },
    }
    return data | {"success_time": rfc3339(row.success_at)} if row.success_at else data


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    mount(blueprint, state, "POST", "/v3/refund/domestic/refunds", ask)
    mount(blueprint, state, "GET", "/v3/refund/domestic/refunds/<out_refund_no>", query)
