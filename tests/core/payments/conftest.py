from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from core.db import db
from core.orders import service as orders
from core.orders.service import Checkout
from core.payments import profiles, service
from core.payments.service import Payer
from simulator.testing import Remote
from tests.core.shops import Shop


class PayingShop:
    """A shop with a merchant account at the simulator and a shopper who pays."""

    def __init__(self, shop: Shop, wechat: Remote) -> None:
        self.shop, self.wechat = shop, wechat
        self.account = wechat.provision(shop.appid)
        self.mchid = self.account["mchid"]
        self.openid = wechat.login(shop.appid, "a shopper")["openid"]
        with shop.bound():
            profiles.save_app(shop.appid, self.account["secret"], "app")
            profiles.save_profile(profile_data(self.account))
            db.session.commit()

    @property
    def payer(self) -> Payer:
        return Payer(self.shop.buyer_id, self.shop.appid, self.openid)

    def order(self, reference: str = "ref-0001", code: str = "MILK", quantity: str = "2") -> int:
        wanted = self.shop.wanted((code, quantity))
        placed = orders.place(Checkout(wanted, reference), self.shop.context(), self.shop.market)
        db.session.commit()
        return placed.order_id

    def pay(self, order_id: int) -> dict[str, Any]:
        answer = self.wechat.pay(service.prepare(order_id, self.payer)["params"], self.openid)
        assert answer["errMsg"] == "requestPayment:ok", answer
        return answer

    def fault(self, name: str, event: str | None = None, **options: Any) -> None:
        match = {"mchid": self.mchid} | ({"event": event} if event else {})
        self.wechat.fault(name, match, **options)

    def state(self, order_id: int) -> str:
        db.session.rollback()
        return db.session.execute(text("SELECT state FROM orders WHERE id = :id"), {"id": order_id}).scalar_one()

    def rows(self, query: str, **values: Any) -> list[tuple]:
        db.session.rollback()
        return [tuple(row) for row in db.session.execute(text(query), values)]


def profile_data(account: dict[str, Any]) -> dict[str, Any]:
    return {
        "mode": "direct",
        "appid": account["appid"],
        "mchid": account["mchid"],
        "cert_serial_no": account["cert_serial_no"],
        "private_key_pem": account["private_key_pem"],
        "apiv3_key": account["apiv3_key"],
        "verify_mode": "pubkey",
        "public_key_id": account["wxpay_public_key_id"],
        "public_key_pem": account["wxpay_public_key_pem"],
    }


def eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


@pytest.fixture
def paying(shop: Shop, wechat: Remote, served: str) -> PayingShop:
    return PayingShop(shop, wechat)


@pytest.fixture
def other_paying(other_shop: Shop, wechat: Remote, served: str) -> PayingShop:
    return PayingShop(other_shop, wechat)


