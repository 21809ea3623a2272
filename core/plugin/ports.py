"""What a plugin may do to the core and ask of it: small protocols, bound when the app is made.

`shop()` gives them: `shop().holds.hold(…)`, `shop().notices.send(…)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from flask import current_app

KEY = "jishi.plugin.shop"


@dataclass(frozen=True, slots=True)
class BuyerFacts:
    """A shopper, with no more about the person than a plugin needs. Members (会员) have a member number."""

    id: int
    member_no: str | None
    phone_tail: str | None


@dataclass(frozen=True, slots=True)
class StaffFacts:
    """Who works in the console; `stores` are the ids this person may act for, None means all of them.

    `permissions` are the names of what the role allows, yours among them: pages leave out buttons that would be refused.
    """

    id: int
    name: str
    role: str
    stores: frozenset[int] | None
    permissions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SkuFacts:
    """What a SKU is called and costs, and whether it is for sale."""

    id: int
    code: str
    product_id: int
    title: str
    spec: str
    list_price_fen: int
    sold: bool


class OrderHolds(Protocol):
    """Keep a paid order from being handed out until a condition of yours is met."""

    def hold(self, order_id: int, source: str, code: str, message: str) -> None:
        """Write a hold in the current transaction; a second call with the same code does nothing."""

    def release(self, order_id: int, source: str, code: str) -> None:
        """Lift it; releasing what is not held does nothing."""


class Buyers(Protocol):
    """Who is who."""

    def by_id(self, ids: Sequence[int]) -> Mapping[int, BuyerFacts]:
        """Facts by id; unknown and erased ones are missing."""

    def find(self, term: str) -> BuyerFacts | None:
        """By member number or whole phone number: what staff enter."""

    def orders_of(self, buyer_id: int) -> int:
        """How many orders the buyer has that were paid or completed at the till, refunded whole ones not counted."""


class Skus(Protocol):
    """What the shop sells."""

    def by_id(self, ids: Sequence[int]) -> Mapping[int, SkuFacts]:
        """Facts by id; unknown ones are missing."""

    def find(self, term: str) -> SkuFacts | None:
        """By SKU code or barcode: what staff enter."""

    def of_products(self, ids: Sequence[int]) -> Mapping[int, SkuFacts]:
        """The first SKU of each product, by the product's id; unknown ones are missing."""


class Notices(Protocol):
    """Messages on WeChat (订阅消息)."""

    def send(self, buyer_id: int, template: str, values: Mapping[str, str], page: str) -> bool:
        """Send one if the buyer granted it; False when not. From handlers and jobs only.

        `template` is the template's id as the merchant entered it (empty: nothing is sent); `values` are its fields.
        Raises NotYet while WeChat can't be reached: let it pass and the handler is tried again.
        """


class Guard(Protocol):
    """Who is asking; used by `core.plugin.web`."""

    def buyer(self) -> int:
        """The logged-in shopper's id; refuses (401) without one."""

    def staff(self, permission: str, store_id: int | None) -> StaffFacts:
        """The logged-in staff member, who has `permission` (and may act for the store); refuses (401, 403) others."""

    def audit(self, action: str, target: str, detail: Mapping[str, Any]) -> None:
        """Note in the current transaction who did what."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The bound tenant's shop, as far as plugins may reach. `settings(name)` are a plugin's own, typed."""

    holds: OrderHolds
    buyers: Buyers
    skus: Skus
    notices: Notices
    guard: Guard
    settings: Callable[[str], Mapping[str, Any]]


def shop() -> Shop:
    """The ports of the running app."""
    return current_app.extensions[KEY]
