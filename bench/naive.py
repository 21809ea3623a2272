"""The ceiling's two ends: an endpoint that does nothing, and an order endpoint written the usual way.

The usual way: a marshmallow schema, `SELECT … FOR UPDATE` per line through the ORM, objects added to the session, one
commit. No price ledger, no reservation, no event, no idempotency: what it leaves out makes it cheaper, not ours.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from decimal import Decimal

import marshmallow as ma
from flask import Blueprint, jsonify, request

from core.buyers.models import Buyer, BuyerSession
from core.catalog.models import Product, Sku
from core.clock import now
from core.crypto import fingerprint
from core.db import db
from core.errors import Conflict, Unauthenticated
from core.orders.models import Order, OrderLine
from core.stock.models import Stock
from core.stores.models import Store

blp = Blueprint("bench", __name__, url_prefix="/store/bench")


@blp.get("/empty")
def empty():
    return jsonify({})


class LineSchema(ma.Schema):
    sku_id = ma.fields.Integer(required=True)
    quantity = ma.fields.Decimal(required=True, validate=ma.validate.Range(min=0, min_inclusive=False))


class OrderSchema(ma.Schema):
    store_id = ma.fields.Integer(required=True)
    lines = ma.fields.List(ma.fields.Nested(LineSchema), required=True)


@blp.post("/orders")
def place_order():
    buyer = _buyer()
    data = OrderSchema().load(request.get_json())
    store = db.session.get(Store, data["store_id"])
    moment = now()
    order = Order(
        number=secrets.token_hex(8),
        reference=request.headers["Idempotency-Key"],
        request_digest="",
        channel="online",
        store_id=store.id,
        buyer_id=buyer.id,
        state="pending",
        fulfilment="pickup",
        list_fen=0,
        goods_fen=0,
        payable_fen=0,
        placed_at=moment,
        pay_by=moment + timedelta(minutes=30),
    )
    db.session.add(order)
    db.session.flush()
    for position, line in enumerate(sorted(data["lines"], key=lambda item: item["sku_id"]), 1):
        order.goods_fen += _add_line(order, position, line)
    order.list_fen = order.payable_fen = order.goods_fen
    db.session.commit()
    return jsonify({"number": order.number, "payable_fen": order.payable_fen}), 201


def _buyer() -> Buyer:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    session = db.session.query(BuyerSession).filter_by(token_hash=fingerprint(token)).one_or_none()
    if session is None or session.expires_at < now():
        raise Unauthenticated
    return db.session.get(Buyer, session.buyer_id)


def _add_line(order: Order, position: int, line: dict) -> int:
    sku = db.session.get(Sku, line["sku_id"])
    product = db.session.get(Product, sku.product_id)
    stock = db.session.query(Stock).filter_by(store_id=order.store_id, sku_id=sku.id).with_for_update().one()
    quantity: Decimal = line["quantity"]
    if stock.on_hand - stock.reserved - stock.safety < quantity:
        raise Conflict("out of stock")
    stock.reserved += quantity
    amount = int(sku.list_price_fen * quantity)
    db.session.add(
        OrderLine(
            order_id=order.id,
            position=position,
            sku_id=sku.id,
            sku_code=sku.code,
            title=product.title,
            spec=sku.spec,
            unit=sku.unit,
            quantity=quantity,
            list_price_fen=sku.list_price_fen,
            list_fen=amount,
            payable_fen=amount,
        )
    )
    return amount
