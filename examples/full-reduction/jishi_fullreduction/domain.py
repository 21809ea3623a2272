"""满减送 as pure functions (domain-rules FD-1 … FD-3): which rules a cart reaches, what they take off, what they give.

Rules are walked in the order of their priority; a line that counted towards one is used up and counts towards no other
(FD-2). Free delivery is a layer of its own: a rule that gives nothing else uses up no line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from core.plugin import CartLine, Lane


class Basis(StrEnum):
    """What a threshold counts: 满元 in fen, 满件 in pieces."""

    AMOUNT = "amount"
    PIECES = "pieces"


class Mode(StrEnum):
    """阶梯: the highest level that is reached applies; 每满: the one level applies again and again."""

    LADDER = "ladder"
    EVERY = "every"


@dataclass(frozen=True, slots=True)
class Gift:
    """What is given away, and how many of it each time the level is reached."""

    id: int
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Level:
    """From `at` (fen or pieces) on: `off_fen` less, or `percent` of the price (88 is 8.8 折), 包邮, a gift."""

    at: int
    off_fen: int = 0
    percent: int = 100
    free_shipping: bool = False
    gift: Gift | None = None

    @property
    def touches_goods(self) -> bool:
        return self.off_fen > 0 or self.percent < 100 or self.gift is not None

    @property
    def gives_anything(self) -> bool:
        return self.touches_goods or self.free_shipping


@dataclass(frozen=True, slots=True)
class Rule:
    """One campaign. `products` and `categories` say what it covers; both empty means everything but what is `excluded`.

    `max_times` bounds 每满, `max_off_fen` bounds what is taken off (封顶). `with_coupons` False keeps coupons off its lines.
    """

    id: int
    version: int
    basis: Basis
    mode: Mode
    levels: tuple[Level, ...]
    products: frozenset[int] = frozenset()
    categories: frozenset[int] = frozenset()
    max_times: int | None = None
    max_off_fen: int | None = None
    with_coupons: bool = True
    excluded: frozenset[int] = frozenset()

    def covers(self, product_id: int, category_id: int | None) -> bool:
        if product_id in self.excluded:
            return False
        everything = not self.products and not self.categories
        return everything or product_id in self.products or category_id in self.categories


class Reached(NamedTuple):
    """A rule that applies: `times` its `level`, on the lines in `positions` that cost `base_fen` together."""

    rule: Rule
    level: Level
    times: int
    positions: tuple[int, ...]
    base_fen: int

    @property
    def off_fen(self) -> int:
        """What it takes off, in fen; a percentage is rounded half up on the price that remains."""
        if self.level.percent < 100:
            off = self.base_fen - (self.base_fen * self.level.percent + 50) // 100
        else:
            off = min(self.level.off_fen * self.times, self.base_fen)
        return off if self.rule.max_off_fen is None else min(off, self.rule.max_off_fen)


class Missing(NamedTuple):
    """What a cart lacks to reach the next level of a rule, in fen or pieces."""

    rule: Rule
    level: Level
    amount: int


def reached(rules: Iterable[Rule], lines: Sequence[CartLine]) -> Iterator[Reached]:
    """The rules that apply, in the order given. Lines closed to promotions count towards none."""
    for rule, counted in _walk(rules, lines):
        level, times = _level(rule, _measure(rule, counted))
        if level is not None:
            yield Reached(rule, level, times, tuple(line.position for line in counted), _amount(counted))


def missing(rules: Iterable[Rule], lines: Sequence[CartLine]) -> Iterator[Missing]:
    """For every rule that some line of the cart counts towards: what is missing to its next level."""
    for rule, counted in _walk(rules, lines):
        have = _measure(rule, counted)
        level, at = _next_level(rule, have)
        if level is not None and counted:
            yield Missing(rule, level, at - have)


def _walk(rules: Iterable[Rule], lines: Sequence[CartLine]) -> Iterator[tuple[Rule, list[CartLine]]]:
    """Each rule with the lines it may count: those it covers that no earlier rule used up."""
    free = [line for line in lines if Lane.PROMOTION not in line.closed_lanes]
    for rule in rules:
        counted = [line for line in free if rule.covers(line.product_id, line.category_id)]
        yield rule, counted
        level, _ = _level(rule, _measure(rule, counted))
        if level is not None and level.touches_goods:
            used = {line.position for line in counted}
            free = [line for line in free if line.position not in used]


def _measure(rule: Rule, lines: Sequence[CartLine]) -> int:
    return _amount(lines) if rule.basis is Basis.AMOUNT else sum(map(_pieces, lines))


def _amount(lines: Iterable[CartLine]) -> int:
    return sum(line.amount_fen if line.base_fen is None else line.base_fen for line in lines)


def _pieces(line: CartLine) -> int:
    """Whole units; of weighed goods a part of one counts as a piece (称重商品不足 1 按 1 件)."""
    return max(1, int(line.quantity))


def _level(rule: Rule, have: int) -> tuple[Level | None, int]:
    """The level that `have` reaches, and how often."""
    if rule.mode is Mode.EVERY:
        level = rule.levels[0]
        times = have // level.at if rule.max_times is None else min(have // level.at, rule.max_times)
        return (level, times) if times else (None, 0)
    level = next((level for level in reversed(rule.levels) if have >= level.at), None)
    return level, 0 if level is None else 1


def _next_level(rule: Rule, have: int) -> tuple[Level | None, int]:
    """The level to reach next, and where it lies."""
    if rule.mode is Mode.LADDER:
        level = next((level for level in rule.levels if have < level.at), None)
        return level, 0 if level is None else level.at
    level, times = rule.levels[0], have // rule.levels[0].at + 1
    if rule.max_times is not None and times > rule.max_times:
        return None, 0
    return level, level.at * times
