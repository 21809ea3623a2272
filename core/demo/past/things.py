"""What the past is made of. Times are aware UTC, money is fen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from core.pricing.domain import Step
from core.pricing.service import Destination
from core.stores.domain import Slot, StoreFacts

FIRST_PHONE = 4000
"""Below are the staff's phones and those of recorded members that a replay may bring into the same shop."""


def phone_of(index: int) -> str:
    """The phone of the person with this index; the range is nobody's."""
    return f"1990000{FIRST_PHONE + index:04d}"


@dataclass(frozen=True, slots=True)
class Article:
    """A SKU on sale; `family` is its category of the first level, `target` what the shelf holds when it is full."""

    sku_id: int
    product_id: int
    code: str
    title: str
    spec: str
    unit: str
    weighed: bool
    price_fen: int
    member_price_fen: int | None
    family: str
    target: Decimal


@dataclass(frozen=True, slots=True)
class Place:
    """A store and who works there."""

    store: StoreFacts
    district_code: str
    staff_id: int
    staff_name: str


@dataclass(frozen=True, slots=True)
class Person:
    """A shopper; with a member number a member, with an openid one who knows the mini-program.

    `weight` is how often this person buys compared with others.
    """

    index: int
    member_no: str | None
    phone: str | None
    name: str | None
    joined_at: datetime
    openid: str | None
    home: int
    weight: float
    destination: Destination | None

    @property
    def contact_phone(self) -> str:
        """The phone given at the checkout."""
        return phone_of(self.index)


class Wanted(NamedTuple):
    """A line of a basket."""

    article: Article
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """A line as sold; `unit_fen` is None for the tills, which know amounts only."""

    article: Article
    quantity: Decimal
    unit_fen: int | None
    list_fen: int
    payable_fen: int
    refunded_quantity: Decimal = Decimal(0)
    refunded_fen: int = 0


class Entry(NamedTuple):
    """A step of the price ledger and where it stands."""

    version: int
    seq: int
    step: Step


class Move(NamedTuple):
    source: str | None
    target: str
    at: datetime
    actor: str
    actor_id: int | None
    why: str


class Return(NamedTuple):
    """A part of a line that goes back: its position, how much, what it is worth."""

    position: int
    quantity: Decimal
    amount_fen: int


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A refund that reached its end."""

    at: datetime
    key: str
    reason: str
    parts: tuple[Return, ...]
    shipping_fen: int
    restock: bool
    staff_id: int

    @property
    def amount_fen(self) -> int:
        return sum(part.amount_fen for part in self.parts) + self.shipping_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """An order as it stands at the end of the story."""

    number: str
    reference: str
    digest: str
    channel: str
    place: Place
    person: Person | None
    fulfilment: str
    lines: tuple[Line, ...]
    ledger: tuple[Entry, ...]
    moves: tuple[Move, ...]
    shipping_fen: int = 0
    pay_by: datetime | None = None
    slot: Slot | None = None
    destination: Destination | None = None
    phone: str | None = None
    remark: str = ""
    code: str | None = None
    method: str = "courier"
    transaction_id: str = ""
    refund: GivenBack | None = None

    @property
    def placed_at(self) -> datetime:
        return self.moves[0].at if self.channel == "online" else self.paid_at

    @property
    def paid_at(self) -> datetime | None:
        return self.reached("paid") if self.channel == "online" else self.moves[0].at

    @property
    def completed_at(self) -> datetime | None:
        return self.reached("completed")

    @property
    def state(self) -> str:
        return self.moves[-1].target

    @property
    def version(self) -> int:
        return self.ledger[-1].version

    @property
    def goods_fen(self) -> int:
        return sum(line.payable_fen for line in self.lines)

    @property
    def payable_fen(self) -> int:
        return self.goods_fen + self.shipping_fen

    @property
    def handed_over_at(self) -> datetime | None:
        """When the goods left the store, for online orders."""
        return self.reached("picked_up") or self.reached("shipped")

    def reached(self, state: str) -> datetime | None:
        """When the order came into `state`."""
        return next((move.at for move in self.moves if move.target == state), None)


class Goods(NamedTuple):
    """A change of what lies on the shelves of a store."""

    store_id: int
    sku_id: int
    kind: str
    quantity: Decimal
    paper: str
    at: datetime


class Receipt(NamedTuple):
    """Goods received (入库单)."""

    number: str
    store_id: int
    at: datetime
    lines: tuple[tuple[int, Decimal], ...]
