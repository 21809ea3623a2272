"""Carts, rules and requests in one line each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from jishi_fullreduction.domain import Basis, Level, Mode, Rule

from core.plugin import Cart, CartLine

STARTED = "2026-01-01T00:00:00Z"


def line(position: int, amount_fen: int, quantity: str = "1", **more: Any) -> CartLine:
    """A line whose SKU and product have its position as their id."""
    amounts = {"list_price_fen": amount_fen, "list_fen": amount_fen, "amount_fen": amount_fen}
    return CartLine(position, position, position, Decimal(quantity), **(amounts | more))


def cart(*lines: CartLine, **more: Any) -> Cart:
    return Cart(tuple(lines), store_id=1, fulfilment="pickup", **more)


def rule(*levels: Level, **more: Any) -> Rule:
    return Rule(**({"id": 1, "version": 1, "basis": Basis.AMOUNT, "mode": Mode.LADDER, "levels": levels} | more))


def entered(*levels: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A campaign as the console sends it."""
    plain = {"title": "满减", "basis": "amount", "mode": "ladder", "levels": list(levels), "starts_at": STARTED}
    return plain | more
