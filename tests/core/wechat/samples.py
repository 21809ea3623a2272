"""Orders, refunds and WeChat's answers to them, as the tests need them again and again."""

from __future__ import annotations

from typing import Any

from core.wechat.types import JsapiOrder, RefundOrder
from tests.core.wechat.wire import APPID, MCHID, SUB_APPID, SUB_MCHID

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
TRANSACTION_ID = "4200000000202611201234567890"
TRADE_NO = "P202611200001"
REFUND_NO = "R202611200001"
PAY_NOTIFY = "https://shop.example/pay/wechat/tok/paid"
REFUND_NOTIFY = "https://shop.example/pay/wechat/tok/refunded"


def order(**changes: Any) -> JsapiOrder:
    standard = {
        "out_trade_no": TRADE_NO,
        "description": "可口可乐 330ml 🥤",
        "total_fen": 1250,
        "openid": OPENID,
        "notify_url": PAY_NOTIFY,
    }
    return JsapiOrder(**standard | changes)


def refund_order(**changes: Any) -> RefundOrder:
    standard = {
        "out_refund_no": REFUND_NO,
        "out_trade_no": TRADE_NO,
        "refund_fen": 1250,
        "total_fen": 1250,
        "notify_url": REFUND_NOTIFY,
        "reason": "门店缺货",
    }
    return RefundOrder(**standard | changes)


def trade(**changes: Any) -> dict[str, Any]:
    """A paid order as WeChat tells it to a direct merchant."""
    return {
        "appid": APPID,
        "mchid": MCHID,
        "out_trade_no": TRADE_NO,
        "transaction_id": TRANSACTION_ID,
        "trade_type": "JSAPI",
        "trade_state": "SUCCESS",
        "trade_state_desc": "支付成功",
        "bank_type": "OTHERS",
        "attach": "",
        "success_time": "2026-11-20T10:43:39+08:00",
        "payer": {"openid": OPENID},
        "amount": {"total": 1250, "payer_total": 1150, "currency": "CNY", "payer_currency": "CNY"},
    } | changes


def partner_trade(**changes: Any) -> dict[str, Any]:
    """The same, told to a service provider."""
    whose = {"sp_appid": APPID, "sp_mchid": MCHID, "sub_appid": SUB_APPID, "sub_mchid": SUB_MCHID}
    told = trade(payer={"sp_openid": "oSp", "sub_openid": OPENID}) | whose | changes
    return {name: value for name, value in told.items() if name not in {"appid", "mchid"}}


def refund(**changes: Any) -> dict[str, Any]:
    """An accepted refund as the API tells it."""
    return {
        "refund_id": "50000000382019052709732678859",
        "out_refund_no": REFUND_NO,
        "transaction_id": TRANSACTION_ID,
        "out_trade_no": TRADE_NO,
        "channel": "ORIGINAL",
        "user_received_account": "招商银行信用卡0403",
        "create_time": "2026-11-20T11:00:00+08:00",
        "status": "PROCESSING",
        "amount": {"total": 1250, "refund": 1250, "payer_total": 1150, "payer_refund": 1150},
    } | changes


def refund_notice(**changes: Any) -> dict[str, Any]:
    """A finished refund as the callback tells it: another name for the state, no appid."""
    told = refund(mchid=MCHID, refund_status="SUCCESS", success_time="2026-11-20T11:01:00+08:00") | changes
    return {name: value for name, value in told.items() if name not in {"status", "channel", "create_time"}}
