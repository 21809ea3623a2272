"""A small shop for tests: one store, one zone, a few products, a buyer, a clerk; and a client that speaks HTTP to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import Engine
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from core.buyers.models import Buyer, BuyerIdentity, BuyerSession, Consent
from core.catalog.barcode import check_digit
from core.catalog.models import Product, Sku, SkuBarcode
from core.clock import now
from core.config import Config
from core.crypto import fingerprint
from core.db import db
from core.host.bus import NOTHING_ON, Bus
from core.plugin import Context
from core.plugin.testing.schemas import schemas
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


GOODS = (
    ("MILK", "纯牛奶", "盒", 1280, 1216, False),
    ("RICE", "东北大米", "袋", 3300, None, False),
    ("PORK", "五花肉", "kg", 1980, None, True),
)


@contextmanager
def shops_to_open(app: Flask, config: Config, owner: Engine) -> Iterator[Callable[[str], Shop]]:
    """A function that opens a shop by its slug; all of them are given back at the end."""
    made: list[Shop] = []
    tenants = schemas(config.database_url)

    def make(slug: str) -> Shop:
        made.append(open_shop(app, tenants.take(owner, slug)))
        return made[-1]

    yield make
    for shop in made:
        shop.close()
        tenants.give_back(shop.ref)


def open_shop(app: Flask, ref: TenantRef) -> Shop:
    """In three steps, a statement per table: thousands of tests begin with a shop."""
    shop = Shop(app, ref, appid=f"wx{ref.id:016x}")
    moment = now()
    with shop.bound():
        store, staff, buyer = _store(), _owner(moment), Buyer(created_at=moment)
        products = [
            Product(title=title, min_price_fen=price, created_at=moment, updated_at=moment)
            for _, title, _, price, _, _ in GOODS
        ]
        db.session.add_all([store, *products, staff, buyer])
        db.session.flush()
        skus = [
            Sku(product_id=product.id, code=code, unit=unit, list_price_fen=price, member_price_fen=member, weighed=weighed)
            for product, (code, _, unit, price, member, weighed) in zip(products, GOODS, strict=True)
        ]
        zone = DeliveryZone(
            store_id=store.id, max_distance_m=4000, min_amount_fen=2000, fee_fen=400, free_from_fen=3900
        )
        db.session.add_all([*skus, zone])
        db.session.flush()
        for sku in skus:
            db.session.add_all(_shelf(store.id, sku.id, moment))
        shop.store_id, shop.buyer_id, shop.staff_id = store.id, buyer.id, staff.id
        shop.skus = {sku.code: sku.id for sku in skus}
        shop.buyer_token = _let_in(shop, buyer, "o", moment)
        shop.staff_token = issue("st", ref.key)
        db.session.add(
            StaffSession(
                staff_id=staff.id, token_hash=fingerprint(shop.staff_token), created_at=moment,
                expires_at=moment.replace(year=moment.year + 1),
            )
        )
        db.session.commit()
    return shop


def _store() -> Store:
    return Store(
        code="XT01", name="中兴店", district_code="130503", address="中兴西大街128号", phone="0319-0000001",
        longitude=Decimal("114.487"), latitude=Decimal("37.069"), opens_at=time(7, 30), closes_at=time(21, 30),
    )


def _owner(moment: datetime) -> Staff:
    return Staff(phone="19900000000", name="店长", password_hash=PASSWORD_HASH, role="owner", created_at=moment)


def _shelf(store_id: int, sku_id: int, moment: datetime) -> Iterator[object]:
    """100 of a SKU with its barcode."""
    yield SkuBarcode(barcode=_ean13(f"69{sku_id:010d}"), sku_id=sku_id)
    yield Stock(store_id=store_id, sku_id=sku_id, on_hand=Decimal(100), updated_at=moment)
    yield StockMove(store_id=store_id, sku_id=sku_id, kind="receipt", quantity=100, ref="opening", at=moment)


def _ean13(body: str) -> str:
    return body + str(check_digit(body))


def make_buyer(shop: Shop, member: bool = False, name: str = "o") -> tuple[int, str]:
    """A buyer with consent, a WeChat identity and a live session; returns its id and token. The caller commits."""
    moment = now()
    buyer = Buyer(created_at=moment, member_no=f"M{name}" if member else None)
    db.session.add(buyer)
    db.session.flush()
    return buyer.id, _let_in(shop, buyer, name, moment)


def _let_in(shop: Shop, buyer: Buyer, name: str, moment: datetime) -> str:
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
    return token
