"""What a shopper does: fill the cart, ask for a price, order, pay."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.db import db
from core.payments import profiles
from core.plugin.testing.client import Client, body_of
from core.plugin.testing.stocking import Buyer
from core.plugin.testing.tenant import Tenant
from simulator.testing import Remote

Quantities = Mapping[str, Any]
"""How much by SKU code: `{"MILK": 2, "PORK": "1.25"}`."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order that stands; `pickup_code` appears with the payment, so ask the tenant's tables for it."""

    id: int
    number: str
    payable_fen: int


class Shopper:
    """A shopper of one tenant. `store` is this person's HTTP client."""

    def __init__(self, tenant: Tenant, buyer: Buyer, wechat: Remote) -> None:
        self.tenant, self.buyer, self.wechat = tenant, buyer, wechat
        self.store: Client = tenant.store(buyer)

    def put_into_cart(self, quantities: Quantities) -> None:
        """Set the quantities of these SKUs in the cart."""
        for code, quantity in quantities.items():
            path = f"/cart/lines/{self.tenant.skus[code]}"
            body_of(self.store.put(path, json={"quantity": str(quantity)}), 204)

    def quote(self, quantities: Quantities | None = None, **fields: Any) -> dict[str, Any]:
        """The price of the cart (or of `quantities`) for pickup; `choices={"lottery": {"use": 500}}` and other fields."""
        return body_of(self.store.post("/quote", json=self._wanted(quantities, fields)), 200)

    def place_order(self, quantities: Quantities | None = None, **fields: Any) -> Order:
        """Order the cart (or `quantities`) for pickup at what it costs now."""
        headers = {"Idempotency-Key": f"test-{secrets.token_hex(8)}"}
        answer = self.store.post("/orders", json=self._wanted(quantities, fields), headers=headers)
        placed = body_of(answer, 201)
        order_id = self.tenant.one("SELECT id FROM orders WHERE number = :number", number=placed["number"])
        return Order(order_id, placed["number"], placed["payable_fen"])

    def pay(self, order: Order) -> None:
        """Pay at WeChat's simulator; returns when its callback was booked."""
        self._be_known_to_wechat()
        answer = body_of(self.store.post(f"/orders/{order.number}/pay"), 200)
        if not answer["paid"]:
            told = self.wechat.pay(answer["params"], self._openid())
            assert told["errMsg"] == "requestPayment:ok", told
            self.wechat.wait()
        state = self.tenant.one("SELECT state FROM orders WHERE id = :id", id=order.id)
        assert state == "paid", f"order {order.number} is {state} after paying"

    def cancel(self, order: Order) -> None:
        """Call the order off."""
        body_of(self.store.post(f"/orders/{order.number}/cancel"), 200)

    def _wanted(self, quantities: Quantities | None, fields: Mapping[str, Any]) -> dict[str, Any]:
        wanted = {"store_id": str(self.tenant.store_id), "fulfilment": "pickup", **fields}
        if quantities is not None:
            lines = [(self.tenant.skus[code], quantity) for code, quantity in quantities.items()]
            wanted["lines"] = [{"sku_id": str(sku), "quantity": str(quantity)} for sku, quantity in lines]
        return wanted

    def _openid(self) -> str:
        return self.wechat.login(self.tenant.appid, f"buyer {self.buyer.id}")["openid"]

    def _be_known_to_wechat(self) -> None:
        """The shop has a merchant account, and this person's login the openid that WeChat knows."""
        if not self.tenant.rows("SELECT 1 FROM payment_profile"):
            open_account(self.tenant, self.wechat)
        values = {"openid": self._openid(), "buyer": self.buyer.id}
        self.tenant.execute("UPDATE buyer_session SET openid = :openid WHERE buyer_id = :buyer", **values)
        self.tenant.execute("UPDATE buyer_identity SET openid = :openid WHERE buyer_id = :buyer", **values)


def open_account(tenant: Tenant, wechat: Remote) -> None:
    """Give the shop a mini-program and a merchant account at WeChat's simulator."""
    account = wechat.provision(tenant.appid)
    same = ("appid", "mchid", "cert_serial_no", "private_key_pem", "apiv3_key")
    profile = {name: account[name] for name in same} | {
        "mode": "direct",
        "verify_mode": "pubkey",
        "public_key_id": account["wxpay_public_key_id"],
        "public_key_pem": account["wxpay_public_key_pem"],
    }
    with tenant.bound():
        profiles.save_app(tenant.appid, account["secret"], "app")
        profiles.save_profile(profile)
        db.session.commit()
