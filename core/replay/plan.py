"""What has to be done so that the shop ends up with the sales of the data. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core.replay.reader import SoldLine, SoldOrder

PRICE, MEMBER, COUPON = "price", "member", "coupon"
SHOP, SUPPLIER = "shop", "supplier"

_ATTEMPT = re.compile(r"(?P<number>.+)\.a(?P<attempt>\d+)")


class Change(NamedTuple):
    """Signed fen that staff put on a line (`position` from 1) or, without one, on the whole order."""

    rule: str
    bearer: str
    amount_fen: int
    position: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in self._asdict().items() if value is not None}


def adjustments(quoted: Sequence[int], sold: Sequence[SoldLine]) -> list[Change]:
    """The changes (改价) that turn lines quoted at these amounts into the lines as sold.

    A line gets at most what it costs; a discount beyond that (a coupon larger than the line) goes on the whole order,
    so that totals are exact per rule and bearer while the amounts of that order's lines differ.
    """
    changes, beyond = [], Counter[tuple[str, str]]()
    for position, (amount, line) in enumerate(zip(quoted, sold, strict=True), 1):
        if line.list_fen != amount:
            changes.append(Change(PRICE, SHOP, line.list_fen - amount, position))
        left = line.list_fen
        for rule, bearer, wanted in _discounts(line):
            given = min(wanted, left)
            left -= given
            beyond[rule, bearer] += wanted - given
            if given:
                changes.append(Change(rule, bearer, -given, position))
    return changes + [Change(rule, bearer, -amount) for (rule, bearer), amount in beyond.items() if amount]


def _discounts(line: SoldLine) -> tuple[tuple[str, str, int], ...]:
    return (
        (MEMBER, SHOP, line.member_fen),
        (COUPON, SUPPLIER, line.coupon_fen - line.shop_coupon_fen),
        (COUPON, SHOP, line.shop_coupon_fen),
    )


class Receipt(NamedTuple):
    """Goods to receive (入库) before a day's sales; the number is the same for every set that contains the day."""

    number: str
    store_code: str
    lines: tuple[tuple[str, int], ...]


def receipts(orders: Iterable[SoldOrder], online: bool) -> list[Receipt]:
    """One receipt per day, store and way of selling, with exactly the quantities sold.

    Orders that shoppers don't place here (`online` False) are history of another system and need no goods.
    """
    sold: dict[tuple[str, str, bool], Counter[str]] = {}
    for order in orders:
        if order.online and not online:
            continue
        shelf = sold.setdefault((order.day, order.store_code, order.online), Counter())
        for line in order.lines:
            shelf[line.sku] += line.quantity
    return [
        Receipt(f"REPLAY-{day}-{store}{'-O' if by_shopper else ''}", store, tuple(sorted(goods.items())))
        for (day, store, by_shopper), goods in sorted(sold.items())
    ]


def sale(order: SoldOrder) -> dict[str, Any]:
    """An order as the open API takes it: a till's sale, or an online order of the past."""
    return {**order.raw, "channel": "past" if order.online else "pos"}


def reference(number: str, attempt: int) -> str:
    """The idempotency key of the n-th try at an order: a new one is needed when the last closed unpaid."""
    return number if attempt == 1 else f"{number}.a{attempt}"


def attempt_of(reference: str) -> tuple[str, int]:
    """(order number, attempt) of a reference."""
    match = _ATTEMPT.fullmatch(reference)
    return (match["number"], int(match["attempt"])) if match else (reference, 1)


@dataclass(slots=True)
class Needs:
    """Codes of the SKUs, members and stores that orders name, and how many orders there are of each kind."""

    skus: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)
    online: int = 0
    at_tills: int = 0


def needs(orders: Iterable[SoldOrder]) -> Needs:
    found = Needs()
    for order in orders:
        found.skus.update(line.sku for line in order.lines)
        found.members.add(order.member_no)
        found.stores.add(order.store_code)
        found.online += order.online
        found.at_tills += not order.online
    return found
