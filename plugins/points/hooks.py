"""The hooks, one line each: what they do stands in the modules they call."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from core.plugin import (
    Adjustment,
    Block,
    BlockKind,
    Card,
    Cart,
    Claim,
    Column,
    Context,
    FormSection,
    Lane,
    NavItem,
    OrderFacts,
    OrderRef,
    Page,
    Panel,
    Problem,
    Reply,
    Slot,
    hookimpl,
)
from core.plugin.data import session as db

from . import blocks, levels, ops, privacy, products, showing, spending
from .messages import say


@hookimpl
def load_for_cart(ctx: Context, cart: Cart) -> Hashable | None:
    return spending.load(db, ctx, cart)


@hookimpl
def quote(cart: Cart, lane: Lane, terms: Hashable) -> Sequence[Adjustment]:
    return spending.proposals(cart, lane, terms)


@hookimpl
def cart_problems(cart: Cart, terms: Hashable | None) -> Sequence[Problem]:
    return spending.problems(cart, terms)


@hookimpl
def claim_for_order(ctx: Context, session: Any, order: OrderFacts) -> Sequence[Claim]:
    points = spending.claim(session, ctx, order)
    return [Claim("points", order.number, points)] if points else []


@hookimpl
def order_panels(orders: tuple[OrderRef, ...]) -> Mapping[int, Panel]:
    return showing.panels(db, orders)


@hookimpl
def storefront_blocks(ctx: Context, slot: Slot) -> Sequence[Block]:
    return blocks.slot_blocks(db, ctx, slot)


@hookimpl
def storefront_page(ctx: Context, page: str, params: Mapping[str, str]) -> Page | None:
    return blocks.page(db, ctx, page, params)


@hookimpl
def storefront_op(ctx: Context, session: Any, op: str, params: Mapping[str, Any]) -> Reply | None:
    return ops.run(session, ctx, op, params)


@hookimpl
def storefront_block_kinds() -> Sequence[BlockKind]:
    return [BlockKind("checkin", say("checkin_kind"), _checkin, showing.CheckinSettings)]


def _checkin(ctx: Context, settings: Mapping[str, Any]) -> Sequence[Block]:
    return blocks.checkin(db, ctx, settings["heading"])


@hookimpl
def dashboard_cards(ctx: Context) -> Sequence[Card]:
    return [showing.card(db, ctx)]


@hookimpl
def console_nav() -> Sequence[NavItem]:
    return showing.NAV


@hookimpl
def table_columns(table: str, ids: tuple[int, ...]) -> Sequence[Column]:
    return showing.columns(db, ids) if table == "members" else []


@hookimpl
def product_form_sections(product_ids: tuple[int, ...]) -> Sequence[FormSection]:
    return [products.section(db, product_ids)]


@hookimpl
def save_product_form(session: Any, product_id: int, values: Mapping[str, Any]) -> None:
    products.save(session, product_id, values)


@hookimpl
def on_enable(session: Any) -> None:
    levels.make_defaults(session)


@hookimpl
def closing_blockers(session: Any) -> Sequence[Problem]:
    return showing.blockers(session)


@hookimpl
def buyer_data(session: Any, buyer_id: int) -> Mapping[str, Any]:
    return privacy.export(session, buyer_id)


@hookimpl
def erase_buyer(ctx: Context, session: Any, buyer_id: int) -> None:
    privacy.erase(session, buyer_id, ctx.now)


@hookimpl
def merge_buyers(ctx: Context, session: Any, from_id: int, to_id: int) -> None:
    privacy.merge(session, from_id, to_id, ctx.now)
