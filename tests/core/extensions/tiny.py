"""Small plugins for these tests: five that price, one that does whatever a test puts into `mood`."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

from sqlalchemy import text

from core.plugin import Adjustment, Lane, Permission, Plugin, PriceStep, hookimpl
from core.plugin.data import session

mood: dict[str, Callable[..., Any]] = {}
"""What the plugin `moody` does in a hook, by hook name; without an entry it says nothing."""

claimed: dict[str, tuple[PriceStep, ...]] = {}
"""The steps that each pricing plugin was told of at its last claim."""


def sku_ids(*codes: str) -> frozenset[int]:
    found = session.execute(text("SELECT id FROM sku WHERE code = ANY(:codes)"), {"codes": list(codes)}).scalars()
    return frozenset(found)


class Pricing:
    """`codes` are the SKUs it touches, `propose(cart, lines)` its adjustments in `lane`."""

    def __init__(self, name: str, lane: Lane, codes: tuple[str, ...], propose: Callable[..., list[Adjustment]]) -> None:
        self.name, self.lane, self.codes, self.propose = name, lane, codes, propose

    @hookimpl
    def load_for_cart(self, cart):
        return sku_ids(*self.codes)

    @hookimpl
    def quote(self, cart, lane, terms):
        if lane is not self.lane:
            return []
        return self.propose(cart, [line for line in cart.open_lines(lane) if line.sku_id in terms])

    @hookimpl
    def claim_for_order(self, order):
        claimed[self.name] = order.steps
        return []


def level_price(cart, lines):
    """会员价 95 折."""
    return [Adjustment("gold", "金卡 95 折", per_line={line.position: line.list_fen * 5 // 100 for line in lines})]


def timed_price(cart, lines):
    """限时折扣 5.00."""
    off = {line.position: line.list_fen - 500 * int(line.quantity) for line in lines}
    return [Adjustment("five", "限时 5 元", per_line=off)]


def full_reduction(cart, lines):
    """满 60 减 8."""
    return [Adjustment("full60", "满60减8", 800)] if cart.goods_fen >= 6000 else []


def voucher(cart, lines):
    """满 30 减 5, for the SKUs it is good for."""
    wanted = cart.choices.get("voucher", {}).get("code") == "C5"
    if not wanted or sum(line.amount_fen for line in lines) < 3000:
        return []
    return [Adjustment("C5", "券 5 元", 500, tuple(line.position for line in lines))]


def credit(cart, lines):
    """积分抵现, as many fen as the shopper says."""
    use = cart.choices.get("credit", {}).get("use", 0)
    return [Adjustment("use", "积分抵扣", use, tuple(line.position for line in lines))] if use else []


def pricing(name: str, lane: Lane, codes: tuple[str, ...], propose: Callable[..., list[Adjustment]]) -> Plugin:
    hooks = Pricing(name, lane, codes, propose)
    return Plugin(name=name, title=name, summary="prices", version="1.0.0", api="0.9", hooks=hooks)


level = pricing("level", Lane.UNIT_PRICE, ("MILK",), level_price)
timed = pricing("timed", Lane.UNIT_PRICE, ("YOGURT",), timed_price)
reduction = pricing("reduction", Lane.PROMOTION, (), full_reduction)
vouchers = pricing("voucher", Lane.COUPON, ("MILK", "YOGURT"), voucher)
credits = pricing("credit", Lane.CREDIT, ("MILK", "YOGURT"), credit)


class Moody:
    @hookimpl
    def product_offers(self, ctx, products):
        return say("product_offers", ctx=ctx, products=products)

    @hookimpl
    def load_for_cart(self, ctx, cart):
        return say("load_for_cart", ctx=ctx, cart=cart)

    @hookimpl
    def quote(self, ctx, cart, lane, terms):
        return say("quote", ctx=ctx, cart=cart, lane=lane, terms=terms)

    @hookimpl
    def cart_problems(self, ctx, cart):
        return say("cart_problems", ctx=ctx, cart=cart)

    @hookimpl
    def claim_for_order(self, ctx, session, order):
        return say("claim_for_order", ctx=ctx, session=session, order=order)

    @hookimpl
    def order_panels(self, ctx, orders):
        return say("order_panels", ctx=ctx, orders=orders)

    @hookimpl
    def dashboard_cards(self, ctx):
        return say("dashboard_cards", ctx=ctx)

    @hookimpl
    def console_nav(self, ctx):
        return say("console_nav", ctx=ctx)

    @hookimpl
    def table_columns(self, ctx, table, ids):
        return say("table_columns", ctx=ctx, table=table, ids=ids)

    @hookimpl
    def product_form_sections(self, ctx, product_ids):
        return say("product_form_sections", ctx=ctx, product_ids=product_ids)

    @hookimpl
    def save_product_form(self, ctx, session, product_id, values):
        return say("save_product_form", session=session, product_id=product_id, values=values)


def say(hook: str, **arguments: Any) -> Any:
    act = mood.get(hook)
    return None if act is None else act(**arguments)


moody = Plugin(
    name="moody",
    title="喜怒无常",
    summary="does what a test wants",
    version="1.0.0",
    api="0.9",
    hooks=Moody(),
    permissions=(Permission("moody.see", "看心情", ("manager",)), Permission("moody.edit", "改心情")),
)

ENTRY_POINTS = [
    EntryPoint(name, f"tests.core.extensions.{where}", "jishi.plugins")
    for name, where in (
        ("credit", "tiny:credits"),
        ("keeper", "keeper:plugin"),
        ("level", "tiny:level"),
        ("moody", "tiny:moody"),
        ("reduction", "tiny:reduction"),
        ("timed", "tiny:timed"),
        ("voucher", "tiny:vouchers"),
    )
]
