"""How a plugin objects to a checkout, and what it claims from one."""

from __future__ import annotations

from dataclasses import dataclass

from core.plugin.events import LineFact


@dataclass(frozen=True, slots=True)
class Problem:
    """A reason why a cart can't be ordered; `position` names the line where there is one."""

    code: str
    message: str
    position: int | None = None


class Refused(Exception):
    """Raised in `claim_for_order`: the whole order rolls back and the shopper reads `message`."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


@dataclass(frozen=True, slots=True)
class Claim:
    """Something a plugin took for an order (a coupon, points, a seat) and gives back when it closes."""

    kind: str
    reference: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """The order that is about to be placed, prices frozen."""

    order_id: int
    number: str
    store_id: int
    buyer_id: int | None
    goods_fen: int
    shipping_fen: int
    payable_fen: int
    lines: tuple[LineFact, ...]
