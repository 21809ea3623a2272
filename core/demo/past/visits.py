"""Visits of the mini-program and where they came from: every online order follows one, most lead to none. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from core.clock import SHOP_ZONE, shop_time
from core.demo.past.rhythm import online_moment
from core.demo.past.things import Person, Sold

IDLE_PER_ORDER = 3.1
"""How many visits lead to nothing, for each order."""
UNKNOWN = 0.55
"""The part of those by visitors whom the shop does not know yet."""

SCENES: tuple[tuple[str, int], ...] = (
    ("1089", 22), ("1104", 14), ("1001", 9), ("1047", 11), ("1011", 7), ("1007", 8), ("1008", 7), ("1053", 5),
    ("1005", 4), ("1035", 4), ("1058", 3), ("1026", 3), ("1014", 5), ("1034", 3), ("poster-xt01", 4), ("poster-xt03", 3),
)  # fmt: skip
"""Scenes (场景值) with their weights; posters are the shop's own."""


class Seen(NamedTuple):
    """A visit; `index` is the buyer's, None for somebody unknown."""

    day: date
    visitor: str
    scene: str
    store_id: int
    index: int | None
    at: datetime


def visits(seed: str, orders: Sequence[Sold], people: Sequence[Person], end: datetime) -> list[Seen]:
    """The visits around the online orders of one day, one per visitor and scene. `people` are those who have an openid."""
    online = [order for order in orders if order.channel == "online"]
    if not online:
        return []
    rng = Random(f"{seed}/visits/{shop_time(online[-1].placed_at).date()}")
    found: dict[tuple[date, str, str], Seen] = {}
    for seen in sorted([*_of_orders(rng, online), *_idle(rng, online, people, end)], key=lambda seen: seen.at):
        found.setdefault((seen.day, seen.visitor, seen.scene), seen)
    return list(found.values())


def _of_orders(rng: Random, orders: Iterable[Sold]) -> Iterator[Seen]:
    for order in orders:
        midnight = datetime.combine(shop_time(order.placed_at).date(), time(), SHOP_ZONE)
        at = max(order.placed_at - timedelta(seconds=rng.randint(40, 1500)), midnight)
        yield _seen(rng, _visitor(order.person), order.place.store.id, order.person.index, at)


def _idle(rng: Random, orders: Sequence[Sold], people: Sequence[Person], end: datetime) -> Iterator[Seen]:
    day = shop_time(orders[-1].placed_at).date()
    for _ in range(round(len(orders) * IDLE_PER_ORDER)):
        at, store_id = online_moment(rng, day), rng.choice(orders).place.store.id
        unknown, person = rng.random() < UNKNOWN, rng.choice(people)
        if at > end:
            continue
        if unknown or person.joined_at > at:
            yield _seen(rng, f"demo{rng.getrandbits(64):016x}", store_id, None, at)
        else:
            yield _seen(rng, _visitor(person), store_id, person.index, at)


def _visitor(person: Person) -> str:
    return f"demo{person.openid[5:].lower()}"


def _seen(rng: Random, visitor: str, store_id: int, index: int | None, at: datetime) -> Seen:
    scene = rng.choices([scene for scene, _ in SCENES], [weight for _, weight in SCENES])[0]
    return Seen(shop_time(at).date(), visitor, scene, store_id, index, at)


def first_touches(seen: Iterable[Seen]) -> dict[int, Seen]:
    """Each known buyer's first visit."""
    found: dict[int, Seen] = {}
    for one in seen:
        if one.index is not None and (one.index not in found or one.at < found[one.index].at):
            found[one.index] = one
    return found
