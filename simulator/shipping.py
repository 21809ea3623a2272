"""Shipping info 发货信息管理: upload, order states, lists (spec §5.7)."""

from flask import Blueprint

from simulator import trades
from simulator.clock import parse_rfc3339
from simulator.errors import WxError
from simulator.models import Order, Shipping
from simulator.schema import Flag, Many, Record, Text, Whole
from simulator.shippingrules import check_upload
from simulator.state import State
from simulator.weixin import WxCall, mount

_DAY = 86400
_CONFIRM = {1: 10 * _DAY, 2: 2 * _DAY, 3: 2 * _DAY, 4: 2 * _DAY}
_KEY = Record({
    "order_number_type": Whole(), "transaction_id": Text(), "mchid": Text(), "out_trade_no": Text(),
})
_CONTACT = Record({"consignor_contact": Text(), "receiver_contact": Text()})
_PARCEL = Record({
    "tracking_no": Text(), "express_company": Text(), "item_desc": Text(), "contact": _CONTACT,
})
_UPLOAD = Record({
    "order_key": _KEY, "logistics_type": Whole(), "delivery_mode": Whole(), "is_all_delivered": Flag(),
    "shipping_list": Many(_PARCEL), "upload_time": Text(), "payer": Record({"openid": Text()}),
})
_GET = Record({
    "transaction_id": Text(), "merchant_id": Text(), "sub_merchant_id": Text(), "merchant_trade_no": Text(),
})
_LIST = Record({
    "pay_time_range": Record({"begin_time": Whole(), "end_time": Whole()}), "order_state": Whole(1, 6),
    "openid": Text(), "last_index": Text(0, 12, r"\d*"), "page_size": Whole(1, 200),
})


def upload(state: State, call: WxCall) -> dict:
    """``POST /wxa/sec/order/upload_shipping_info``."""
    body = call.read(_UPLOAD, 10060014)
    check_upload(body)
    with state.store.change():
        order = _by_key(state, call, body["order_key"])
        if order.payer_openid != body["payer"]["openid"]:
            raise WxError(10060031)
        if order.refunded_fen >= order.total_fen:
            raise WxError(10060004)
        known = state.store.get(Shipping, order.transaction_id)
        state.store.save(_changed(state, known, body) if known else _new(state, call, order, body))
    return {"errcode": 0, "errmsg": "ok"}


def _by_key(state: State, call: WxCall, key: dict) -> Order:
    if key["order_number_type"] == 2:
        order = state.by_transaction.get(key["transaction_id"])
    else:
        order = state.store.get(Order, f"{key['mchid']}/{key['out_trade_no']}")
    return _paid_here(call, order)


def _paid_here(call: WxCall, order: Order | None) -> Order:
    if order is None or order.state not in trades.PAID or call.app.appid not in order.appids:
        raise WxError(10060001)
    return order


def _finished(body: dict) -> bool:
    return body["delivery_mode"] == 1 or body["is_all_delivered"]


def _new(state: State, call: WxCall, order: Order, body: dict) -> Shipping:
    return Shipping(
        transaction_id=order.transaction_id, appid=call.app.appid, logistics_type=body["logistics_type"],
        delivery_mode=body["delivery_mode"], shipping_list=body["shipping_list"], finished=_finished(body),
        upload_time=parse_rfc3339(body["upload_time"]), shipped_at=state.now,
    )


def _changed(state: State, row: Shipping, body: dict) -> Shipping:
    what = (body["logistics_type"], body["delivery_mode"], body["shipping_list"])
    if what == (row.logistics_type, row.delivery_mode, row.shipping_list):
        raise WxError(10060023)
    if parse_rfc3339(body["upload_time"]) <= row.upload_time:
        raise WxError(268485216)
    if row.finished or body["delivery_mode"] != row.delivery_mode:
        if row.reshipped:
            raise WxError(10060003)
        row.reshipped = True
        row.shipping_list = []
    row.logistics_type, row.delivery_mode = what[:2]
    row.shipping_list = row.shipping_list + body["shipping_list"]
    row.finished, row.upload_time = _finished(body), parse_rfc3339(body["upload_time"])
    row.shipped_at = state.now
    return row


def get_order(state: State, call: WxCall) -> dict:
    """``POST /wxa/sec/order/get_order`` → order."""
    body = call.read(_GET)
    if body.get("transaction_id"):
        order = state.by_transaction.get(body["transaction_id"])
    else:
        order = state.store.get(Order, f"{body.get('merchant_id')}/{body.get('merchant_trade_no')}")
    return {"errcode": 0, "errmsg": "ok", "order": _picture(state, _paid_here(call, order))}


def get_order_list(state: State, call: WxCall) -> dict:
    """``POST /wxa/sec/order/get_order_list`` → order_list, last_index, has_more."""
    body = call.read(_LIST)
    found = [o for o in state.store.all(Order) if _listed(state, call, o, body)]
    start, size = int(body.get("last_index") or 0), body.get("page_size", 100)
    page = found[start : start + size]
    return {
        "errcode": 0,
        "errmsg": "ok",
        "order_list": [_picture(state, order) for order in page],
        "last_index": str(start + len(page)),
        "has_more": start + len(page) < len(found),
    }


def _listed(state: State, call: WxCall, order: Order, body: dict) -> bool:
    if call.app.appid not in order.appids or order.state not in trades.PAID:
        return False
    if body.get("openid") not in (None, order.payer_openid):
        return False
    span = body.get("pay_time_range", {})
    if not span.get("begin_time", 0) <= order.paid_at <= span.get("end_time", 1 << 40):
        return False
    return body.get("order_state") in (None, order_state(state, order))


def order_state(state: State, order: Order) -> int:
    """1 待发货, 2 已发货, 4 交易完成 (confirmed by time), 5 已退款."""
    row = state.store.get(Shipping, order.transaction_id)
    if order.refunded_fen >= order.total_fen:
        return 5
    if row is None or not row.finished:
        return 1
    return 4 if state.now - row.shipped_at >= _CONFIRM[row.logistics_type] else 2


def _picture(state: State, order: Order) -> dict:
    data = {
        "transaction_id": order.transaction_id,
        "merchant_id": order.mchid,
        "merchant_trade_no": order.out_trade_no,
        "description": order.body["description"],
        "paid_amount": order.payer_fen,
        "openid": order.payer_openid,
        "trade_create_time": int(order.created),
        "pay_time": int(order.paid_at),
        "in_complaint": False,
        "order_state": order_state(state, order),
        "shipping": _shipping(state.store.get(Shipping, order.transaction_id)),
    }
    return data | {"sub_merchant_id": order.sub_mchid} if order.sub_mchid else data


def _shipping(row: Shipping | None) -> dict:
    if row is None:
        return {"finish_shipping": False, "finish_shipping_count": 0, "shipping_list": []}
    return {
        "delivery_mode": row.delivery_mode,
        "logistics_type": row.logistics_type,
        "finish_shipping": row.finished,
        "goods_desc": row.shipping_list[0]["item_desc"],
        "finish_shipping_count": int(row.finished) + int(row.reshipped),
        "shipping_list": row.shipping_list,
    }


def is_managed(state: State, call: WxCall) -> dict:
    """``POST /wxa/sec/order/is_trade_managed``."""
    call.read(Record({"appid": Text(1, required=True)}))
    return {"errcode": 0, "errmsg": "ok", "is_trade_managed": call.app.trade_managed}


def is_confirmed(state: State, call: WxCall) -> dict:
    """``POST /wxa/sec/order/is_trade_management_confirmation_completed``."""
    call.read(Record({"appid": Text(1, required=True)}))
    return {"errcode": 0, "errmsg": "ok", "completed": call.app.trade_managed}


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    for name, handler in (
        ("upload_shipping_info", upload),
        ("get_order", get_order),
        ("get_order_list", get_order_list),
        ("is_trade_managed", is_managed),
        ("is_trade_management_confirmation_completed", is_confirmed),
    ):
        mount(blueprint, state, "POST", f"/wxa/sec/order/{name}", handler)
