"""Domain events: facts in the past tense, complete enough that a handler needs to ask nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import lru_cache
from typing import Any, ClassVar, TypeVar

E = TypeVar("E", bound="DomainEvent")


@dataclass(frozen=True, slots=True)
class LineFact:
    """A line of an order, known by its position: `payable_fen` is what it costs the customer, without shipping."""

    position: int
    sku_id: int
    sku_code: str
    quantity: Decimal
    list_fen: int
    payable_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainEvent:
    """`name` and `version` identify the payload; instants in payloads are ISO 8601 in UTC.

    `event_id` is set when an event is handed over: the idempotency key for effects outside the database.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1

    order_id: int
    number: str
    channel: str
    store_id: int
    buyer_id: int | None
    event_id: int = 0

    @property
    def aggregate(self) -> str:
        return f"order:{self.order_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(DomainEvent):
    """An order was created and its stock reserved until `pay_by`."""

    name: ClassVar[str] = "order.placed"

    goods_fen: int
    shipping_fen: int
    payable_fen: int
    pay_by: str | None
    lines: tuple[LineFact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(DomainEvent):
    """The whole payable amount arrived (or there was nothing to pay)."""

    name: ClassVar[str] = "order.paid"

    goods_fen: int
    shipping_fen: int
    paid_fen: int
    transaction_id: str | None
    lines: tuple[LineFact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderClosed(DomainEvent):
    """An unpaid order ended: its deadline passed or somebody cancelled it. Everything claimed was given back."""

    name: ClassVar[str] = "order.closed"

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReady(DomainEvent):
    """The goods are picked and wait for the customer."""

    name: ClassVar[str] = "order.ready"

    pickup_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHandedOver(DomainEvent):
    """The goods left the store: picked up, or with a courier (`fulfilment` tells which)."""

    name: ClassVar[str] = "order.handed_over"

    fulfilment: str
    paid_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCompleted(DomainEvent):
    """The customer has everything. Sent for till sales too."""

    name: ClassVar[str] = "order.completed"

    goods_fen: int
    shipping_fen: int
    paid_fen: int
    placed_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(DomainEvent):
    """A paid order was called off before the goods left the store; its refund is under way."""

    name: ClassVar[str] = "order.cancelled"

    why: str
    paid_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefunded(DomainEvent):
    """Money was promised back; `lines` hold the refunded quantity and amount of each line."""

    name: ClassVar[str] = "order.refunded"

    refund_no: str
    amount_fen: int
    shipping_fen: int
    full: bool
    lines: tuple[LineFact, ...]


def read(cls: type[E], payload: Mapping[str, Any], event_id: int) -> E:
    """The event as it was stored (fields as JSON types), typed again; the opposite of writing it into the outbox.

    Fields that this version does not know are left out, missing ones take their defaults: events written before and
    after a deploy are both readable. Raises TypeError where a field without a default is missing.
    """
    known = {name: value for name, value in payload.items() if name in _names(cls)}
    if "lines" in known:
        known["lines"] = tuple(_line(line) for line in known["lines"])
    return cls(**{**known, "event_id": event_id})


def _line(stored: Mapping[str, Any]) -> LineFact:
    known = {name: value for name, value in stored.items() if name in _names(LineFact)}
    return LineFact(**{**known, "quantity": Decimal(known["quantity"])})


@lru_cache(maxsize=64)
def _names(cls: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(cls))
