"""Blocks of plugins on native pages: who looks, with which client, and how slots get into a finished answer."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import orjson
from flask import g, request

from core.buyers.service import find_session
from core.catalog import cache, offers
from core.clock import now
from core.errors import Unauthenticated
from core.host import blocks
from core.pages import pictures
from core.plugin import Context, Slot
from core.web.reply import encode
from core.web.tokens import BUYER, bearer, required
from tenants.context import current

LEVEL_HEADER = "X-Block-Level"
LEVEL = {
    "in": "header",
    "name": LEVEL_HEADER,
    "required": False,
    "schema": {"type": "integer", "minimum": 1, "default": 1},
    "description": "the block level of the client; 1 without it",
}
"""The header as documents describe it."""

_PRODUCT_SLOTS = ("product.price", "product.promo", "product.bottom")


def client_level() -> int:
    """The block level of the client; 1 where the header is missing or no number."""
    text = request.headers.get(LEVEL_HEADER, "")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def visitor(store_id: int | None = None) -> Context:
    """Who looks at an open page: with a token its shopper, without one nobody; raises Unauthenticated for a bad one."""
    facts = find_session(required(BUYER, current().key)) if bearer() else None
    return Context(current().key, now(), buyer_id=facts and facts.id, store_id=store_id)


def lenient_visitor() -> Context:
    """The same for pages that never asked for a token: a bad one is nobody's."""
    try:
        return visitor()
    except Unauthenticated:
        return Context(current().key, now())


def slots(ctx: Context, *asked: Slot, terms: Mapping[str, Hashable] | None = None) -> dict[str, Any]:
    """Blocks by slot for the client of this request; `terms` are what plugins read for the quote that is shown."""
    found = blocks.slots(ctx, client_level(), *asked, terms=terms or {})
    pictures.fill(block for drawn in found.values() for block in drawn)
    return found


def on_product(answer: cache.Answer) -> cache.Answer:
    """A product's detail with its offers and slots; the kept bytes where no plugin has anything to say."""
    dressed = offers.on_detail(answer)
    if not blocks.speakers():
        return dressed
    body = orjson.loads(dressed.body)
    path = body["category_path"]
    category_id = int(path[-1]["id"]) if path else None
    asked = [Slot(name, product_id=int(body["id"]), category_id=category_id) for name in _PRODUCT_SLOTS]
    return _spliced(dressed, slots(lenient_visitor(), *asked))


def on_search(answer: cache.Answer) -> cache.Answer:
    """A page of hits with its offers; one without any has a slot instead."""
    dressed = offers.on_page(answer)
    if not blocks.speakers() or orjson.loads(dressed.body)["items"]:
        return dressed
    return _spliced(dressed, slots(lenient_visitor(), Slot("search.empty")))


def on_categories(answer: cache.Answer) -> cache.Answer:
    """The tree of categories with the slot above it."""
    if not blocks.speakers():
        return answer
    return _spliced(answer, slots(lenient_visitor(), Slot("category.top")))


def _spliced(answer: cache.Answer, found: dict[str, Any]) -> cache.Answer:
    """The answer, an object, with a member `slots`; its tag covers both. What is in it may be somebody's own."""
    if not found:
        return answer
    g.catalog_private = True
    return cache.tagged(answer.body[:-1] + b',"slots":' + encode(found) + b"}")
