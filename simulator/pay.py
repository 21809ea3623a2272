"""JSAPI order, query and close, direct and partner (spec §4.5–§4.7)."""

from collections.abc import Callable

from flask import Blueprint

from simulator import forge, trades
from simulator.clock import parse_rfc3339
from simulator.errors import pay_error
from simulator.gateway import Call, mount
from simulator.models import Merchant, Order, User
from simulator.payfields import CLOSE_DIRECT, CLOSE_PARTNER, DIRECT, PARTNER
from simulator.state import State


def order_direct(state: State, call: Call) -> dict:
    """``POST /v3/pay/transactions/jsapi`` → prepay_id."""
    body = call.read(DIRECT)
    same_merchant(call, body["mchid"])
    openid = body.get("payer", {}).get("openid")
    order = _new_order(state, call, appid=body["appid"], openid=openid)
    return _place(state, call, order, {body["appid"]: call.merchant})


def order_partner(state: State, call: Call) -> dict:
    """``POST /v3/pay/partner/transactions/jsapi`` → prepay_id."""
    body = call.read(PARTNER)
    same_merchant(call, body["sp_mchid"])
    sub = sub_merchant(state, call, body.get("sub_mchid"))
    payer = body.get("payer", {})
    if len(payer) > 1 or ("sub_openid" in payer and "sub_appid" not in body):
        raise pay_error("param", "sp_openid和sub_openid只能二选一，sub_openid须同时传sub_appid")
    order = _new_order(
        state, call, appid=body["sp_appid"], sub_mchid=sub.mchid, sub_appid=body.get("sub_appid"),
        openid=payer.get("sp_openid"), sub_openid=payer.get("sub_openid"),
    )
    bindings = {body["sp_appid"]: call.merchant}
    return _place(state, call, order, bindings | ({order.sub_appid: sub} if order.sub_appid else {}))


def same_merchant(call: Call, mchid: str | None) -> None:
    """Only for oneself: raises 268447843 otherwise."""
    if mchid != call.mchid:
        raise pay_error("wrong_merchant")


def sub_merchant(state: State, call: Call, mchid: str | None) -> Merchant:
    """The caller's own sub-merchant; raises the three partner errors of spec §4.4."""
    if not mchid:
        raise pay_error("sub_mchid_missing")
    if mchid == call.mchid:
        raise pay_error("sub_is_sp")
    sub = state.store.get(Merchant, mchid)
    if sub is None or sub.kind != "sub" or sub.sp_mchid != call.mchid:
        raise pay_error("not_bound")
    if sub.disabled:
        raise pay_error("merchant_unusable")
    return sub


def _new_order(state: State, call: Call, **parties) -> Order:
    body = call.body
    return Order(
        mchid=call.mchid, out_trade_no=body["out_trade_no"], body=_normal(body), notify_url=body["notify_url"],
        total_fen=body["amount"]["total"], created=state.now, expire_at=_expiry(body), **parties,
    )


def _normal(body: dict) -> dict:
    return body | {"amount": {"currency": "CNY"} | body["amount"]}


def _expiry(body: dict) -> float | None:
    if "time_expire" not in body:
        return None
    try:
        return parse_rfc3339(body["time_expire"])
    except ValueError as error:
        raise pay_error("param", "time_expire须为RFC3339格式", field="/time_expire") from error


def _place(state: State, call: Call, order: Order, bindings: dict[str, Merchant]) -> dict:
    expected = "partner" if order.sub_mchid else "direct"
    if {"sp": "partner", "direct": "direct"}[call.merchant.kind] != expected:
        raise pay_error("no_auth")
    _check_parties(state, call, order, bindings)
    with state.store.change():
        known = state.store.get(Order, order.key)
        order = _again(state, call, known, order) if known else _first(state, order)
        return {"prepay_id": _prepay(state, order)}


def _check_parties(state: State, call: Call, order: Order, bindings: dict[str, Merchant]) -> None:
    if any(appid not in merchant.appids for appid, merchant in bindings.items()):
        raise pay_error("appid_mismatch")
    if state.faults.take("appid_mismatch", call.where):
        raise pay_error("appid_mismatch")
    if not order.payer_openid:
        raise pay_error("openid_missing")
    if state.faults.take("openid_mismatch", call.where):
        raise pay_error("openid_mismatch")
    if state.store.get(User, f"{order.payer_app}/{order.payer_openid}") is None:
        raise _foreign_openid(state, order.payer_openid)


def _foreign_openid(state: State, openid: str):
    if any(user.openid == openid for user in state.store.all(User)):
        return pay_error("openid_mismatch")
    return pay_error("param", "无效的openid", field="/payer/openid", value=openid)


def _first(state: State, order: Order) -> Order:
    if order.expire_at and order.expire_at < state.now + 60:
        raise pay_error("range", "time_expire须晚于当前时间至少1分钟", field="/time_expire")
    return order


def _again(state: State, call: Call, known: Order, wanted: Order) -> Order:
    trades.refresh(state, known)
    if known.state == "NOTPAY" and state.faults.take("orderpaid_on_reorder", call.where):
        trades.settle(state, known)
    if known.state in trades.PAID:
        raise pay_error("paid")
    if known.state == "CLOSED" or trades.expired(state, known):
        raise pay_error("closed")
    if known.body != wanted.body:
        raise pay_error("changed")
    return known


def _prepay(state: State, order: Order) -> str:
    prepay_id = state.ids.prepay_id(state.now)
    order.prepays = [*order.prepays[-9:], [prepay_id, state.now]]
    state.store.save(order)
    state.index(order)
    forge.after_order(state, order)
    return prepay_id


def query_by_number(state: State, call: Call, out_trade_no: str) -> dict:
    """``GET …/out-trade-no/{out_trade_no}``."""
    order = state.store.get(Order, f"{call.mchid}/{out_trade_no}")
    return _show(state, call, order)


def query_by_transaction(state: State, call: Call, transaction_id: str) -> dict:
    """``GET …/id/{transaction_id}``; another merchant's → 268447843."""
    order = state.by_transaction.get(transaction_id)
    if order and order.mchid != call.mchid:
        raise pay_error("wrong_merchant")
    return _show(state, call, order)


def _show(state: State, call: Call, order: Order | None) -> dict:
    _check_query(state, call)
    if order is None or state.faults.take("order_not_exist", call.where):
        raise pay_error("no_order")
    _same_sub(call, order)
    trades.refresh(state, order)
    if order.state == "SUCCESS" and state.now < order.visible_at:
        return trades.picture(order, "NOTPAY")
    if order.state == "NOTPAY" and state.faults.take("user_paying", call.where):
        return trades.picture(order, "USERPAYING")
    return trades.picture(order)


def _check_query(state: State, call: Call) -> None:
    partner = "/partner/" in call.path
    same_merchant(call, call.query.get("sp_mchid" if partner else "mchid"))
    if partner:
        sub_merchant(state, call, call.query.get("sub_mchid"))


def _same_sub(call: Call, order: Order) -> None:
    named = call.query.get("sub_mchid") or call.body.get("sub_mchid")
    if order.sub_mchid != named:
        raise pay_error("wrong_sub_merchant")


def close_direct(state: State, call: Call, out_trade_no: str) -> None:
    """``POST /v3/pay/transactions/out-trade-no/{no}/close`` → 204."""
    same_merchant(call, call.read(CLOSE_DIRECT)["mchid"])
    _close(state, call, out_trade_no)


def close_partner(state: State, call: Call, out_trade_no: str) -> None:
    """The same under ``/v3/pay/partner``."""
    body = call.read(CLOSE_PARTNER)
    same_merchant(call, body["sp_mchid"])
    sub_merchant(state, call, body["sub_mchid"])
    _close(state, call, out_trade_no)


def _close(state: State, call: Call, out_trade_no: str) -> None:
    with state.store.change():
        order = state.store.get(Order, f"{call.mchid}/{out_trade_no}")
        if order is None or state.faults.take("order_not_exist", call.where):
            _close_unknown(state)
            return
        _same_sub(call, order)
        if order.state == "NOTPAY" and state.faults.take("close_race", call.where):
            trades.settle(state, order)
        if order.state in trades.PAID:
            raise pay_error("close_paid")
        order.state = "CLOSED"
        state.store.save(order)


def _close_unknown(state: State) -> None:
    if state.settings["close_unknown"] == 404:
        raise pay_error("no_order")


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    table: list[tuple[str, str, Callable]] = [
        ("POST", "/v3/pay/transactions/jsapi", order_direct),
        ("POST", "/v3/pay/partner/transactions/jsapi", order_partner),
        ("POST", "/v3/pay/transactions/out-trade-no/<out_trade_no>/close", close_direct),
        ("POST", "/v3/pay/partner/transactions/out-trade-no/<out_trade_no>/close", close_partner),
    ]
    for prefix in ("/v3/pay/transactions", "/v3/pay/partner/transactions"):
        table.append(("GET", f"{prefix}/out-trade-no/<out_trade_no>", query_by_number))
        table.append(("GET", f"{prefix}/id/<transaction_id>", query_by_transaction))
    for method, rule, handler in table:
        mount(blueprint, state, method, rule, handler)
