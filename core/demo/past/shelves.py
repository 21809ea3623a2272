"""The shelves of the stores while the story runs: nothing is sold that is not there, and what runs low is filled up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import ROUND_UP, Decimal
from random import Random

import orjson

from core.clock import SHOP_ZONE
from core.demo.past.things import Article, Goods, Place, Receipt
from core.web.fields import quantity_text

REFILL_AT = Decimal("0.35")
"""A shelf with less than this part of what it holds is filled up."""
REFILL_EVERY = 2
MORNING, EVENING = time(6, 40), time(21, 45)
LOW, OUT = 20, 8
"""How many shelves the last count found nearly and wholly empty."""
PAPER = "DEMO"

Shelf = tuple[int, int]


@dataclass(slots=True)
class Shelves:
    """What may still be sold, by (store, SKU), and every move of the goods. Weighed goods are filled up in half kilos."""

    places: Sequence[Place]
    articles: Sequence[Article]
    left: dict[Shelf, Decimal]
    moves: list[Goods] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    bare: frozenset[Shelf] = frozenset()

    def take(self, store_id: int, article: Article, quantity: Decimal) -> bool:
        """Whether the shelf has so much; then it has less."""
        shelf = (store_id, article.sku_id)
        if self.left.get(shelf, Decimal(0)) < quantity:
            return False
        self.left[shelf] -= quantity
        return True

    def put_back(self, store_id: int, lines: Iterable[tuple[int, Decimal]]) -> None:
        for sku_id, quantity in lines:
            self.left[store_id, sku_id] += quantity

    def refill(self, day: date, number: int, until: datetime) -> None:
        """Receive (入库) in the morning what runs low, every other day in each store."""
        at = datetime.combine(day, MORNING, SHOP_ZONE)
        if at > until:
            return
        for turn, place in enumerate(self.places, number):
            if turn % REFILL_EVERY == 0:
                self._receive(place, day, at)

    def _receive(self, place: Place, day: date, at: datetime) -> None:
        lines = tuple(self._missing(place.store.id))
        if not lines:
            return
        receipt = Receipt(f"{PAPER}-{day:%y%m%d}-{place.store.code}", place.store.id, at, lines)
        self.receipts.append(receipt)
        for sku_id, quantity in lines:
            self.left[place.store.id, sku_id] += quantity
            self.moves.append(Goods(place.store.id, sku_id, "receipt", quantity, receipt.number, at))

    def _missing(self, store_id: int) -> Iterable[tuple[int, Decimal]]:
        for article in self.articles:
            shelf = (store_id, article.sku_id)
            if shelf in self.left and shelf not in self.bare and self.left[shelf] < article.target * REFILL_AT:
                yield article.sku_id, _whole(article.target - self.left[shelf], article)

    def count_short(self, rng: Random, day: date) -> None:
        """The evening's count (盘点) finds some shelves nearly and wholly empty; nobody fills them before the story ends."""
        at = datetime.combine(day, EVENING, SHOP_ZONE)
        chosen = rng.sample([(place, article) for place in self.places for article in self.articles], LOW + OUT)
        for index, (place, article) in enumerate(chosen):
            self._find(place, article, Decimal(0) if index < OUT else Decimal(rng.randint(1, 4)), at, day)
        self.bare = frozenset((place.store.id, article.sku_id) for place, article in chosen)

    def _find(self, place: Place, article: Article, found: Decimal, at: datetime, day: date) -> None:
        shelf = (place.store.id, article.sku_id)
        short = found - self.left.get(shelf, Decimal(0))
        if short < 0:
            self.left[shelf] = found
            paper = f"{PAPER}-PD-{day:%y%m%d}-{place.store.code}"
            self.moves.append(Goods(*shelf, "count", short, paper, at))


def _whole(quantity: Decimal, article: Article) -> Decimal:
    if article.weighed:
        return (quantity * 2).to_integral_value(ROUND_UP) / 2
    return quantity.to_integral_value(ROUND_UP)


def receipt_digest(receipt: Receipt) -> str:
    """The fingerprint that receiving the same goods over the API would have."""
    content = [receipt.store_id, sorted((sku_id, quantity_text(quantity)) for sku_id, quantity in receipt.lines)]
    return hashlib.sha256(orjson.dumps(content)).hexdigest()
