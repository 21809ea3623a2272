"""A small shop for tests: one store, one zone, a few products, a buyer, a clerk; and a client that speaks HTTP to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from typing import Any

from flask import Flask
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from core.buyers.models import Buyer, BuyerIdentity, BuyerSession, Consent
from core.catalog.barcode import check_digit
from core.catalog.models import Product, Sku, SkuBarcode
from core.clock import now
from core.crypto import fingerprint
from core.db import db
from core.host.bus import NOTHING_ON, Bus
from core.plugin import Context
from core.pricing.service import Market, Wanted
from core.settings.service import shop_settings
from core.staff.models import Staff, StaffSession
from core.stock.models import Stock, StockMove
from core.stores.models import DeliveryZone, Store
from core.web.tokens import issue
from tenants.context import TenantRef, bind

PASSWORD = "correct horse"
PASSWORD_HASH = generate_password_hash(PASSWORD, "scrypt:1024:8:1")


@dataclass
class Shop:
    """`skus` by code: MILK 12.80 (member 12.16), RICE 33.00, PORK 19.80/kg weighed; 100 of each in store 1."""

    app: Flask
    ref: TenantRef
    store_id: int = 0
    appid: str = ""
    skus: dict[str, int] = field(default_factory=dict)
    buyer_id: int = 0
    buyer_token: str = ""
    staff_id: int = 0
    staff_token: str = ""

    @contextmanager
    def bound(self) -> Iterator[None]:
        """Inside, services work for this shop in an app context of its own."""
        with self.app.app_context(), bind(self.ref):
            yield

    @property
    def market(self) -> Market:
        return Market(Bus(), NOTHING_ON)

    def context(self) -> Context:
        return Context(self.ref.key, now(), buyer_id=self.buyer_id, store_id=self.store_id)

    def wanted(self, *lines: tuple[str, str], **kwargs: Any) -> Wanted:
        pairs = tuple((self.skus[code], Decimal(quantity)) for code, quantity in lines)
        return Wanted(**{"store_id": self.store_id, "fulfilment": "pickup", "buyer_id": self.buyer_id} | kwargs, lines=pairs)

    def request(self, method: str, path: str, token: str | None = None, **kwargs: Any) -> TestResponse:
        headers = {"Host": f"{self.ref.slug}.localhost", **kwargs.pop("headers", {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.app.test_client().open(path, method=method, headers=headers, **kwargs)

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> TestResponse:
        return self.request("POST", path, **kwargs)

    def put(self, path: str, **kwargs: Any) -> TestResponse:
        return self.request("PUT", path, **kwargs)

    def delete(self, path: str, **kwargs: Any) -> TestResponse:
        return self.request("DELETE", path, **kwargs)

    def stock(self, code: str) -> tuple[Decimal, Decimal]:
        """(on hand, reserved) of a SKU in the shop's store."""
        with self.bound():
            row = db.session.get(Stock, (self.store_id, self.skus[code]))
            return row.on_hand, row.reserved

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()


def open_shop(app: Flask, ref: TenantRef) -> Shop:
    shop = Shop(app, ref, appid=f"wx{ref.id:016x}")
    with shop.bound():
        shop.store_id = _store()
        for code, title, unit, price, member, weighed in (
            ("MILK", "纯牛奶", "盒", 1280, 1216, False),
            ("RICE", "东北大米", "袋", 3300, None, False),
            ("PORK", "五花肉", "kg", 1980, None, True),
        ):
            shop.skus[code] = _sku(shop.store_id, code, title, unit, price, member, weighed)
        shop.buyer_id, shop.buyer_token = make_buyer(shop)
        shop.staff_id, shop.staff_token = _owner(ref)
        db.session.commit()
    return shop


def _store() -> int:
    store = Store(
        code="XT01", name="中兴店", district_code="130503", address="中兴西大街128号", phone="0319-0000001",
        longitude=Decimal("114.487"), latitude=Decimal("37.069"), opens_at=time(7, 30), closes_at=time(21, 30),
    )
    db.session.add(store)
    db.session.flush()
    db.session.add(
        DeliveryZone(store_id=store.id, max_distance_m=4000, min_amount_fen=2000, fee_fen=400, free_from_fen=3900)
    )
    return store.id


def _sku(store_id: int, code: str, title: str, unit: str, price: int, member: int | None, weighed: bool) -> int:
    moment = now()
    product = Product(title=title, min_price_fen=price, created_at=moment, updated_at=moment)
    db.session.add(product)
    db.session.flush()
    sku = Sku(
        product_id=product.id, code=code, unit=unit, list_price_fen=price, member_price_fen=member, weighed=weighed
    )
    db.session.add(sku)
    db.session.flush()
    db.session.add(SkuBarcode(barcode=_ean13(f"69{sku.id:010d}"), sku_id=sku.id))
    db.session.add(Stock(store_id=store_id, sku_id=sku.id, on_hand=Decimal(100), updated_at=moment))
    opening = StockMove(store_id=store_id, sku_id=sku.id, kind="receipt", quantity=100, ref="opening", at=moment)
    db.session.add(opening)
    return sku.id


def _ean13(body: str) -> str:
    return body + str(check_digit(body))


def make_buyer(shop: Shop, member: bool = False, name: str = "o") -> tuple[int, str]:
    """A buyer with consent, a WeChat identity and a live session; returns its id and token. The caller commits."""
    moment = now()
    buyer = Buyer(created_at=moment, member_no=f"M{name}" if member else None)
    db.session.add(buyer)
    db.session.flush()
    token = issue("bt", shop.ref.key)
    openid = f"{name}{buyer.id}"
    db.session.add(BuyerIdentity(appid=shop.appid, openid=openid, buyer_id=buyer.id))
    version = shop_settings()["privacy_version"]
    db.session.add(Consent(buyer_id=buyer.id, document="privacy", version=version, given_at=moment))
    db.session.add(
        BuyerSession(
            buyer_id=buyer.id, token_hash=fingerprint(token), appid=shop.appid, openid=openid, device="test",
            created_at=moment, expires_at=moment.replace(year=moment.year + 1),
        )
    )
    return buyer.id, token


def _owner(ref: TenantRef) -> tuple[int, str]:
    moment = now()
    staff = Staff(phone="19900000000", name="店长", password_hash=PASSWORD_HASH, role="owner", created_at=moment)
    db.session.add(staff)
    db.session.flush()
    token = issue("st", ref.key)
    db.session.add(
        StaffSession(
            staff_id=staff.id, token_hash=fingerprint(token), created_at=moment,
            expires_at=moment.replace(year=moment.year + 1),
        )
    )
    return staff.id, token
