"""The shopper's cart (购物车): which SKUs, how many. What they cost is asked anew every time. The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import text

from core.buyers.domain import MAX_CART_LINES
from core.buyers.errors import CartFull, NotWholeUnits, SkuNotFound
from core.clock import now
from core.db import db

_PUT = text(
    """
    INSERT INTO cart_line AS c (buyer_id, sku_id, quantity, added_at)
    SELECT :buyer, s.id, :quantity, :now FROM sku s
    WHERE s.id = :sku AND (s.weighed OR CAST(:quantity AS numeric) = trunc(CAST(:quantity AS numeric)))
      AND (EXISTS (SELECT 1 FROM cart_line WHERE buyer_id = :buyer AND sku_id = :sku)
           OR (SELECT count(*) FROM cart_line WHERE buyer_id = :buyer) < :most)
    ON CONFLICT (buyer_id, sku_id) DO UPDATE SET quantity = excluded.quantity
    RETURNING sku_id
    """
)
_WHY = text("SELECT weighed FROM sku WHERE id = :sku")
_LINES = text(
    "SELECT sku_id, quantity FROM cart_line WHERE buyer_id = :buyer ORDER BY added_at DESC, sku_id LIMIT :most"
)
_REMOVE = text("DELETE FROM cart_line WHERE buyer_id = :buyer AND sku_id = ANY(CAST(:skus AS bigint[]))")
_CLEAR = text("DELETE FROM cart_line WHERE buyer_id = :buyer")


def put(buyer_id: int, sku_id: int, quantity: Decimal) -> None:
    """Set how many of a SKU are in the cart; raises SkuNotFound, NotWholeUnits, CartFull."""
    values = {"buyer": buyer_id, "sku": sku_id, "quantity": quantity, "now": now(), "most": MAX_CART_LINES}
    if db.session.execute(_PUT, values).first() is not None:
        return
    weighed = db.session.execute(_WHY, {"sku": sku_id}).scalar()
    if weighed is None:
        raise SkuNotFound(field="sku_id")
    if not weighed and quantity != quantity.to_integral_value():
        raise NotWholeUnits(field="quantity")
    raise CartFull(f"购物车最多放 {MAX_CART_LINES} 种商品，请先结算或移除部分商品")


def remove(buyer_id: int, sku_ids: Sequence[int]) -> None:
    """Take SKUs out; what is not there is no error."""
    db.session.execute(_REMOVE, {"buyer": buyer_id, "skus": list(sku_ids)})


def clear(buyer_id: int) -> None:
    db.session.execute(_CLEAR, {"buyer": buyer_id})


def lines(buyer_id: int) -> tuple[tuple[int, Decimal], ...]:
    """(sku_id, quantity), the newest first."""
    rows = db.session.execute(_LINES, {"buyer": buyer_id, "most": MAX_CART_LINES})
    return tuple((row.sku_id, row.quantity) for row in rows)
