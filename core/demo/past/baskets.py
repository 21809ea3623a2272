"""What people put into their baskets. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import accumulate
from random import Random

from core.demo.past.rhythm import lines_in_basket
from core.demo.past.things import Article, Wanted

APPETITE = {
    "生鲜果蔬": 4.2, "乳品": 3.0, "饮料": 2.0, "休闲零食": 1.9, "粮油调味": 1.6, "冷冻": 1.2, "个护清洁": 1.0,
    "日用百货": 0.9, "酒水": 0.8, "母婴": 0.5, "文具": 0.4, "家居": 0.4,
}  # fmt: skip
"""How often an article of the family is bought."""

SPREAD = 0.9
DEAR_FEN = 1500
PIECES, PIECE_WEIGHTS = (1, 2, 3, 4, 6), (70, 19, 6, 3, 2)

Take = Callable[[Article, Decimal], bool]


class Baskets:
    """Draws baskets: dear articles are rarer, some articles are favourites everywhere."""

    def __init__(self, rng: Random, articles: Sequence[Article]) -> None:
        self._articles = list(articles)
        self._rising = list(accumulate(_weight(rng, article) for article in articles))

    def fill(self, rng: Random, online: bool, take: Take) -> list[Wanted]:
        """A basket of different articles; `take` says whether the shelf has so much and takes it.

        Online weighed goods come in half kilos.
        """
        wanted: dict[str, Wanted] = {}
        for article in self._draw(rng, lines_in_basket(rng)):
            quantity = _quantity(rng, article, online)
            if article.code not in wanted and take(article, quantity):
                wanted[article.code] = Wanted(article, quantity)
        return list(wanted.values())

    def _draw(self, rng: Random, count: int) -> list[Article]:
        """Some more than wanted, as an article drawn twice counts once."""
        return rng.choices(self._articles, cum_weights=self._rising, k=count + count // 6)


def _weight(rng: Random, article: Article) -> float:
    return APPETITE.get(article.family, 1.0) * rng.lognormvariate(0, SPREAD) * (DEAR_FEN / article.price_fen) ** 0.45


def _quantity(rng: Random, article: Article, online: bool) -> Decimal:
    if not article.weighed:
        return Decimal(rng.choices(PIECES, PIECE_WEIGHTS)[0])
    if online:
        return Decimal(rng.randint(1, 4)) / 2
    return Decimal(rng.randint(180, 1900)) / 1000
