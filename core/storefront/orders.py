"""Quote, order, pay, cancel, receive."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from core.db import db
from core.fulfilment.calling_off import BUYER_MAY, call_off
from core.orders import reading, service
from core.orders.domain import REFERENCE
from core.orders.errors import MissingIdempotencyKey
from core.orders.panels import panels
from core.orders.schemas import (
    OrderInSchema,
    OrderSchema,
    OrdersSchema,
    OwnOrdersQuerySchema,
    PaySchema,
    PlacedSchema,
    QuoteInSchema,
    QuoteSchema,
    StateSchema,
)
from core.orders.service import Actor, Checkout
from core.payments.service import Payer, prepare
from core.plugin import Slot
from core.storefront.auth import COMMON, buyer_required, current_buyer
from core.storefront.quoting import context, market, quote_body, quote_for, wanted
from core.storefront.slotted import LEVEL, slots
from core.web import reply
from core.web.api import problems_documented
from core.web.paging import encode_cursor, integer
from core.web.paths import with_paths

blp = with_paths(Blueprint("storefront_orders", __name__))

_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "pattern": f"^{REFERENCE.pattern}$"},
    "description": "the client's own number of this order; sent again, it answers the same order",
}


@blp.route("/quote", methods=["POST"])
@buyer_required
@blp.doc(parameters=[LEVEL])
@blp.arguments(QuoteInSchema)
@blp.response(200, QuoteSchema)
@problems_documented(blp, *COMMON)
def read_quote(data: dict[str, Any]) -> Response:
    """What it costs, step by step, and what stands in the way."""
    buyer = current_buyer()
    quoted = quote_for(buyer, wanted(buyer, data))
    body, slot = quote_body(quoted), Slot("checkout.fields", cart=quoted.priced.cart)
    return reply.json({**body, "slots": slots(context(buyer, data["store_id"]), slot, terms=quoted.terms)})


@blp.route("/orders", methods=["POST"])
@buyer_required
@blp.doc(parameters=[_KEY])
@blp.arguments(OrderInSchema)
@blp.response(201, PlacedSchema)
@blp.alt_response(200, schema=PlacedSchema, description="the order was placed before", success=True)
@problems_documented(blp, *COMMON, 409)
def place_order(data: dict[str, Any]) -> Response:
    """Place the order: its price is frozen, its stock reserved until `pay_by`."""
    buyer = current_buyer()
    what = wanted(buyer, data)
    checkout = Checkout(
        what, _idempotency_key(), data["phone"] or buyer.phone, data["remark"], data["expected_payable_fen"]
    )
    placed = service.place(checkout, context(buyer, what.store_id), market())
    body = reading.placed(placed.order_id)
    db.session.commit()
    return reply.json(body, 201 if placed.created else 200)


def _idempotency_key() -> str:
    key = request.headers.get("Idempotency-Key", "")
    if not REFERENCE.fullmatch(key):
        raise MissingIdempotencyKey(field="Idempotency-Key")
    return key


@blp.route("/orders")
@buyer_required
@blp.arguments(OwnOrdersQuerySchema, location="query")
@blp.response(200, OrdersSchema)
@problems_documented(blp, *COMMON)
def list_orders(query: dict[str, Any]) -> Response:
    """The shopper's orders, newest first."""
    rows = reading.page(
        query["limit"] + 1, buyer_id=current_buyer().id, state=query["state"], before=integer(query["cursor"])
    )
    shown = rows[: query["limit"]]
    more = encode_cursor(shown[-1]["id"]) if len(rows) > len(shown) else None
    extensions = panels(context(current_buyer()), shown)
    items = [{**reading.summary(row), "extensions": extensions[row["id"]]} for row in shown]
    return reply.json({"items": items, "next_cursor": more})


@blp.route("/orders/<number:number>")
@buyer_required
@blp.doc(parameters=[LEVEL])
@blp.response(200, OrderSchema)
@problems_documented(blp, *COMMON)
def read_order(number: str) -> Response:
    """One order: lines, price ledger with reasons, moves, pickup code, deadline."""
    buyer = current_buyer()
    order = reading.own_order(number, buyer.id)
    order_id = int(order["id"])
    extensions = panels(context(buyer), [{**order, "buyer_id": buyer.id}])
    asked = ("order.detail", "pay.done") if order["state"] == "paid" else ("order.detail",)
    found = slots(context(buyer), *[Slot(name, order_id=order_id) for name in asked])
    return reply.json({**order, "extensions": extensions[order_id], "slots": found})


@blp.route("/orders/<number:number>/pay", methods=["POST"])
@buyer_required
@blp.response(200, PaySchema)
@problems_documented(blp, *COMMON, 409, 502, 503)
def pay(number: str) -> Response:
    """The parameters of wx.requestPayment; an order that costs nothing is paid at once."""
    buyer = current_buyer()
    order = reading.own_id(number, buyer.id)
    return reply.json(prepare(order, Payer(buyer.id, buyer.appid, buyer.openid)))


@blp.route("/orders/<number:number>/cancel", methods=["POST"])
@buyer_required
@blp.response(200, StateSchema)
@problems_documented(blp, *COMMON, 409)
def cancel(number: str) -> dict[str, str]:
    """Cancel: an unpaid order is closed, a paid one that nobody prepares yet is refunded."""
    buyer = current_buyer()
    order = reading.lock_own_order(number, buyer.id)
    state = call_off(order, BUYER_MAY, Actor("buyer", buyer.id), "顾客取消")
    db.session.commit()
    return {"number": number, "state": state}


@blp.route("/orders/<number:number>/confirm-received", methods=["POST"])
@buyer_required
@blp.response(200, StateSchema)
@problems_documented(blp, *COMMON, 409)
def confirm_received(number: str) -> dict[str, str]:
    """The delivered goods are here: the order is complete."""
    buyer = current_buyer()
    order = reading.lock_own_order(number, buyer.id)
    service.complete(order["id"], Actor("buyer", buyer.id), "顾客确认收货")
    db.session.commit()
    return {"number": number, "state": "completed"}
