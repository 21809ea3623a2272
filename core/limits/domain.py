"""How near a shop is to its plan's limits, and what to say about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.limits.errors import PlanLimit
from tenants.plans import NUMBERS, Terms

NEAR_PERCENT = 80
GRACE_PERCENT = 10
"""So far above the orders of a month everything goes on."""

THEN = {
    "orders_month": "超出 10% 以内一切照常；再多则暂停新的网上下单，已有订单的付款、发货、退款和门店收银不受影响",
    "stores": "达到后不能再开设门店，已有门店照常营业",
    "staff": "达到后不能再添加员工，已有账号照常使用",
    "plugins": "达到后不能再启用插件，已启用的照常工作",
}
"""What happens at a limit, by the name of the limit."""
_UNITS = {"orders_month": "笔订单", "stores": "家门店", "staff": "个员工账号", "plugins": "个插件"}


@dataclass(frozen=True, slots=True)
class Usage:
    """One limit: `limit` None is none; `state` is ok, near (from 80 %), reached or over; `then` says what happens.

    `stopped` is true while new online orders are refused for it.
    """

    name: str
    label: str
    used: int
    limit: int | None
    state: str
    then: str
    stopped: bool = False


def rows(terms: Terms, used: Mapping[str, int]) -> list[Usage]:
    """One row per limit that there may be, limited or not, always in the same order."""
    return [_row(name, used.get(name, 0), terms.most(name)) for name in NUMBERS]


def _row(name: str, used: int, most: int | None) -> Usage:
    stopped = name == "orders_month" and most is not None and used >= checkouts(most)
    return Usage(name, NUMBERS[name], used, most, state_of(used, most), THEN[name], stopped)


def state_of(used: int, most: int | None) -> str:
    """ok, near, reached or over."""
    if most is None:
        return "ok"
    if used >= most:
        return "over" if used > most else "reached"
    return "near" if used * 100 >= most * NEAR_PERCENT else "ok"


def checkouts(most: int) -> int:
    """How many paid orders of a month there may be before new online orders are refused."""
    return most * (100 + GRACE_PERCENT) // 100


def check_room(terms: Terms, name: str, used: int) -> None:
    """Raise PlanLimit when the plan has no room for one more."""
    most = terms.most(name)
    if most is None or used < most:
        return
    whom = f"：{terms.contact}" if terms.contact else "客服"
    message = f"套餐“{terms.plan}”最多 {most} {_UNITS[name]}，现有 {used}。如需增加，请联系平台{whom}"
    raise PlanLimit(message, limit=name, most=most, used=used, contact=terms.contact)
