"""Money is `int` fen. The only arithmetic that ever meets a fraction lives here."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

MAX_FEN = 100_000_000_00
"""One hundred million yuan: above it an amount is a typing error."""


def line_amount(unit_fen: int, quantity: Decimal) -> int:
    """Price of `quantity` units at `unit_fen` each, rounded half up to whole fen (domain-rules §3)."""
    if quantity == quantity.to_integral_value():
        return unit_fen * int(quantity)
    return int((unit_fen * quantity).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def allocate(amount_fen: int, weights: Sequence[int]) -> list[int]:
    """Split `amount_fen` over `weights` by largest remainder; Σ result == amount (domain-rules §3).

    Remaining fen go one by one to the largest fractional parts, ties to the earlier line. Negative amounts split like
    their absolute value. Weights must not be negative; when all are zero the amount is split evenly.
    """
    if not weights:
        if amount_fen:
            raise ValueError(f"cannot split {amount_fen} fen over no lines")
        return []
    if min(weights) < 0:
        raise ValueError(f"weights must not be negative: {list(weights)}")
    if amount_fen < 0:
        return [-share for share in allocate(-amount_fen, weights)]
    total = sum(weights)
    if total == 0:
        weights, total = [1] * len(weights), len(weights)
    floors = [amount_fen * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount_fen * weights[i] % total), i))
    for index in by_remainder[: amount_fen - sum(floors)]:
        floors[index] += 1
    return floors


def cumulative_share(total_fen: int, part: Decimal, whole: Decimal, already_fen: int) -> int:
    """What `part` of `whole` is worth after `already_fen` was given back: floor(total × part / whole) − already.

    Asked with growing `part` it never returns more than `total_fen` in all, and exactly that at the end.
    """
    return int(total_fen * part // whole) - already_fen


def yuan(amount_fen: int) -> str:
    """`1234` → `12.34`."""
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"
