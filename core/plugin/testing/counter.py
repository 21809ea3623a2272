"""What staff and tills do: hand goods over, give money back, sell at the counter."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.clock import now
from core.db import db
from core.money import line_amount
from core.orders.service import Actor
from core.payments import refunds
from core.plugin.testing.client import Client, body_of
from core.plugin.testing.shopper import Order, Quantities
from core.plugin.testing.stocking import Buyer
from core.plugin.testing.tenant import Tenant
from core.tills import service as tills
from simulator.testing import Remote


class Counter:
    """The owner at work. `console` is this person's HTTP client."""

    def __init__(self, tenant: Tenant, wechat: Remote) -> None:
        self.tenant, self.wechat = tenant, wechat
        self.console: Client = tenant.console(tenant.owner)

    def hand_over(self, order: Order) -> None:
        """The goods leave the store: a pickup is completed by it, a delivery is on its way."""
        self._step(order, "prepare", "paid")
        self._step(order, "ready", "preparing")
        if self._value(order, "fulfilment") == "delivery":
            self._step(order, "ship", "ready")
            return
        code = {"store_id": str(self.tenant.store_id), "code": self._value(order, "pickup_code")}
        body_of(self.console.post("/pickup/verify", json=code), 200)

    def complete(self, order: Order) -> None:
        """The customer has everything, whatever had to be done before."""
        if self._value(order, "state") in {"paid", "preparing", "ready"}:
            self.hand_over(order)
        self._step(order, "deliver", "shipped")
        self._step(order, "complete", "delivered")

    def refund(self, order: Order, quantities: Quantities | None = None) -> str:
        """Give back all that is left, or these quantities; returns the refund's number. The money arrives at WeChat's."""
        lines = quantities and [
            {"position": self._position(order, code), "quantity": str(quantity)} for code, quantity in quantities.items()
        ]
        headers = {"Idempotency-Key": f"test-{secrets.token_hex(8)}"}
        body = {"lines": lines, "reason": "顾客退货"}
        answer = body_of(self.console.post(f"/orders/{order.number}/refunds", json=body, headers=headers), 200)
        with self.tenant.bound():
            refunds.push_due()
        self.wechat.wait()
        return answer["refund_no"]

    def till_sale(self, quantities: Quantities, buyer: Buyer | None = None, at: datetime | None = None) -> Order:
        """A sale at the till at list prices, to a member or to somebody unknown, now or earlier."""
        lines = [self._till_line(code, Decimal(str(quantity))) for code, quantity in quantities.items()]
        sale = {
            "order_no": f"T{secrets.token_hex(8)}",
            "store_code": self.tenant.one("SELECT code FROM store WHERE id = :id", id=self.tenant.store_id),
            "member_no": buyer and buyer.member_no,
            "placed_at": (at or now()).isoformat(),
            "lines": lines,
            "paid_fen": sum(line["paid_fen"] for line in lines),
        }
        with self.tenant.bound():
            (result,) = tills.take_sales([sale], Actor("till"))
            assert result.status == "created", result
            db.session.commit()
        order_id = self.tenant.one("SELECT id FROM orders WHERE number = :number", number=result.number)
        return Order(order_id, result.number, sale["paid_fen"])

    def _step(self, order: Order, name: str, only_from: str) -> None:
        if self._value(order, "state") == only_from:
            body_of(self.console.post(f"/orders/{order.number}/{name}"), 200)

    def _value(self, order: Order, column: str) -> Any:
        return self.tenant.one(f"SELECT {column} FROM orders WHERE id = :id", id=order.id)

    def _position(self, order: Order, code: str) -> int:
        query = "SELECT position FROM order_line WHERE order_id = :order AND sku_code = :code"
        return self.tenant.one(query, order=order.id, code=code)

    def _till_line(self, code: str, quantity: Decimal) -> Mapping[str, Any]:
        price = self.tenant.one("SELECT list_price_fen FROM sku WHERE code = :code", code=code)
        amount = line_amount(price, quantity)
        return {"sku": code, "qty": str(quantity), "list_fen": amount, "paid_fen": amount}
