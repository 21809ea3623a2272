"""A plugin's hooks called as they are, without the host's guards, so that a fault shows itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from core.plugin import Cart, CartLine, Plugin
from core.plugin.testing.tenant import Tenant

CHOICES: tuple[dict[str, Any], ...] = ({}, {"use": True}, {"use": 100})
"""What shoppers commonly choose at a plugin; anything else it has to bear, too."""
NONSENSE: tuple[dict[str, Any], ...] = (
    {"use": -1}, {"use": "x"}, {"use": None}, {"use": 10**12}, {"use": [1]}, {"gift": "0"}, {"code": {}}, {"zzz": 1.5},
)


def hook(plugin: Plugin, name: str) -> Callable[..., Any] | None:
    """The plugin's implementation, taking any of the hook's arguments by name; None without one."""
    function = getattr(plugin.hooks, name, None)
    if function is None or not hasattr(function, "jishi_impl"):
        return None
    wanted = inspect.signature(function).parameters
    return lambda **given: function(**{key: value for key, value in given.items() if key in wanted})


def cart_of(tenant: Tenant, lines: int, plugin: str = "", choices: dict[str, Any] | None = None) -> Cart:
    """A cart of the tenant's shopper with so many lines at 12.80 each; the first ones are products that exist."""
    real = list(zip(tenant.skus.values(), tenant.products.values(), strict=True))
    made = []
    for position in range(1, lines + 1):
        sku, product = real[position - 1] if position <= len(real) else (10_000 + position, 10_000 + position)
        made.append(CartLine(position, sku, product, Decimal(1), 1280, 1280, 1280))
    chosen = {plugin: choices} if plugin and choices is not None else {}
    return Cart(tuple(made), tenant.store_id, "pickup", tenant.buyer.id, True, choices=chosen)
