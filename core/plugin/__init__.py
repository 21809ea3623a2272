"""The public API: what a plugin may import. Everything else of ours is private to us.

`core.plugin` has the contract, `core.plugin.data` tables and the session, `core.plugin.web` routes,
`core.plugin.pages` pages of the console, `core.plugin.build` blocks and actions, `core.plugin.testing` fixtures for tests.
"""

from core.plugin.blocks import Block, BlockKind, Page, Reply, Slot
from core.plugin.console import Card, Column, FormSection, NavItem, OrderRef, Panel
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
from core.plugin.manifest import Handler, Job, Permission, Plugin
from core.plugin.offers import Offer, ProductRef
from core.plugin.ports import BuyerFacts, SkuFacts, StaffFacts, shop
from core.plugin.pricing import Adjustment, Cart, CartLine, Lane
from core.plugin.problems import Claim, NotYet, OrderFacts, PriceStep, Problem, Refused

API_VERSION = "0.9"

__all__ = [
    "API_VERSION",
    "Adjustment",
    "Block",
    "BlockKind",
    "BuyerFacts",
    "Card",
    "Cart",
    "CartLine",
    "Channel",
    "Claim",
    "Column",
    "Context",
    "DomainEvent",
    "FormSection",
    "Handler",
    "Job",
    "Lane",
    "LineFact",
    "NavItem",
    "NotYet",
    "Offer",
    "OrderCancelled",
    "OrderClosed",
    "OrderCompleted",
    "OrderFacts",
    "OrderHandedOver",
    "OrderPaid",
    "OrderPlaced",
    "OrderReady",
    "OrderRef",
    "OrderRefunded",
    "Page",
    "Panel",
    "Permission",
    "Plugin",
    "PriceStep",
    "Problem",
    "ProductRef",
    "Refused",
    "Reply",
    "SkuFacts",
    "Slot",
    "StaffFacts",
    "hookimpl",
    "hookspec",
    "shop",
]
