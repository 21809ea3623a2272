"""From WeChat Pay's JSON to our types. A missing field raises KeyError, a wrong one Type- or ValueError."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.wechat.types import PayProfile, Refund, Trade, instant

Json = Mapping[str, Any]


def trade(profile: PayProfile, data: Json) -> Trade:
    """A payment of a query answer or of a notify; both have the same shape (wechat.md §4.6)."""
    amount = data.get("amount") or {}
    prefix = "sp_" if profile.partner else ""
    return Trade(
        out_trade_no=data["out_trade_no"],
        trade_state=data["trade_state"],
        trade_state_desc=data.get("trade_state_desc", ""),
        mchid=data[f"{prefix}mchid"],
        appid=data[f"{prefix}appid"],
        sub_mchid=data.get("sub_mchid"),
        sub_appid=data.get("sub_appid"),
        transaction_id=data.get("transaction_id"),
        trade_type=data.get("trade_type"),
        bank_type=data.get("bank_type"),
        attach=data.get("attach"),
        success_time=instant(data.get("success_time")),
        openid=_openid(profile, data.get("payer") or {}),
        total_fen=_fen(amount.get("total")),
        payer_total_fen=_fen(amount.get("payer_total")),
        currency=amount.get("currency"),
    )


def refund(data: Json) -> Refund:
    """A refund; the state is called `status` in the API and `refund_status` in a notify (wechat.md §4.9)."""
    amount = data["amount"]
    return Refund(
        out_refund_no=data["out_refund_no"],
        refund_id=data["refund_id"],
        out_trade_no=data["out_trade_no"],
        transaction_id=data["transaction_id"],
        status=data["status"] if "status" in data else data["refund_status"],
        refund_fen=_whole(amount["refund"]),
        total_fen=_whole(amount["total"]),
        payer_refund_fen=_whole(amount["payer_refund"]),
        payer_total_fen=_whole(amount["payer_total"]),
        channel=data.get("channel"),
        user_received_account=data.get("user_received_account"),
        success_time=instant(data.get("success_time")),
        create_time=instant(data.get("create_time")),
    )


def _openid(profile: PayProfile, payer: Json) -> str | None:
    if not profile.partner:
        return payer.get("openid")
    return payer.get("sub_openid") if profile.sub_appid else payer.get("sp_openid")


def _fen(value: Any) -> int | None:
    return None if value is None else _whole(value)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"amount is not int fen: {value!r}")
    return value
