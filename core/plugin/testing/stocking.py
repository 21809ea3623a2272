"""Rows that a shop for tests starts with. Everything here works in the bound tenant; the caller commits."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal

from core.buyers.models import Buyer as BuyerRow
from core.buyers.models import BuyerIdentity, BuyerSession, Consent
from core.catalog.barcode import check_digit
from core.catalog.models import Product, Sku, SkuBarcode
from core.clock import now
from core.crypto import fingerprint
from core.db import db
from core.settings.service import shop_settings
from core.staff.models import Staff as StaffRow
from core.staff.models import StaffSession
from core.stock.models import Stock, StockMove
from core.stores.models import DeliveryZone, Store
from core.web.tokens import BUYER, STAFF, issue
from tenants.context import TenantRef

LOGGED_IN_FOR = timedelta(days=3650)
"""Tests travel in time and stay logged in."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """A shopper who is logged in; with a member number a member (会员)."""

    id: int
    token: str
    member_no: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who is logged in at the console."""

    id: int
    token: str
    role: str


def add_store() -> int:
    """A store in 中兴西大街 that lets people pick up and delivers within 4 km."""
    store = Store(
        code="XT01", name="中兴店", district_code="130503", address="中兴西大街128号", phone="0319-0000001",
        longitude=Decimal("114.487"), latitude=Decimal("37.069"), opens_at=time(7, 30), closes_at=time(21, 30),
    )
    db.session.add(store)
    db.session.flush()
    zone = DeliveryZone(store_id=store.id, max_distance_m=4000, min_amount_fen=2000, fee_fen=400, free_from_fen=3900)
    db.session.add(zone)
    return store.id


def add_sku(
    store_id: int,
    code: str,
    price_fen: int,
    title: str = "",
    unit: str = "盒",
    member_price_fen: int | None = None,
    weighed: bool = False,
) -> tuple[int, int]:
    """A product with one SKU, 100 of it in the store; returns both ids."""
    moment = now()
    product = Product(title=title or code, min_price_fen=price_fen, created_at=moment, updated_at=moment)
    db.session.add(product)
    db.session.flush()
    sku = Sku(
        product_id=product.id, code=code, unit=unit, list_price_fen=price_fen, member_price_fen=member_price_fen,
        weighed=weighed,
    )
    db.session.add(sku)
    db.session.flush()
    body = f"69{sku.id:010d}"
    db.session.add(SkuBarcode(barcode=body + str(check_digit(body)), sku_id=sku.id))
    db.session.add(Stock(store_id=store_id, sku_id=sku.id, on_hand=Decimal(100), updated_at=moment))
    db.session.add(StockMove(store_id=store_id, sku_id=sku.id, kind="receipt", quantity=100, ref="opening", at=moment))
    return product.id, sku.id


def add_buyer(ref: TenantRef, appid: str, member_no: str | None, phone: str | None) -> Buyer:
    """A buyer who agreed to the terms, known to WeChat, with a live session."""
    moment = now()
    row = BuyerRow(created_at=moment, member_no=member_no, phone=phone, joined_at=member_no and moment)
    db.session.add(row)
    db.session.flush()
    token, openid = issue(BUYER, ref.key), f"o{row.id}"
    version = shop_settings()["privacy_version"]
    db.session.add_all(
        [
            BuyerIdentity(appid=appid, openid=openid, buyer_id=row.id),
            Consent(buyer_id=row.id, document="privacy", version=version, given_at=moment),
            BuyerSession(
                buyer_id=row.id, token_hash=fingerprint(token), appid=appid, openid=openid, device="test",
                created_at=moment, expires_at=moment + LOGGED_IN_FOR,
            ),
        ]
    )
    return Buyer(row.id, token, member_no, phone)


def add_staff(ref: TenantRef, role: str) -> Staff:
    """A member of staff with a live session, for every store."""
    moment = now()
    phone = f"199{secrets.randbelow(10**8):08d}"
    row = StaffRow(phone=phone, name="店员", password_hash="!", role=role, created_at=moment)
    db.session.add(row)
    db.session.flush()
    token = issue(STAFF, ref.key)
    db.session.add(
        StaffSession(
            staff_id=row.id, token_hash=fingerprint(token), created_at=moment, expires_at=moment + LOGGED_IN_FOR
        )
    )
    return Staff(row.id, token, role)
