"""Where to shop and what is in the cart: stores, pickup slots, delivery check, cart lines with live prices."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from core.buyers import cart
from core.buyers.schemas import CartLineInSchema, CartQuerySchema
from core.db import db
from core.orders.schemas import QuoteSchema
from core.plugin import Slot
from core.pricing.service import Wanted
from core.storefront.auth import COMMON, buyer_required, current_buyer
from core.storefront.quoting import context, quote_body, quote_for
from core.storefront.slotted import LEVEL, slots
from core.stores import places
from core.stores.schemas import DeliveryCheckSchema, PlaceSchema, SlotsSchema, StoresSchema
from core.stores.service import all_stores, find_store
from core.web import reply
from core.web.api import problems_documented
from core.web.paths import with_paths

blp = with_paths(Blueprint("storefront_cart", __name__))


@blp.route("/stores")
@blp.doc(security=[])
@blp.response(200, StoresSchema)
@problems_documented(blp, 401, 403, 404)
def list_stores() -> dict[str, Any]:
    """The shop's open stores with hours, place and delivery zones."""
    return {"items": [places.store_body(row) for row in all_stores() if row["active"]]}


@blp.route("/stores/<id:store_id>/slots")
@blp.doc(security=[])
@blp.response(200, SlotsSchema)
@problems_documented(blp, 401, 403, 404)
def list_slots(store_id: int) -> dict[str, Any]:
    """The pickup slots of the next days that preparing can meet, with the places left."""
    return {"items": places.open_slots(find_store(store_id))}


@blp.route("/stores/<id:store_id>/delivery")
@blp.doc(security=[])
@blp.arguments(PlaceSchema, location="query")
@blp.response(200, DeliveryCheckSchema)
@problems_documented(blp, 401, 403, 404, 422)
def check_delivery(place: dict[str, Any], store_id: int) -> dict[str, Any]:
    """Whether the store delivers to a place, and at what price."""
    return places.delivery_to(find_store(store_id), place["longitude"], place["latitude"])


@blp.route("/cart")
@buyer_required
@blp.doc(parameters=[LEVEL])
@blp.arguments(CartQuerySchema, location="query")
@blp.response(200, QuoteSchema)
@problems_documented(blp, *COMMON)
def read_cart(query: dict[str, Any]) -> Response:
    """The cart at today's prices in a store, as a quote for pickup without a slot; empty lines when it is empty."""
    buyer = current_buyer()
    lines = cart.lines(buyer.id)
    wanted = Wanted(query["store_id"], "pickup", lines, buyer.id, buyer.member)
    quoted = quote_for(buyer, wanted)
    body, slot = quote_body(quoted), Slot("cart.top", cart=quoted.priced.cart)
    return reply.json({**body, "slots": slots(context(buyer, query["store_id"]), slot, terms=quoted.terms)})


@blp.route("/cart", methods=["DELETE"])
@buyer_required
@blp.response(204)
@problems_documented(blp, *COMMON)
def clear_cart() -> None:
    """Empty the cart."""
    cart.clear(current_buyer().id)
    db.session.commit()


@blp.route("/cart/lines/<id:sku_id>", methods=["PUT"])
@buyer_required
@blp.arguments(CartLineInSchema)
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def put_line(data: dict[str, Any], sku_id: int) -> None:
    """Set how many of a SKU are in the cart; at most 200 SKUs."""
    cart.put(current_buyer().id, sku_id, data["quantity"])
    db.session.commit()


@blp.route("/cart/lines/<id:sku_id>", methods=["DELETE"])
@buyer_required
@blp.response(204)
@problems_documented(blp, *COMMON)
def remove_line(sku_id: int) -> None:
    """Take a SKU out of the cart; what is not there is no error."""
    cart.remove(current_buyer().id, [sku_id])
    db.session.commit()
