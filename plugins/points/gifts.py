"""积分商城 (PT-9): a gift is a SKU for points and perhaps cash, redeemed by an ordinary order of exactly that SKU."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from core.plugin import Adjustment, Cart, Lane, OrderFacts, Refused

from . import orders
from .messages import say

CLOSED = frozenset({Lane.PROMOTION, Lane.COUPON, Lane.CREDIT})

COLUMNS = """g.id AS gift_id, g.sku_id, g.points AS gift_points, g.cash_fen, g.per_buyer, g.stock - g.taken AS left_stock,
    g.active, g.starts_at, g.ends_at, (SELECT coalesce(sum(o.gift_quantity), 0) FROM points_order o
    WHERE o.gift_id = g.id AND o.buyer_id = :buyer) AS mine"""
"""What `terms` reads of `points_gift AS g`; `mine` is how many the buyer has."""


@dataclass(frozen=True, slots=True)
class GiftTerms:
    """A gift as one buyer sees it now; `mine_left` is None without a limit per buyer."""

    id: int
    sku_id: int
    points: int
    cash_fen: int
    on: bool
    left: int
    per_buyer: int | None
    mine_left: int | None


def terms(row: Mapping[str, Any], now: datetime) -> GiftTerms | None:
    """The gift of a row with COLUMNS, None where there is none."""
    if row["gift_id"] is None:
        return None
    begun = row["starts_at"] is None or row["starts_at"] <= now
    ended = row["ends_at"] is not None and row["ends_at"] <= now
    limit = row["per_buyer"]
    return GiftTerms(
        row["gift_id"], row["sku_id"], row["gift_points"], row["cash_fen"], row["active"] and begun and not ended,
        row["left_stock"], limit, None if limit is None else max(limit - int(row["mine"]), 0),
    )  # fmt: skip


def proposals(cart: Cart, gift: GiftTerms | None) -> list[Adjustment]:
    """The gift's price for a cart of exactly that SKU; every other discount is shut out. Pure."""
    quantity = _quantity(cart, gift)
    if gift is None or quantity is None:
        return []
    line = cart.lines[0]
    saved = line.list_fen - gift.cash_fen * quantity
    if saved <= 0:
        return []
    return [Adjustment(f"gift:{gift.id}", say("gift_reason"), per_line={line.position: saved}, closes=CLOSED)]


def _quantity(cart: Cart, gift: GiftTerms | None) -> int | None:
    """How many pieces of the gift the cart is, None when it is something else."""
    if gift is None or len(cart.lines) != 1 or cart.lines[0].sku_id != gift.sku_id:
        return None
    return orders.whole(cart.lines[0].quantity)


def objections(cart: Cart, gift: GiftTerms | None, usable: int) -> Iterable[tuple[str, str]]:
    """(code, message) of everything that stands in the way of redeeming."""
    if gift is None or not gift.on:
        yield "gift_gone", say("gift_gone")
        return
    quantity = _quantity(cart, gift)
    if quantity is None:
        alone = len(cart.lines) == 1 and cart.lines[0].sku_id == gift.sku_id
        yield ("gift_whole", say("gift_whole")) if alone else ("gift_alone", say("gift_alone"))
        return
    if gift.left < quantity:
        yield "gift_gone", say("gift_gone")
    if gift.mine_left is not None and gift.mine_left < quantity:
        yield "gift_limit", say("gift_limit", limit=gift.per_buyer, left=gift.mine_left)
    if usable < gift.points * quantity:
        yield "short", say("short", usable=usable)
    if cart.goods_fen != gift.cash_fen * quantity or not proposals(cart, gift):
        yield "gift_price", say("gift_price")


_TAKE = text(
    """
    UPDATE points_gift SET taken = taken + :quantity
    WHERE id = :gift AND sku_id = :sku AND active AND taken + :quantity <= stock
      AND (starts_at IS NULL OR starts_at <= :now) AND (ends_at IS NULL OR ends_at > :now)
      AND (per_buyer IS NULL OR per_buyer >= :quantity + (SELECT coalesce(sum(gift_quantity), 0) FROM points_order
                                                           WHERE gift_id = :gift AND buyer_id = :buyer))
    RETURNING points, cash_fen
    """
)


def take(session: Any, order: OrderFacts, gift_id: int, now: datetime) -> int:
    """Take the order's pieces off the gift's stock and return the points they cost; the account is locked.

    Raises Refused when the gift is gone, the buyer had enough of it, or the order is not the gift at its price.
    """
    line = order.lines[0]
    quantity = orders.whole(line.quantity)
    priced = any(step.rule == f"gift:{gift_id}" for step in order.steps)
    if quantity is None or len(order.lines) != 1 or not priced:
        raise Refused("points_gift_alone", say("gift_alone"))
    values = {"gift": gift_id, "sku": line.sku_id, "quantity": quantity, "buyer": order.buyer_id, "now": now}
    row = session.execute(_TAKE, values).first()
    if row is None:
        raise Refused("points_gift_gone", say("gift_gone"))
    if line.payable_fen != row.cash_fen * quantity:
        raise Refused("points_gift_price", say("gift_price"))
    return row.points * quantity


_PUT_BACK = text("UPDATE points_gift SET taken = greatest(taken - :quantity, 0) WHERE id = :gift")


def put_back(session: Any, gift_id: int, quantity: int) -> None:
    """The pieces can be redeemed again."""
    session.execute(_PUT_BACK, {"gift": gift_id, "quantity": quantity})


_SHELF = text(
    f"""
    SELECT {COLUMNS}, g.stock FROM points_gift g
    WHERE g.active AND (g.starts_at IS NULL OR g.starts_at <= :now) AND (g.ends_at IS NULL OR g.ends_at > :now)
    ORDER BY g.taken >= g.stock, g.sort, g.id LIMIT :limit
    """
)


def shelf(session: Any, buyer_id: int | None, now: datetime, limit: int = 50) -> list[GiftTerms]:
    """Gifts that are on offer now, those that are gone last."""
    rows = session.execute(_SHELF, {"buyer": buyer_id, "now": now, "limit": limit}).mappings()
    return [gift for gift in (terms(row, now) for row in rows) if gift is not None]
