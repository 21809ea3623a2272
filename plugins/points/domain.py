"""The arithmetic of points: what they are worth, what an order earns, what a refund gives and takes back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

SHOP_ZONE = ZoneInfo("Asia/Shanghai")
WHOLE_ORDER = 0
"""The position that stands for an order whose lines are not known."""


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Share `amount` out over `weights` by largest remainder, ties to the earlier; nothing where all weights are zero."""
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    shares = [amount * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % total), i))
    for index in by_remainder[: amount - sum(shares)]:
        shares[index] += 1
    return shares


def worth_fen(points: int, ratio: int) -> int:
    """What `points` take off, in fen; `ratio` points are worth one yuan. Rounded down (PT-4)."""
    return points * 100 // ratio


def cost_points(fen: int, ratio: int) -> int:
    """The fewest points that are worth `fen`."""
    return -(-fen * ratio // 100)


@dataclass(frozen=True, slots=True)
class SpendRules:
    """抵现 (PT-1): `ratio` points = 1 yuan; used in `step`s, at least `minimum`, at most `cap` points (0: any number)
    and `percent` % of what the goods cost."""

    ratio: int
    step: int = 1
    minimum: int = 0
    cap: int = 0
    percent: int = 50
    with_coupons: bool = True


def most_points(rules: SpendRules, usable: int, eligible_fen: int, goods_fen: int) -> int:
    """The most points that may be used: on `eligible_fen` of goods that cost `goods_fen` in all (PT-1, PT-2, PT-4).

    One fen at least is always paid in money.
    """
    most_fen = min(goods_fen * rules.percent // 100, eligible_fen, goods_fen - 1)
    if most_fen <= 0:
        return 0
    most = min(usable, most_fen * rules.ratio // 100, *([rules.cap] if rules.cap else []))
    most -= most % rules.step
    return most if most >= max(rules.minimum, 1) and worth_fen(most, rules.ratio) else 0


def use_of(rules: SpendRules, wanted: int, most: int) -> tuple[int, int]:
    """(points, fen) taken when a shopper wants to use `wanted` points: whole steps, no more than `most`."""
    points = min(wanted, most)
    points -= points % rules.step
    if points < rules.minimum:
        return 0, 0
    fen = worth_fen(points, rules.ratio)
    return cost_points(fen, rules.ratio), fen


def award(base_fen: int, per_yuan: int, *percents: int) -> int:
    """Points for `base_fen` paid in money: `per_yuan` for each yuan times every multiplier in percent, rounded down once
    per order (PT-5)."""
    points, scale = base_fen * per_yuan, 100
    for percent in percents:
        points, scale = points * percent, scale * 100
    return points // scale


def level_amount(price_fen: int, percent: int, quantity: Decimal) -> int:
    """What `quantity` at `price_fen` cost at `percent` of the price: the unit price is rounded half up, then the line."""
    unit = (price_fen * percent + 50) // 100
    return int((unit * quantity).quantize(Decimal(1), rounding=ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an order as points see it; `returned` of the points used came back, `taken_back` of the award went."""

    position: int
    quantity: Decimal
    paid_fen: int
    used: int = 0
    returned: int = 0
    award: int = 0
    taken_back: int = 0
    refunded_quantity: Decimal = Decimal(0)
    refunded_fen: int = 0


class Refunded(NamedTuple):
    """A part of a line that was given back: quantity and fen."""

    quantity: Decimal
    fen: int


def refund(lines: Sequence[Line], parts: Mapping[int, Refunded]) -> list[Line]:
    """The lines after a refund: cumulative shares, so that parts never come to more than the whole (PT-6, §3).

    Points used come back by quantity, the award goes by refunded money.
    """
    if [line.position for line in lines] == [WHOLE_ORDER]:
        parts = {WHOLE_ORDER: Refunded(Decimal(0), sum(part.fen for part in parts.values()))}
    return [_refunded(line, parts[line.position]) if line.position in parts else line for line in lines]


def refund_all(lines: Sequence[Line]) -> list[Line]:
    """The lines after everything that is left was given back."""
    return refund(lines, {line.position: Refunded(line.quantity, line.paid_fen) for line in lines})


def _refunded(line: Line, part: Refunded) -> Line:
    quantity = min(line.refunded_quantity + part.quantity, line.quantity)
    fen = min(line.refunded_fen + part.fen, line.paid_fen)
    back = int(line.used * quantity // line.quantity)
    taken = line.award * fen // line.paid_fen if line.paid_fen else 0
    return replace(
        line,
        refunded_quantity=quantity,
        refunded_fen=fen,
        returned=max(line.returned, back),
        taken_back=max(line.taken_back, taken),
    )


def growth_left(lines: Sequence[Line]) -> int:
    """成长值 of an order: whole yuan paid and not given back (PT-10)."""
    return sum(line.paid_fen - line.refunded_fen for line in lines) // 100


def capped(lines: Sequence[Line], most: int) -> list[Line]:
    """The lines with at most `most` points still to be awarded, shared out anew."""
    left = [line.award - line.taken_back for line in lines]
    if sum(left) <= most:
        return list(lines)
    shares = split(most, left)
    return [replace(line, award=line.taken_back + share) for line, share in zip(lines, shares, strict=True)]


def whole_number(value: Any) -> int | None:
    """A number of points or an id as a shopper's choice has it, 0 or more; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        value = int(value)
    return value if type(value) is int and 0 <= value < 10**18 else None


def shop_day(instant: datetime) -> date:
    """The calendar day of the shop."""
    return instant.astimezone(SHOP_ZONE).date()


def day_begins(day: date) -> datetime:
    return datetime.combine(day, time(), SHOP_ZONE)


def add_months(day: date, months: int) -> date:
    """The same day `months` later (or earlier), the last of the month where there is no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    first = date(year, month + 1, 1)
    following = date(year + (month == 11), (month + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


def expires_at(available_at: datetime, rule: str, months: int) -> datetime | None:
    """When points that can be used from `available_at` on run out: at the end of a day, None for never (PT-1).

    `rule` is `months` (rolling), `year` (年末清零) or `never`.
    """
    day = shop_day(available_at)
    if rule == "months":
        return day_begins(add_months(day, months) + timedelta(days=1))
    if rule == "year":
        return day_begins(date(day.year + 1, 1, 1))
    return None


def sign_in_points(streak: int, points: int, bonus_every: int, bonus: int) -> int:
    """Points of the `streak`th day in a row; every `bonus_every`th day brings `bonus` more."""
    return points + (bonus if bonus_every and streak % bonus_every == 0 else 0)
