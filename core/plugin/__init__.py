"""The public API: what a plugin may import. Everything else of ours is private to us."""

from core.plugin.context import Channel, Context
from core.plugin.events import (
    DomainEvent,
    LineFact,
    OrderCancelled,
    OrderClosed,
    OrderCompleted,
    OrderHandedOver,
    OrderPaid,
    OrderPlaced,
    OrderReady,
    OrderRefunded,
)
from core.plugin.hookspecs import hookimpl, hookspec
from core.plugin.pricing import Adjustment, Cart, CartLine, Lane
from core.plugin.problems import Claim, OrderFacts, Problem, Refused

API_VERSION = "0.1"

__all__ = [
    "API_VERSION",
    "Adjustment",
    "Cart",
    "CartLine",
    "Channel",
    "Claim",
    "Context",
    "DomainEvent",
    "Lane",
    "LineFact",
    "OrderCancelled",
    "OrderClosed",
    "OrderCompleted",
    "OrderFacts",
    "OrderHandedOver",
    "OrderPaid",
    "OrderPlaced",
    "OrderReady",
    "OrderRefunded",
    "Problem",
    "Refused",
    "hookimpl",
    "hookspec",
]
