"""What WeChat knows of the past: the simulator learns the payments, so that they can be refunded and stand in its bills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import requests
from sqlalchemy import text

from core.data.demologin import APPID
from core.db import db
from core.demo.past.things import Sold
from core.services import services
from tenants.context import current

BATCH = 1000
TIMEOUT_S = 60

_MERCHANT = text("SELECT mchid FROM payment_profile ORDER BY version DESC LIMIT 1")


def payment_no(order: Sold) -> str:
    """`out_trade_no` of the order's payment, shaped like any other."""
    return f"{current().key[:10]}{order.number}{order.reference[:4]}"


def refund_no(order: Sold) -> str:
    """`out_refund_no` of its refund."""
    return f"{current().key[:10]}{order.number}r1"


def refund_id(order: Sold) -> str:
    """WeChat's name of the refund."""
    return f"5030{order.transaction_id[4:]}"


def tell_wechat(orders: Sequence[Sold]) -> None:
    """Let the simulator know every payment of `orders`; does nothing without one. Raises requests.RequestException."""
    url, mchid = services().config.simulator_url, db.session.execute(_MERCHANT).scalar()
    if not url or mchid is None:
        return
    trades = list(_trades(orders))
    with requests.Session() as http:
        http.trust_env = False
        for start in range(0, len(trades), BATCH):
            body = {"mchid": mchid, "appid": APPID, "trades": trades[start : start + BATCH]}
            http.post(f"{url.rstrip('/')}/_sim/trades", json=body, timeout=TIMEOUT_S).raise_for_status()


def _trades(orders: Sequence[Sold]) -> Iterator[dict[str, Any]]:
    for order in orders:
        if order.channel == "online" and order.paid_at:
            yield _trade(order)


def _trade(order: Sold) -> dict[str, Any]:
    trade = {
        "out_trade_no": payment_no(order),
        "transaction_id": order.transaction_id,
        "openid": order.person.openid,
        "description": f"订单 {order.number}",
        "total_fen": order.payable_fen,
        "created": order.placed_at.timestamp(),
        "paid_at": order.paid_at.timestamp(),
    }
    if order.refund is None:
        return trade
    return trade | {"refund": _refund(order)}


def _refund(order: Sold) -> dict[str, Any]:
    return {
        "out_refund_no": refund_no(order),
        "refund_id": refund_id(order),
        "refund_fen": order.refund.amount_fen,
        "at": order.refund.at.timestamp(),
    }
