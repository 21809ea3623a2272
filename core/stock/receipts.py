"""Papers that bring goods to a store (入库单, 调拨单): each number is booked once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal

import orjson
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.stock import service
from core.stock.errors import ReceiptReused
from core.web.fields import quantity_text

_RECEIPT = text(
    """
    INSERT INTO stock_receipt (number, store_id, received_at, digest, line_count)
    VALUES (:number, :store, :now, :digest, :lines) ON CONFLICT (number) DO NOTHING RETURNING id
    """
)
_RECEIPT_DIGEST = text("SELECT digest FROM stock_receipt WHERE number = :number")


def claim(number: str, store_id: int, digest: str, lines: int) -> bool:
    """Take the number of a paper that brings goods to a store; False when this paper was booked before.

    Raises ReceiptReused when the number stands for other goods (`digest` differs).
    """
    values = {"number": number, "store": store_id, "now": now(), "digest": digest, "lines": lines}
    if db.session.execute(_RECEIPT, values).first() is not None:
        return True
    if db.session.execute(_RECEIPT_DIGEST, {"number": number}).scalar_one() != digest:
        raise ReceiptReused(f"单号 {number} 已用于不同的内容", field="number")
    return False


def receive(
    store_id: int,
    number: str,
    lines: Sequence[tuple[int, Decimal]],
    actor_id: int | None = None,
    note: str = "",
) -> bool:
    """Book received goods (入库) once per number; False when this receipt was booked before.

    Raises ReceiptReused when the number stands for other goods.
    """
    if not claim(number, store_id, digest_of(lines, store_id), len(lines)):
        return False
    service.move(store_id, "receipt", number, sorted(lines), actor_id, note)
    return True


def digest_of(lines: Sequence[tuple[int, Decimal]], *stores: int) -> str:
    """What a paper says, however its lines are ordered, as one text: the stores and (sku_id, quantity)."""
    content = [*stores, sorted((sku_id, quantity_text(amount)) for sku_id, amount in lines)]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()
