"""What the plugin answers when the shop asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from core.plugin import (
    Adjustment,
    Block,
    Card,
    Cart,
    Claim,
    Context,
    FormSection,
    Lane,
    NavItem,
    Offer,
    OrderFacts,
    OrderRef,
    Panel,
    ProductRef,
    Slot,
    hookimpl,
    shop,
)
from core.plugin.build import B
from core.plugin.data import session as db

from . import figures, gifts, products, rules, showing
from .domain import Rule, missing
from .pricing import propose
from .wording import hint, label

STATES = {
    "given": "随单赠送",
    "out_of_stock": "已送完，未赠送",
    "review": "部分退款，请核对赠品",
    "returned": "已退回",
}


@hookimpl
def load_for_cart(ctx: Context, cart: Cart) -> tuple[Rule, ...] | None:
    """The rules that cover something in the cart."""
    found = tuple(
        rule
        for rule in rules.active(db, ctx.now)
        if any(rule.covers(line.product_id, line.category_id) for line in cart.lines)
    )
    return found or None


@hookimpl
def quote(cart: Cart, lane: Lane, terms: tuple[Rule, ...]) -> Sequence[Adjustment]:
    return propose(terms, cart, lane)


@hookimpl
def claim_for_order(ctx: Context, session: Any, order: OrderFacts) -> Sequence[Claim]:
    """Take the gifts; without any left the order goes on, and its panel says so."""
    figures.keep(session, order, ctx.now)
    taken = gifts.take(session, order, ctx.now)
    return [Claim("gift", str(row["gift_id"]), row["quantity"]) for row in taken if row["state"] == "given"]


@hookimpl
def product_offers(ctx: Context, products: tuple[ProductRef, ...]) -> Mapping[int, Sequence[Offer]]:
    """The first rule that covers a product, as a badge."""
    active = rules.active(db, ctx.now)
    found = {product.product_id: _first(active, product) for product in products}
    return {product_id: [Offer(label(rule, rule.levels[0]))] for product_id, rule in found.items() if rule}


def _first(active: Sequence[Rule], product: ProductRef) -> Rule | None:
    return next((rule for rule in active if rule.covers(product.product_id, product.category_id)), None)


@hookimpl
def storefront_blocks(ctx: Context, slot: Slot) -> Sequence[Block]:
    if slot.name == "product.promo" and slot.product_id is not None:
        return _promotions(ctx, slot)
    if slot.name == "cart.top" and slot.cart is not None and shop().settings("fullreduction")["cart_hint"]:
        return _hints(slot.cart, slot.terms or ())
    return []


def _promotions(ctx: Context, slot: Slot) -> list[Block]:
    covering = [rule for rule in rules.active(db, ctx.now) if rule.covers(slot.product_id or 0, slot.category_id)]
    rows = [{"title": label(rule, level)} for rule in covering for level in rule.levels]
    return [B.card(B.list(items=rows), title="满减送")] if rows else []


def _hints(cart: Cart, terms: tuple[Rule, ...]) -> list[Block]:
    lacking = list(missing(terms, cart.lines))
    return [B.notice(text=hint(lack), tone="brand") for lack in lacking[: shop().settings("fullreduction")["hints"]]]


@hookimpl
def order_panels(orders: tuple[OrderRef, ...]) -> Mapping[int, Panel]:
    given = gifts.of_orders(db, [order.order_id for order in orders])
    return {order_id: _panel(rows) for order_id, rows in given.items()}


def _panel(rows: Sequence[Mapping[str, Any]]) -> Panel:
    shown = tuple((f"{row['name']} × {row['quantity']}", STATES[row["state"]]) for row in rows)
    data = [{"name": row["name"], "quantity": row["quantity"], "state": row["state"]} for row in rows]
    return Panel("赠品", shown, {"gifts": data})


@hookimpl
def console_nav() -> Sequence[NavItem]:
    return [
        NavItem("满减送活动", "rules", "fullreduction.view", "rosette-discount"),
        NavItem("赠品", "gifts", "fullreduction.view", "gift"),
    ]


@hookimpl
def dashboard_cards(ctx: Context) -> Sequence[Card]:
    return [showing.card(figures.total(db, ctx.now - timedelta(days=29)))]


@hookimpl
def product_form_sections(product_ids: tuple[int, ...]) -> Sequence[FormSection]:
    return [products.section(db, product_ids)]


@hookimpl
def save_product_form(session: Any, product_id: int, values: Mapping[str, Any]) -> None:
    products.save(session, product_id, values)
