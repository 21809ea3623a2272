"""Consumers of order events that call WeChat; each is safe to repeat and never in anybody's way."""

from __future__ import annotations

import structlog
from flask import Flask
from sqlalchemy import RowMapping, text

from core.clock import now, shop_time
from core.db import db
from core.host.outbox import Delivered, NotYet, subscribe
from core.notices.sending import send
from core.payments import profiles
from core.payments.errors import NotConfigured
from core.plugin import OrderHandedOver, OrderReady
from core.settings.service import shop_settings
from core.wechat import errors as wechat
from core.wechat.client import Shipment

log = structlog.get_logger()

LOGISTICS_CITY, LOGISTICS_PICKUP = 2, 4

_PAID = text(
    "SELECT transaction_id, openid, appid FROM payment WHERE order_id = :order AND state = 'paid'"
    " AND NOT EXISTS (SELECT 1 FROM refund r WHERE r.payment_id = payment.id AND r.kind = 'stray')"
)
_ORDER = text(
    """
    SELECT o.number, o.buyer_id, s.name AS store, l.title, o.slot_starts_at,
           (SELECT count(*) FROM order_line WHERE order_id = o.id) AS line_count
    FROM orders o JOIN store s ON s.id = o.store_id JOIN order_line l ON l.order_id = o.id AND l.position = 1
    WHERE o.id = :order AND o.buyer_id IS NOT NULL
    """
)


def upload_shipping(event: Delivered) -> None:
    """发货信息录入 (wechat.md §5.7): without it WeChat keeps the money. Needs nothing when WeChat was not paid."""
    paid = db.session.execute(_PAID, {"order": event.payload["order_id"]}).first()
    if paid is None:
        return
    delivered = event.payload["fulfilment"] == "delivery"
    try:
        profiles.weixin(paid.appid).upload_shipping_info(
            Shipment(
                transaction_id=paid.transaction_id,
                openid=paid.openid,
                logistics_type=LOGISTICS_CITY if delivered else LOGISTICS_PICKUP,
                item_desc=f"订单 {event.payload['number']}",
                upload_time=now(),
            )
        )
    except (wechat.Retryable, NotConfigured) as error:
        raise NotYet(str(error)) from error


def tell_ready(event: Delivered) -> None:
    """"您的订单可以取货了": sent when the shopper granted a message; a refusal spends the grant and is no failure."""
    template = shop_settings()["message_ready"]
    if not template or event.payload["pickup_code"] is None:
        return
    order = db.session.execute(_ORDER, {"order": event.payload["order_id"]}).mappings().first()
    if order is None:
        return
    page = f"pages/order/detail?number={order['number']}"
    send(order["buyer_id"], template, _ready_values(order, event.payload["pickup_code"]), page)


def _ready_values(order: RowMapping, pickup_code: str) -> dict[str, str]:
    """取货提醒 (library no. 1001): goods, code, store, time, a hint."""
    goods = order["title"] if order["line_count"] == 1 else f"{order['title'][:12]}等{order['line_count']}种"
    return {
        "thing1": goods,
        "character_string2": pickup_code,
        "thing3": order["store"],
        "time4": shop_time(order["slot_starts_at"] or now()).strftime("%Y年%-m月%-d日 %H:%M"),
        "thing5": "请凭取货码到店取货",
    }


def wire(app: Flask) -> None:
    subscribe(OrderHandedOver, "core.shipping_info", upload_shipping)
    subscribe(OrderReady, "core.ready_message", tell_ready)
