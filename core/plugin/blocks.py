"""Storefront blocks (protocol v1): pieces of a page that a plugin describes and the mini-program draws.

Which types and props exist stands in `blocks.schema.json` beside this file; `core.plugin.build` makes blocks
(`B.countdown(…)`) and actions (`A.toast(…)`). Everything is data: no expressions, no styles, no scripts.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from marshmallow import Schema

from core.plugin.context import Context
from core.plugin.pricing import Cart

_EMPTY: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Block:
    """One block. `id` is unique within what you return (the host prefixes it); only a `card` has children.

    `fallback` is drawn instead by a client that does not know `type` yet.
    """

    type: str
    props: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    id: str = ""
    children: tuple[Block, ...] = ()
    fallback: Block | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A place on a native page where plugins may put blocks (frontend.md §2.7), and what that page shows.

    With `product_id` comes the `category_id` the product is in, if it is in one.

    In `cart.top` and `checkout.fields`, `cart` is at its final prices and `terms` what your `load_for_cart` answered for
    it. Names: home.feed, category.top, search.empty, product.price, product.promo, product.bottom, cart.top,
    checkout.fields, pay.done, order.detail, member.header, member.services.
    """

    name: str
    product_id: int | None = None
    order_id: int | None = None
    cart: Cart | None = None
    terms: Hashable | None = None
    category_id: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of blocks of the plugin's own. It is fetched again after `ttl` seconds (0: never) while visible.

    `share` is what a shared card shows: `{"title": …, "img": …}`. `min_level` is the lowest block level of a client
    that can use the page at all.
    """

    title: str
    blocks: tuple[Block, ...]
    ttl: int = 0
    share: Mapping[str, str] | None = None
    min_level: int = 1


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to an operation: actions for the client, new props by block id, messages by form field."""

    ok: bool = True
    actions: tuple[Mapping[str, Any], ...] = ()
    patch: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: _EMPTY)
    errors: Mapping[str, str] = field(default_factory=lambda: _EMPTY)


@dataclass(frozen=True, slots=True)
class BlockKind:
    """Something a merchant can put on the home page (店铺装修): `settings` draws its form, `render` makes it.

    `name` is the plugin's own (`offers`); the host says `club.offers`. `render(ctx, settings)` may read, in a
    savepoint; it runs when a shopper opens the page.
    """

    name: str
    title: str
    render: Callable[[Context, Mapping[str, Any]], Sequence[Block]]
    settings: type[Schema] | None = None
