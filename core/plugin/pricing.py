"""What a plugin says about a price: snapshots in, proposals out. The core decides (architecture §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Lane(StrEnum):
    """The fixed order in which prices change. Within a lane proposals compete, across lanes they stack."""

    UNIT_PRICE = "unit_price"
    PROMOTION = "promotion"
    COUPON = "coupon"
    CREDIT = "credit"
    SHIPPING = "shipping"


@dataclass(frozen=True, slots=True)
class CartLine:
    """One line of a cart as it stands now: `amount_fen` after the lanes already walked.

    `base_fen` is what it cost after the UNIT_PRICE lane (活动价, 会员价), the base of thresholds in every later lane; None
    before. `cuts` is what each lane took off it, in fen, `closed_lanes` are those that no longer may.
    """

    position: int
    sku_id: int
    product_id: int
    quantity: Decimal
    list_price_fen: int
    list_fen: int
    amount_fen: int
    category_id: int | None = None
    member_price_fen: int | None = None
    closed_lanes: frozenset[Lane] = frozenset()
    cuts: Mapping[Lane, int] = field(default_factory=lambda: MappingProxyType({}))
    base_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Cart:
    """All lines, with the totals so far; `shipping_fen` is what delivery costs before the SHIPPING lane.

    `choices` is what the shopper chose at plugins, by plugin name: `{"lottery": {"ticket": 7}}`, lists as tuples; check
    it, it came in from outside.
    """

    lines: tuple[CartLine, ...]
    store_id: int
    fulfilment: str
    buyer_id: int | None = None
    member: bool = False
    shipping_fen: int = 0
    choices: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def goods_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)

    def open_lines(self, lane: Lane) -> tuple[CartLine, ...]:
        """The lines that an earlier offer did not close to this lane."""
        return tuple(line for line in self.lines if lane not in line.closed_lanes)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A proposal to take something off.

    Either `per_line` (position → fen off that line) or `discount_fen` off the lines in `positions` together (all open
    lines when empty), which the core splits by largest remainder. `group`: proposals of one lane with the same group
    compete, the largest discount wins. `closes`: lanes that no longer touch the lines this one won. `bearer` pays for
    it: shop, supplier or platform. `reason` is read by the customer. `gives` says what it brings beside money (a gift):
    such a proposal becomes a step, and comes back in `OrderFacts.steps`, even if it takes nothing off.
    """

    rule: str
    reason: str
    discount_fen: int = 0
    positions: tuple[int, ...] = ()
    per_line: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    group: str = ""
    rule_version: str = ""
    bearer: str = "shop"
    closes: frozenset[Lane] = frozenset()
    gives: str = ""
