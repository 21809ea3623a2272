"""Shipping info (发货信息管理): without it WeChat keeps the shop's money (wechat.md §5.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from core.wechat.types import SHANGHAI, check_transaction_id

MAX_ITEM_DESC = 120
_BY_TRANSACTION_ID = 2
_UNIFIED = 1


class Logistics(IntEnum):
    """How the goods reach the buyer."""

    EXPRESS = 1
    SAME_CITY = 2
    VIRTUAL = 3
    PICKUP = 4


class OrderState(IntEnum):
    """WeChat's view of a paid order."""

    TO_SHIP = 1
    SHIPPED = 2
    CONFIRMED = 3
    DONE = 4
    REFUNDED = 5
    SETTLING = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Shipment:
    """What was handed over. Express needs number and company; SF also a masked contact like 189****1234."""

    transaction_id: str
    openid: str
    logistics_type: Logistics
    item_desc: str
    upload_time: datetime
    tracking_no: str | None = None
    express_company: str | None = None
    receiver_contact: str | None = None

    def __post_init__(self) -> None:
        check_transaction_id(self.transaction_id)
        if self.upload_time.tzinfo is None:
            raise ValueError("upload_time must be aware")
        if not self.item_desc:
            raise ValueError("item_desc must not be empty")
        if self.logistics_type == Logistics.EXPRESS and not (self.tracking_no and self.express_company):
            raise ValueError("express needs tracking_no and express_company")

    def payload(self) -> dict[str, Any]:
        """The body of upload_shipping_info: one parcel, unified, by transaction_id."""
        return {
            "order_key": {"order_number_type": _BY_TRANSACTION_ID, "transaction_id": self.transaction_id},
            "logistics_type": int(self.logistics_type),
            "delivery_mode": _UNIFIED,
            "shipping_list": [self._parcel()],
            "upload_time": self.upload_time.astimezone(SHANGHAI).isoformat(timespec="milliseconds"),
            "payer": {"openid": self.openid},
        }

    def _parcel(self) -> dict[str, Any]:
        parcel: dict[str, Any] = {"item_desc": self.item_desc[:MAX_ITEM_DESC]}
        if self.logistics_type == Logistics.EXPRESS:
            parcel |= {"tracking_no": self.tracking_no, "express_company": self.express_company}
        if self.receiver_contact:
            parcel["contact"] = {"receiver_contact": self.receiver_contact}
        return parcel


@dataclass(frozen=True, kw_only=True, slots=True)
class WxOrder:
    """A paid order as get_order tells it."""

    transaction_id: str
    merchant_trade_no: str
    order_state: OrderState
    paid_fen: int
    openid: str
    finish_shipping: bool
    pay_time: datetime | None

    @classmethod
    def read(cls, order: Mapping[str, Any]) -> WxOrder:
        """From WeChat's JSON; raises KeyError, TypeError or ValueError on another shape."""
        pay_time = order.get("pay_time")
        return cls(
            transaction_id=order["transaction_id"],
            merchant_trade_no=order["merchant_trade_no"],
            order_state=OrderState(order["order_state"]),
            paid_fen=int(order["paid_amount"]),
            openid=order["openid"],
            finish_shipping=bool((order.get("shipping") or {}).get("finish_shipping", False)),
            pay_time=datetime.fromtimestamp(pay_time, UTC) if pay_time else None,
        )
