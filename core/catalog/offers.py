"""What plugins say about products on list and detail pages (`product_offers`): put into finished answers.

Offers change by the minute, so they are asked for each time, behind the cache; a shop none of whose plugins makes offers
is given the cached bytes as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from core.catalog import cache
from core.clock import now
from core.host import showing
from core.host.registry import host
from core.plugin import Context, Offer, ProductRef
from core.web.reply import encode
from tenants.context import current

HOOK = "product_offers"
MAX_OFFERS = 5
"""Of one plugin for one product."""


def on_page(answer: cache.Answer) -> cache.Answer:
    """The answer of a list with `offers` in every item; its tag covers both."""
    if not _anybody():
        return answer
    body = orjson.loads(answer.body)
    refs = [ProductRef(int(i["id"]), i["title"], _number(i["category_id"]), i["price_fen"]) for i in body["items"]]
    offers = _offers(refs)
    items = [{**item, "offers": offers[int(item["id"])]} for item in body["items"]]
    return cache.tagged(encode({**body, "items": items}))


def on_detail(answer: cache.Answer) -> cache.Answer:
    """The answer of a product with its `offers`; its tag covers both."""
    if not _anybody():
        return answer
    body = orjson.loads(answer.body)
    path = body["category_path"]
    category_id = int(path[-1]["id"]) if path else None
    ref = ProductRef(int(body["id"]), body["title"], category_id, body["price_fen"])
    return cache.tagged(encode({**body, "offers": _offers([ref])[ref.product_id]}))


def _anybody() -> bool:
    plugins = host()
    speaking = plugins.speaking(HOOK)
    return bool(speaking and plugins.bus.implementing(speaking, HOOK))


def _offers(refs: Iterable[ProductRef]) -> dict[int, list[dict[str, Any]]]:
    """Offers by product id, with one call for all."""
    products = tuple(refs)
    found: dict[int, list[dict[str, Any]]] = {ref.product_id: [] for ref in products}
    if not products:
        return found
    for plugin, offers, _ in showing.ask(HOOK, _shape, ctx=Context(current().key, now()), products=products):
        for product_id, own in (offers or {}).items():
            if product_id in found:
                found[product_id] += [{"plugin": plugin, **offer} for offer in own]
    return found


def _shape(answer: Mapping[int, Any] | None) -> dict[int, list[dict[str, Any]]]:
    return {
        product_id: [_offer(offer) for offer in showing.items(offers, Offer, MAX_OFFERS)]
        for product_id, offers in (answer or {}).items()
    }


def _offer(offer: Offer) -> dict[str, Any]:
    price = offer.price_fen
    if price is not None and (type(price) is not int or price < 0):
        raise ValueError(f"{price!r} is no amount in fen")
    return {"label": showing.line(offer.label, 20), "price_fen": price, "until": _until(offer.until)}


def _until(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise ValueError("until has no time zone")
    return moment and moment.astimezone(UTC)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)
