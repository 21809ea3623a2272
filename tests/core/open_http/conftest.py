"""A key of each kind, and sales as tills send them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.db import db
from core.openkeys import service as keys
from core.openkeys.domain import SCOPES
from tests.core.shops import Shop


@pytest.fixture
def make_key() -> Callable[..., str]:
    def make(shop: Shop, *scopes: str) -> str:
        with shop.bound():
            _, key = keys.create_key("收银", scopes or tuple(SCOPES))
            db.session.commit()
        return key

    return make


@pytest.fixture
def key(shop: Shop, make_key) -> str:
    return make_key(shop)


def line(sku: str = "MILK", qty: Any = 1, list_fen: int = 1280, **amounts: int) -> dict[str, Any]:
    member, coupon = amounts.get("member_disc_fen", 0), amounts.get("coupon_fen", 0)
    return {"sku": sku, "qty": qty, "list_fen": list_fen, "paid_fen": list_fen - member - coupon, **amounts}


def sale(order_no: str = "T-1", *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    lines = lines or (line(),)
    return {
        "order_no": order_no,
        "store_code": "XT01",
        "placed_at": "2026-01-02T10:00:00+08:00",
        "lines": list(lines),
        "paid_fen": sum(one["paid_fen"] for one in lines),
        **more,
    }
