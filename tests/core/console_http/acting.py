"""Who acts in these tests: staff of several roles, orders in several states."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import text

from core.clock import now
from core.crypto import fingerprint
from core.db import db
from core.orders import service
from core.orders.service import SYSTEM, Checkout
from core.payments.models import Payment
from core.staff.models import Staff, StaffSession, StaffStore
from core.web.tokens import issue
from tests.core.shops import PASSWORD_HASH, Shop

API = "/console/api/v1"


def staff_token(shop: Shop, role: str, name: str = "小李", stores: tuple[int, ...] = ()) -> str:
    """The token of a new staff member, limited to `stores`."""
    moment = now()
    with shop.bound():
        phone = f"199{secrets.randbelow(10**8):08d}"
        staff = Staff(phone=phone, name=name, password_hash=PASSWORD_HASH, role=role, created_at=moment)
        db.session.add(staff)
        db.session.flush()
        token, expires = issue("st", shop.ref.key), moment.replace(year=moment.year + 1)
        db.session.add(
            StaffSession(staff_id=staff.id, token_hash=fingerprint(token), created_at=moment, expires_at=expires)
        )
        db.session.add_all(StaffStore(staff_id=staff.id, store_id=store_id) for store_id in stores)
        db.session.commit()
    return token


def another_store(shop: Shop, code: str = "XT02") -> int:
    """A second store that has everything the first one has; returns its id."""
    with shop.bound():
        store_id = db.session.execute(
            text(
                """
                INSERT INTO store (code, name, district_code, address, phone, longitude, latitude, opens_at, closes_at,
                                   pickup, delivery, prepare_minutes, slot_minutes, active)
                SELECT :code, '桥西店', district_code, address, phone, longitude, latitude, opens_at, closes_at, pickup,
                       delivery, prepare_minutes, slot_minutes, active FROM store WHERE id = :id RETURNING id
                """
            ),
            {"code": code, "id": shop.store_id},
        ).scalar_one()
        db.session.execute(
            text(
                "INSERT INTO stock (store_id, sku_id, on_hand, updated_at)"
                " SELECT :new, sku_id, on_hand, updated_at FROM stock WHERE store_id = :old"
            ),
            {"new": store_id, "old": shop.store_id},
        )
        db.session.commit()
    return store_id


def order(shop: Shop, *lines: tuple[str, str], paid: bool = True, phone: str | None = None, **wanted: Any) -> str:
    """The number of a new order for pickup, paid by WeChat unless told otherwise."""
    with shop.bound():
        checkout = Checkout(shop.wanted(*(lines or (("MILK", "2"),)), **wanted), secrets.token_hex(8), phone=phone)
        placed = service.place(checkout, shop.context(), shop.market)
        if paid:
            service.mark_paid(placed.order_id, SYSTEM, "test")
            _payment(placed.order_id)
        db.session.commit()
    return placed.number


def _payment(order_id: int) -> None:
    row = db.session.execute(text("SELECT payable_fen, price_version FROM orders WHERE id = :id"), {"id": order_id}).one()
    moment = now()
    db.session.add(
        Payment(
            order_id=order_id, out_trade_no=f"t{order_id}", amount_fen=row.payable_fen, price_version=row.price_version,
            profile_version=1, appid="wx", openid="o", state="paid", transaction_id=f"42{order_id}", expires_at=moment,
            paid_at=moment, next_check_at=moment, created_at=moment,
        )
    )


def one(shop: Shop, query: str, **values: Any) -> Any:
    """The only row of a query as a tuple, or its value when it has one column."""
    with shop.bound():
        row = tuple(db.session.execute(text(query), values).one())
    return row[0] if len(row) == 1 else row


def pickup_code(shop: Shop, number: str) -> str:
    return one(shop, "SELECT pickup_code FROM orders WHERE number = :number", number=number)


def actions(shop: Shop) -> list[str]:
    """What stands in the audit log, oldest first."""
    with shop.bound():
        return list(db.session.execute(text("SELECT action FROM audit_log ORDER BY id")).scalars())
