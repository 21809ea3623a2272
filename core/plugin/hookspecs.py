"""Every hook on one page. Money is `int` fen; arguments are frozen snapshots; time is `ctx.now` and nothing else."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import pluggy

from core.plugin.context import Context
from core.plugin.pricing import Adjustment, Cart, Lane
from core.plugin.problems import Claim, OrderFacts, Problem

PROJECT = "jishi"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


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

    Called once per lane in lane order; `cart` carries the totals so far. Raising makes the quote incomplete.
    """


@hookspec
def cart_problems(ctx: Context, cart: Cart) -> Sequence[Problem]:
    """Say everything that keeps this cart from being ordered. Read only. Raising refuses the checkout."""


@hookspec
def claim_for_order(ctx: Context, session: Any, order: OrderFacts) -> Sequence[Claim]:
    """Take what the order needs (a coupon, points, a seat), in the checkout transaction, plugins in name order.

    May write; may not call out. Raise `Refused(code, message)` to roll the order back with a message for the shopper;
    any other exception rolls it back with a neutral one.
    """
