"""The order's state machine and the small rules around it. Pure."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from datetime import datetime

from core.clock import shop_time
from core.money import allocate
from core.orders.errors import IllegalMove, NegativeLine
from core.pricing.domain import Step

MOVES: dict[str, frozenset[str]] = {
    "pending": frozenset({"paid", "closed"}),
    "paid": frozenset({"preparing", "ready", "shipped", "cancelled"}),
    "preparing": frozenset({"ready", "shipped", "cancelled"}),
    "ready": frozenset({"picked_up", "shipped", "cancelled"}),
    "picked_up": frozenset({"completed"}),
    "shipped": frozenset({"delivered"}),
    "delivered": frozenset({"completed"}),
    "completed": frozenset(),
    "cancelled": frozenset(),
    "closed": frozenset(),
}
"""pending → paid → preparing → ready → picked_up | shipped → delivered → completed; cancelled, closed (architecture §6)."""

FINAL = frozenset(state for state, further in MOVES.items() if not further)
AWAITING_HANDOVER = ("paid", "preparing", "ready")

STATE_NAMES = {
    "pending": "待付款",
    "paid": "已付款",
    "preparing": "备货中",
    "ready": "待提货",
    "picked_up": "已提货",
    "shipped": "配送中",
    "delivered": "已送达",
    "completed": "已完成",
    "cancelled": "已取消",
    "closed": "已关闭",
}

REFERENCE = re.compile(r"[A-Za-z0-9_.:-]{8,64}")


def sources_of(target: str) -> tuple[str, ...]:
    """The states from which `target` may be reached."""
    return tuple(state for state, further in MOVES.items() if target in further)


def check_move(current: str, target: str) -> None:
    """Raise IllegalMove unless `current` → `target` is allowed."""
    if target not in MOVES[current]:
        raise IllegalMove(
            f"订单当前为“{STATE_NAMES[current]}”，不能改为“{STATE_NAMES[target]}”", state=current, target=target
        )


def new_number(at: datetime) -> str:
    """A 16-digit order number: shop date and ten random digits, so that nobody reads our volume from it."""
    return shop_time(at).strftime("%y%m%d") + f"{secrets.randbelow(10**10):010d}"


def new_pickup_code() -> str:
    """Eight digits, easy to read out at a counter; unique among a store's open orders."""
    return f"{secrets.randbelow(10**8):08d}"


MANUAL_RULES = {
    "price": "改价",
    "member": "会员优惠",
    "coupon": "优惠券",
    "goodwill": "店铺让利",
}


def line_step(rule: str, bearer: str, reason: str, deltas: Sequence[int]) -> Step:
    """A manual adjustment that names its lines: signed fen per line in position order."""
    return Step("manual", "staff", f"manual.{rule}", sum(deltas), tuple(deltas), reason, bearer=bearer)


def order_step(rule: str, bearer: str, reason: str, delta: int, amounts: Sequence[int]) -> Step:
    """A manual adjustment of the whole order, split over the lines by what they cost (largest remainder)."""
    return Step(
        "manual", "staff", f"manual.{rule}", delta, tuple(allocate(delta, amounts)), reason, bearer=bearer
    )


def apply_steps(amounts: Sequence[int], steps: Sequence[Step]) -> list[int]:
    """Line amounts after `steps`, taken together; raises NegativeLine naming the first line that falls below zero."""
    result = [amount + sum(step.allocation[i] for step in steps) for i, amount in enumerate(amounts)]
    for position, amount in enumerate(result, 1):
        if amount < 0:
            raise NegativeLine(
                f"第 {position} 行改价后为 {amount} 分，不能低于 0；请改为整单优惠", field=f"lines.{position}"
            )
    return result
