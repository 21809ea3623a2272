"""Facts about a trade: its states, its picture in query and notify, and what happens when it is paid."""

from simulator import notify
from simulator.clock import rfc3339
from simulator.models import Merchant, Order
from simulator.state import State

WEEK = 7 * 86400
_DESCRIPTIONS = {
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "REFUND": "订单发生过退款，退款详情请查询退款单",
    "CLOSED": "订单已关闭",
    "USERPAYING": "用户支付中，需要输入密码",
}
PAID = ("SUCCESS", "REFUND")


def owner(order: Order) -> dict:
    """The account fields: appid, mchid, or their four partner forms."""
    if not order.sub_mchid:
        return {"appid": order.appid, "mchid": order.mchid}
    fields = {"sp_appid": order.appid, "sp_mchid": order.mchid, "sub_mchid": order.sub_mchid}
    return fields | {"sub_appid": order.sub_appid} if order.sub_appid else fields


def picture(order: Order, shown: str | None = None) -> dict:
    """The trade as query and notify show it (spec §4.6). ``shown`` replaces the true state."""
    shown = shown or order.state
    data = owner(order) | {
        "out_trade_no": order.out_trade_no,
        "trade_state": shown,
        "trade_state_desc": _DESCRIPTIONS[shown],
        "amount": {"total": order.total_fen, "currency": "CNY"},
    }
    if "attach" in order.body:
        data["attach"] = order.body["attach"]
    if "device_id" in order.body.get("scene_info", {}):
        data["scene_info"] = {"device_id": order.body["scene_info"]["device_id"]}
    return data | _payment(order) if shown in PAID else data


def _payment(order: Order) -> dict:
    data = {
        "transaction_id": order.transaction_id,
        "trade_type": "JSAPI",
        "bank_type": "OTHERS",
        "success_time": rfc3339(order.paid_at),
        "payer": _payer(order),
        "amount": {
            "total": order.total_fen,
            "payer_total": order.payer_fen,
            "currency": "CNY",
            "payer_currency": "CNY",
        },
    }
    return data | {"promotion_detail": [_coupon(order)]} if order.coupon_fen else data


def _payer(order: Order) -> dict:
    if not order.sub_mchid:
        return {"openid": order.openid}
    both = {"sp_openid": order.openid, "sub_openid": order.sub_openid}
    return {name: value for name, value in both.items() if value}


def _coupon(order: Order) -> dict:
    return {
        "coupon_id": order.transaction_id[-10:],
        "name": "微信支付立减",
        "scope": "GLOBAL",
        "type": "CASH",
        "amount": order.coupon_fen,
        "stock_id": "9000001",
        "wechatpay_contribute": order.coupon_fen,
        "merchant_contribute": 0,
        "other_contribute": 0,
        "currency": "CNY",
    }


def expired(state: State, order: Order) -> bool:
    """Whether it can no longer be paid although nobody closed it."""
    deadline = order.expire_at or order.created + WEEK
    return state.now >= deadline


def refresh(state: State, order: Order) -> Order:
    """Close an order without time_expire after seven days (spec §4.5)."""
    if order.state == "NOTPAY" and not order.expire_at and expired(state, order):
        with state.store.change():
            order.state = "CLOSED"
            state.store.save(order)
    return order


def settle(state: State, order: Order, coupon_fen: int = 0) -> None:
    """Take the money: SUCCESS, transaction id, fee, and the notify. Call inside ``store.change()``."""
    now = state.now
    lag = state.faults.take("query_lag", state.where(order))
    payee = state.store.get(Merchant, order.sub_mchid or order.mchid)
    order.state = "SUCCESS"
    order.transaction_id = state.ids.transaction_id(now)
    order.paid_at = now
    order.visible_at = now + float(lag.args.get("seconds", 5)) if lag else now
    order.coupon_fen = min(coupon_fen, order.total_fen)
    order.fee_fen = (order.total_fen * payee.fee_rate_bp + 5000) // 10000
    state.store.save(order)
    state.index(order)
    notify.payment(state, order, picture(order))
