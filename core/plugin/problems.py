"""How a plugin objects to a checkout, and what it claims from one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from core.plugin.events import LineFact
from core.plugin.pricing import Lane


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


class NotYet(Exception):
    """Raised by a handler or job that has to wait (an outside service is down): tried again, told without a traceback."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Something a plugin took for an order (a coupon, points, a seat) and gives back when it closes."""

    kind: str
    reference: str
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class PriceStep:
    """What one of your adjustments came to: `allocation` is fen off each line, by position; all amounts are positive."""

    lane: Lane
    rule: str
    discount_fen: int
    allocation: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """The order that is about to be placed, prices frozen; `steps` are your own, `choices` the shopper's at you."""

    order_id: int
    number: str
    store_id: int
    buyer_id: int | None
    goods_fen: int
    shipping_fen: int
    payable_fen: int
    lines: tuple[LineFact, ...]
    steps: tuple[PriceStep, ...] = ()
    choices: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
