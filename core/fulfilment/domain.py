"""Handing goods out: what a clerk reads about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from core.clock import shop_time
from core.web.fields import quantity_text

TO_PICK = ("paid", "preparing")
"""States whose goods somebody still has to fetch from the shelves."""

LEFT_THE_STORE = frozenset({"picked_up", "shipped", "delivered", "completed"})

METHODS = {"code": "提货码核销", "phone": "手机尾号核销", "courier": "交配送员"}
"""How the customer was known when the goods left (核销方式)."""

_SHOWN_HEAD, _SHOWN_TAIL = 3, 4


def mask_phone(phone: str | None) -> str | None:
    """`19900001234` → `199****1234`."""
    if not phone or len(phone) <= _SHOWN_HEAD + _SHOWN_TAIL:
        return phone
    return phone[:_SHOWN_HEAD] + "*" * (len(phone) - _SHOWN_HEAD - _SHOWN_TAIL) + phone[-_SHOWN_TAIL:]


def mask_name(name: str | None) -> str | None:
    """`王小明` → `王**`."""
    return name and name[0] + "*" * (len(name) - 1)


def handed_over_message(at: datetime, by: str) -> str:
    return f"该订单已于 {shop_time(at):%Y-%m-%d %H:%M:%S} 由 {by} 交付，不能重复核销"


def moment_text(moment: datetime | None) -> str | None:
    """How instants stand in problem documents: UTC with Z, whole seconds."""
    return moment and moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def totals(orders: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What to fetch altogether, per SKU, in the order of the shelves; SKUs without a place come last.

    Orders on hold don't count: they may never go out.
    """
    found: dict[str, dict[str, Any]] = {}
    for line in (line for order in orders if not order["on_hold"] for line in order["lines"]):
        total = found.setdefault(line["sku_id"], {**line, "quantity": Decimal(0), "order_count": 0})
        total["quantity"] += Decimal(line["quantity"])
        total["order_count"] += 1
    for total in found.values():
        del total["position"]
        total["quantity"] = quantity_text(total["quantity"])
    return sorted(found.values(), key=lambda t: (t["shelf_location"] is None, t["shelf_location"] or "", t["sku"]))
