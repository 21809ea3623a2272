"""Every hook on one page. Money is `int` fen; arguments are frozen snapshots; time is `ctx.now` and nothing else.

Hooks that read run in a savepoint of their own, and one that tries to write has failed. A hook takes only the
arguments it names. While a plugin is closing, the hooks that make offers (`product_offers`, `load_for_cart`, `quote`,
`cart_problems`, `claim_for_order`, `storefront_blocks`, `storefront_block_kinds`) are not called.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pluggy

from core.plugin.blocks import Block, BlockKind, Page, Reply, Slot
from core.plugin.console import Card, Column, FormSection, NavItem, OrderRef, Panel
from core.plugin.context import Context
from core.plugin.offers import Offer, ProductRef
from core.plugin.pricing import Adjustment, Cart, Lane
from core.plugin.problems import Claim, OrderFacts, Problem

PROJECT = "jishi"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def product_offers(ctx: Context, products: tuple[ProductRef, ...]) -> Mapping[int, Sequence[Offer]]:
    """Say what is on offer for these products, by product id.

    Called once for a whole list or detail page; not called for carts. Read only. Raising leaves your offers out.
    """


@hookspec
def load_for_cart(ctx: Context, cart: Cart) -> Hashable | None:
    """Read what pricing will need: the only moment of a quote with a database.

    Called once per quote before the first lane; not called for till sales. Return any hashable "terms" object, or None
    when this cart does not concern you: then `quote` is not called. Raising makes the quote incomplete: browsing shows
    it with a notice, checkout answers 409.
    """


@hookspec
def quote(ctx: Context, cart: Cart, lane: Lane, terms: Hashable) -> Sequence[Adjustment]:
    """Propose price changes for one lane. Pure: no database, no clock, no arguments changed, same answer twice.

    Called once per lane in lane order; `cart` carries the totals so far. Raising, or answering anything but
    adjustments, makes the quote incomplete.
    """


@hookspec
def cart_problems(ctx: Context, cart: Cart, terms: Hashable | None) -> Sequence[Problem]:
    """Say everything that keeps this cart, at its final prices, from being ordered. Read only.

    Called once per quote after the last lane; not called for till sales. `terms` is what your `load_for_cart` answered.
    Raising makes the quote incomplete.
    """


@hookspec
def claim_for_order(ctx: Context, session: Any, order: OrderFacts) -> Sequence[Claim]:
    """Take what the order needs (a coupon, points, a seat), in the checkout transaction, plugins in name order.

    May write; may not call out. `order.steps` tells what your adjustments came to. Not called for till sales. Raise
    `Refused(code, message)` to roll the order back with a message for the shopper; any other exception rolls it back
    with a neutral one. What was claimed is given back by your handlers of `OrderClosed` and `OrderRefunded`.
    """


@hookspec
def order_panels(ctx: Context, orders: tuple[OrderRef, ...]) -> Mapping[int, Panel]:
    """Say something about these orders, by order id; shown to shopper and staff (`extensions.<plugin>`).

    Called once for a whole page of orders. Read only. Raising leaves your panels out.
    """


@hookspec
def storefront_blocks(ctx: Context, slot: Slot) -> Sequence[Block] | None:
    """Put up to 12 blocks into a slot of a native page. Read only; `slot.name` says where.

    Called whenever that page is opened, so answer in a few milliseconds. Raising leaves your blocks out; a block that
    does not fit the schema is left out by itself. None is as good as no blocks.
    """


@hookspec
def storefront_page(ctx: Context, page: str, params: Mapping[str, str]) -> Page | None:
    """Make one of your own pages (`pages/<plugin>/<page>`); None when there is no such page (404). Read only.

    `page` comes without your name, `params` is the query of its address. `ctx.buyer_id` is None for a visitor who is
    not logged in. Raising shows an error block.
    """


@hookspec
def storefront_op(ctx: Context, session: Any, op: str, params: Mapping[str, Any], key: str) -> Reply | None:
    """Do what a shopper asked for (`ops`, `<plugin>.<op>`), in a transaction that commits when you return.

    `op` comes without your name: `club.join` is `join` here. `params` hold what the action gave and what a form's
    fields were filled with; check them, they came in from outside. `key` is the shopper's idempotency key: the host
    answers a repeated one for seven days without asking you. None when there is no such operation. Raise
    `Refused(code, message)` to refuse; any other exception rolls back and shows a neutral message.
    """


@hookspec
def storefront_block_kinds(ctx: Context) -> Sequence[BlockKind]:
    """List what a merchant can put on the home page. Read only. Raising leaves your kinds out."""


@hookspec
def dashboard_cards(ctx: Context) -> Sequence[Card]:
    """Show figures on the console's dashboard. Read only. Raising shows "card failed" in its place."""


@hookspec
def console_nav(ctx: Context) -> Sequence[NavItem]:
    """List your entries of the console's menu; each names the permission it needs. Read only."""


@hookspec
def table_columns(ctx: Context, table: str, ids: tuple[int, ...]) -> Sequence[Column]:
    """Add columns to a page of a console table: `orders`, `products` or `members`; `ids` are its rows'.

    Called once per page. Read only. Raising leaves your columns out.
    """


@hookspec
def product_form_sections(ctx: Context, product_ids: tuple[int, ...]) -> Sequence[FormSection]:
    """Add sections to the product's form, with the present values of these products. Read only.

    For a product that is being written `product_ids` is empty: your schema's defaults are shown, and what is entered is
    saved together with the product.
    """


@hookspec
def save_product_form(ctx: Context, session: Any, product_id: int, values: Mapping[str, Any]) -> None:
    """Store what the merchant entered in your section (all of it, validated), in the transaction of the request.

    Raise `Refused(code, message)` to refuse it.
    """


@hookspec
def on_enable(ctx: Context, session: Any) -> None:
    """Prepare the shop, after your migrations and settings are in place. Idempotent.

    Raising rolls back, and the plugin stays off.
    """


@hookspec
def on_disable(ctx: Context, session: Any) -> None:
    """Tidy up before the plugin goes off. Idempotent. Raising is reported and stops nothing."""


@hookspec
def closing_blockers(ctx: Context, session: Any) -> Sequence[Problem]:
    """Say what still has to end before the plugin may go off (open groups, orders that hold points). Read only.

    Called when a merchant switches off and while closing. Raising counts as one blocker that names the error.
    """


@hookspec
def buyer_data(ctx: Context, session: Any, buyer_id: int) -> Mapping[str, Any]:
    """Everything you keep about a buyer, as JSON values, for the buyer to read (PIPL). Also called while off."""


@hookspec
def erase_buyer(ctx: Context, session: Any, buyer_id: int) -> None:
    """Delete or anonymise what you keep about a buyer who leaves, in that transaction. Also called while off.

    Raising stops the erasure, which is tried again.
    """


@hookspec
def merge_buyers(ctx: Context, session: Any, from_id: int, to_id: int) -> None:
    """Move what belongs to buyer `from_id` to `to_id`, in that transaction: two accounts turned out to be one person.

    `from_id` is deleted right after. Also called while off. Raising stops the merge.
    """
