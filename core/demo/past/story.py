"""The story of the shop, day by day: the same seed, end and articles tell the same one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from itertools import accumulate
from random import Random

from core.clock import SHOP_ZONE, shop_time
from core.demo.past import rhythm
from core.demo.past.baskets import Baskets
from core.demo.past.orders import Maker, worth_it
from core.demo.past.people import HOMES, crowd
from core.demo.past.shelves import Shelves
from core.demo.past.things import Article, Goods, Person, Place, Sold, Wanted

SEED = "jishi"

ONLINE_FROM, ONLINE_TO = 0.30, 0.44
"""The part of orders that come from the mini-program, at the begin and at the end."""
KNOWN_AT_TILL = 0.62
AT_HOME = 0.86
"""How often people shop in the store nearest to them."""

OPEN_ORDERS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("delivered", (190, 189, 170, 130, 96)), ("delivered", (150, 149, 128, 92, 55)),
    ("shipped", (95, 94, 74, 30)), ("shipped", (70, 69, 50, 14)), ("shipped", (58, 57, 40, 6)),
    ("ready", (240, 239, 215, 190)), ("ready", (130, 129, 104, 80)), ("ready", (92, 91, 66, 41)),
    ("ready", (64, 63, 42, 20)), ("ready", (41, 40, 22, 5)),
    ("preparing", (52, 51, 16)), ("preparing", (37, 36, 9)), ("preparing", (24, 23, 4)),
    ("paid", (29, 28)), ("paid", (18, 17)), ("paid", (11, 10)), ("paid", (6, 5)), ("paid", (3, 2)),
    ("pending", (9,)), ("pending", (4,)), ("pending", (1,)),
)  # fmt: skip
"""Besides what the day brings these stand at the counter when the story ends, at whatever hour: minutes ago of each move."""


class Circle:
    """People of whom somebody comes, the eager ones more often."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people
        self._rising = list(accumulate(person.weight for person in people))

    def somebody(self, rng: Random, at: datetime) -> Person:
        """Somebody who had joined by then."""
        while True:
            person = rng.choices(self._people, cum_weights=self._rising)[0]
            if person.joined_at <= at:
                return person


@dataclass(slots=True)
class Story:
    """`days` yields the orders in the order in which they were placed; `shelves` knows what became of the goods."""

    end: datetime
    places: Sequence[Place]
    articles: Sequence[Article]
    shelves: Shelves
    till_id: int
    days: int
    seed: str = SEED
    people: list[Person] = field(init=False)
    _members: Circle = field(init=False)
    _shoppers: Circle = field(init=False)
    _baskets: Baskets = field(init=False)
    _maker: Maker = field(init=False)

    def __post_init__(self) -> None:
        self.people = crowd(Random(f"{self.seed}/people"), self.begin, self.end, self.places)
        self._members = Circle([person for person in self.people if person.member_no])
        self._shoppers = Circle([person for person in self.people if person.openid])
        self._baskets = Baskets(Random(f"{self.seed}/favours"), self.articles)
        self._maker = Maker(self.end)

    @property
    def last_day(self) -> date:
        return shop_time(self.end).date()

    @property
    def begin(self) -> datetime:
        return begin_of(self.end, self.days)

    def tell(self) -> Iterator[list[Sold]]:
        """The orders of each day, the last one as far as it has come."""
        for number in range(self.days + 1):
            day = self.last_day - timedelta(days=self.days - number)
            yield self._day(Random(f"{self.seed}/{day}"), day, number)

    def _day(self, rng: Random, day: date, number: int) -> list[Sold]:
        self.shelves.refill(day, number, self.end)
        sold = [self._order(rng, at, place) for at, place in self._moments(rng, day, number / self.days)]
        orders = [order for order in sold if order]
        if day == self.last_day:
            orders = sorted([*orders, *self._open_orders()], key=lambda order: order.placed_at)
        self._clear_shelves(orders)
        if day == self.last_day - timedelta(days=1):
            self.shelves.count_short(Random(f"{self.seed}/count/{day}"), day)
        return orders

    def _moments(self, rng: Random, day: date, progress: float) -> list[tuple[datetime, Place | None]]:
        """When somebody orders, and at which till; None is online."""
        online = ONLINE_FROM + (ONLINE_TO - ONLINE_FROM) * progress
        found: list[tuple[datetime, Place | None]] = []
        for _ in range(rhythm.orders_on(rng, day, progress)):
            if rng.random() < online:
                found.append((rhythm.online_moment(rng, day), None))
                continue
            place = rng.choices(self.places, HOMES[: len(self.places)])[0]
            found.append((rhythm.moment_between(rng, day, place.store.opens_at, place.store.closes_at), place))
        return sorted([one for one in found if one[0] <= self.end], key=lambda one: one[0])

    def _order(self, rng: Random, at: datetime, till: Place | None) -> Sold | None:
        if till is None:
            return self._shopper_order(rng, at)
        person = self._members.somebody(rng, at) if rng.random() < KNOWN_AT_TILL else None
        basket = self._baskets.fill(rng, False, partial(self.shelves.take, till.store.id))
        return self._maker.till_sale(rng, till, person, basket, at, self.till_id) if basket else None

    def _shopper_order(self, rng: Random, at: datetime) -> Sold | None:
        person = self._shoppers.somebody(rng, at)
        place = self._place_of(rng, person)
        basket = self._basket(rng, place)
        return self._maker.shopper_order(rng, place, person, basket, at) if basket else None

    def _basket(self, rng: Random, place: Place) -> list[Wanted]:
        return self._baskets.fill(rng, True, partial(self.shelves.take, place.store.id))

    def _place_of(self, rng: Random, person: Person) -> Place:
        """Who gets things delivered lives near one store."""
        if person.destination or rng.random() < AT_HOME:
            return self.places[person.home]
        return rng.choice(self.places)

    def _open_orders(self) -> list[Sold]:
        """One after the other in the stores in turn, each by somebody who can have it that way."""
        rng, found = Random(f"{self.seed}/open/{self.last_day}"), []
        for turn, (state, ages) in enumerate(OPEN_ORDERS):
            place = self.places[turn % len(self.places)]
            basket = self._worthy_basket(rng, place)
            person = self._neighbour(rng, turn % len(self.places))
            found.append(self._maker.order_at(rng, place, person, basket, state, ages))
        return found

    def _worthy_basket(self, rng: Random, place: Place) -> list[Wanted]:
        """A basket that may be delivered."""
        while True:
            basket = self._basket(rng, place)
            if worth_it(basket, place):
                return basket
            self.shelves.put_back(place.store.id, [(one.article.sku_id, one.quantity) for one in basket])

    def _neighbour(self, rng: Random, home: int) -> Person:
        return rng.choice([p for p in self.people if p.home == home and p.destination and p.member_no])

    def _clear_shelves(self, orders: Sequence[Sold]) -> None:
        """What these orders did to the shelves: tills take at once, online goods leave when they are handed over."""
        tills: dict[int, list[Sold]] = {}
        for order in orders:
            if order.channel == "pos":
                tills.setdefault(order.place.store.id, []).append(order)
            else:
                self._online_goods(order)
        for store_id, sales in tills.items():
            self._till_goods(store_id, sales)

    def _till_goods(self, store_id: int, sales: Sequence[Sold]) -> None:
        """Summed per day and SKU, as the tills upload them."""
        total: dict[int, Decimal] = {}
        for line in (line for sale in sales for line in sale.lines):
            total[line.article.sku_id] = total.get(line.article.sku_id, Decimal(0)) - line.quantity
        at, paper = sales[-1].placed_at, f"{sales[0].reference}…"
        self.shelves.moves += [Goods(store_id, sku_id, "pos", quantity, paper, at) for sku_id, quantity in total.items()]

    def _online_goods(self, order: Sold) -> None:
        store_id, left = order.place.store.id, order.handed_over_at
        lines = [(line.article.sku_id, line.quantity) for line in order.lines]
        if order.state in {"cancelled", "closed"}:
            self.shelves.put_back(store_id, lines)
        if left is None:
            return
        self.shelves.moves += [Goods(store_id, sku, "sale", -qty, order.number, left) for sku, qty in lines]
        if order.refund and order.refund.restock:
            self.shelves.put_back(store_id, lines)
            at = order.refund.at
            self.shelves.moves += [Goods(store_id, sku, "return", qty, order.number, at) for sku, qty in lines]


def begin_of(end: datetime, days: int) -> datetime:
    """When the past of `days` begins: before the first day's first delivery of goods."""
    day = shop_time(end).date() - timedelta(days=days)
    return datetime.combine(day, time(5), SHOP_ZONE)
