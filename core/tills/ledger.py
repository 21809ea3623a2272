"""The price ledger of a sale, and lists as PostgreSQL array literals: one string is cheaper than 10,000 numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from core.tills.domain import Sale, SaleLine

LANE = "pos"


def bigints(values: Iterable[int | None]) -> str:
    """`[1, None]` → `{1,NULL}`."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def texts(values: Iterable[str]) -> str:
    """Digits and points only: nothing is quoted."""
    return "{" + ",".join(values) + "}"


_STEPS = (
    ("list", "core", "list_price", "shop", "商品原价", lambda line: line.list_fen),
    (LANE, "till", "pos.member", "shop", "会员优惠", lambda line: -line.member_fen),
    (LANE, "till", "pos.coupon", "supplier", "优惠券", lambda line: line.shop_coupon_fen - line.coupon_fen),
    (LANE, "till", "pos.coupon", "shop", "优惠券", lambda line: -line.shop_coupon_fen),
)
"""lane, source, rule, who bears it, reason, what it does to a line; a step that changes nothing is not written."""


def steps_of(lines: Sequence[SaleLine]) -> list[tuple[str, str, str, str, str, list[int]]]:
    """The ledger steps of a sale, each with its allocation in line order; their sum is what was paid."""
    found = []
    for number, (lane, source, rule, bearer, reason, effect) in enumerate(_STEPS):
        shares = [effect(line) for line in lines]
        if number == 0 or any(shares):
            found.append((lane, source, rule, bearer, reason, shares))
    return found


def ledger_rows(sales: Iterable[tuple[int, Sale]]) -> dict[str, Any]:
    """The parameters of the statement that writes the steps of all `sales` (order id, sale)."""
    rows = [
        (order_id, seq, *step) for order_id, sale in sales for seq, step in enumerate(steps_of(sale.lines))
    ]
    return {
        "orders": bigints(row[0] for row in rows),
        "seqs": bigints(row[1] for row in rows),
        "lanes": [row[2] for row in rows],
        "sources": [row[3] for row in rows],
        "rules": [row[4] for row in rows],
        "bearers": [row[5] for row in rows],
        "reasons": [row[6] for row in rows],
        "amounts": bigints(sum(row[7]) for row in rows),
        "allocations": [bigints(row[7]) for row in rows],
    }
