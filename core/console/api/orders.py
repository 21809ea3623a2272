"""Orders at the console: find, read, adjust (改价), prepare, ship, cancel, refund."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from sqlalchemy import RowMapping

from core.console.api.columns import ColumnsSchema, columns
from core.console.auth import COMMON, actor, context, current_staff, requires
from core.db import db
from core.fulfilment import reading as fulfilment_reading
from core.fulfilment import service as fulfilment
from core.fulfilment.calling_off import STAFF_MAY, call_off
from core.fulfilment.schemas import StaffOrderSchema
from core.orders import adjust, listing, reading
from core.orders import service as orders
from core.orders.domain import REFERENCE
from core.orders.errors import MissingIdempotencyKey
from core.orders.listing import Wanted
from core.orders.panels import panels
from core.orders.schemas import (
    AdjustedSchema,
    AdjustmentsSchema,
    OrdersQuerySchema,
    ReasonSchema,
    RefundInSchema,
    RefundOutSchema,
    RemarkSchema,
    StaffOrdersSchema,
    StateSchema,
)
from core.payments.refunds import RefundLine, Rest, request_refund
from core.staff import audit
from core.web import reply
from core.web.api import problems_documented
from core.web.paths import with_paths

blp = with_paths(Blueprint("console_orders", __name__))


class OrderTableSchema(StaffOrdersSchema, ColumnsSchema):
    """Orders with the columns of plugins."""


_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "pattern": f"^{REFERENCE.pattern}$"},
    "description": "the client's own number of this refund; sent again, it answers the same refund",
}


@blp.route("/orders")
@requires("orders.view")
@blp.arguments(OrdersQuerySchema, location="query")
@blp.response(200, OrderTableSchema)
@problems_documented(blp, *COMMON)
def list_orders(query: dict[str, Any]) -> Response:
    """Orders, newest first; staff limited to stores see only theirs."""
    staff = current_staff()
    if query["store_id"] is not None:
        staff.check_store(query["store_id"])
    cursor, limit, state = query.pop("cursor"), query.pop("limit"), query.pop("state")
    wanted = Wanted(staff.scope, **query, states=(state,) if state else ())
    found = listing.list_orders(wanted, cursor, limit)
    extensions = panels(context(), found.items)
    items = [{**reading.summary(row), "extensions": extensions[row["id"]]} for row in found.items]
    own = columns(context(), "orders", [row["id"] for row in found.items])
    return reply.json(
        {"items": items, "columns": own, "next_cursor": found.next_cursor, "previous_cursor": found.previous_cursor}
    )


@blp.route("/orders/<number:number>")
@requires("orders.view")
@blp.response(200, StaffOrderSchema)
@problems_documented(blp, *COMMON)
def read_order(number: str) -> Response:
    """One order: lines, price ledger with reasons, moves, payments, refunds, holds, hand-over."""
    order = reading.any_order(number)
    current_staff().check_store(int(order["store_id"]))
    order_id = int(order["id"])
    extensions = panels(context(), [order])[order_id]
    return reply.json({**order, "extensions": extensions, "payments": fulfilment_reading.payments(order_id)})


def _locked(number: str) -> RowMapping:
    """The order, locked; raises OrderNotFound, OtherStore."""
    order = reading.lock_order(number)
    current_staff().check_store(order["store_id"])
    return order


@blp.route("/orders/<number:number>/adjustments", methods=["PUT"])
@requires("orders.adjust")
@blp.arguments(AdjustmentsSchema)
@blp.response(200, AdjustedSchema)
@problems_documented(blp, *COMMON, 409)
def adjust_order(data: dict[str, Any], number: str) -> dict[str, Any]:
    """改价: replace all manual adjustments of an unpaid order; every one becomes a step of the price ledger."""
    order = _locked(number)
    lines = [adjust.LineChange(**change) for change in data["lines"]]
    whole = [adjust.OrderChange(**change) for change in data["order"]]
    payable = adjust.adjust(order["id"], lines, whole, actor(), data["why"])
    audit.record("orders.adjust", f"order:{number}", payable_fen=payable, changes=len(lines) + len(whole), why=data["why"])
    db.session.commit()
    return {"number": number, "payable_fen": payable}


@blp.route("/orders/<number:number>/remark", methods=["PUT"])
@requires("orders.remark")
@blp.arguments(RemarkSchema)
@blp.response(204)
@problems_documented(blp, *COMMON)
def set_remark(data: dict[str, Any], number: str) -> None:
    """Leave a remark (备注) for the other staff; it stands among the order's moves, buyers don't see it."""
    fulfilment.remark(_locked(number), data["remark"], actor())
    audit.record("orders.remark", f"order:{number}")
    db.session.commit()


def _move(number: str, act: Callable[[RowMapping], object], name: str, state: str) -> dict[str, str]:
    """Do `act` to the locked order, leave a line in the audit log, commit."""
    act(_locked(number))
    audit.record(f"orders.{name}", f"order:{number}")
    db.session.commit()
    return {"number": number, "state": state}


@blp.route("/orders/<number:number>/prepare", methods=["POST"])
@requires("orders.prepare")
@blp.response(200, StateSchema)
@problems_documented(blp, *COMMON, 409)
def prepare(number: str) -> dict[str, str]:
    """Start to fetch the goods (备货)."""
    return _move(number, lambda order: fulfilment.prepare(order, actor()), "prepare", "preparing")


@blp.route("/orders/<number:number>/ready", methods=["POST"])
@requires("orders.prepare")
@blp.response(200, StateSchema)
@problems_documented(blp, *COMMON, 409)
def ready(number: str) -> dict[str, str]:
    """The goods are ready; the buyer is told. 409 `order_on_hold` while something holds the order."""
    return _move(number, lambda order: fulfilment.ready(order, actor()), "ready", "ready")


@blp.route("/orders/<number:number>/ship", methods=["POST"])
@requires("orders.prepare")
@blp.response(200, StateSchema)
@problems_documented(blp, *COMMON, 409)
def ship(number: str) -> dict[str, str]:
    """A delivery leaves with the courier."""
    return _move(number, lambda order: fulfilment.ship(order, current_staff()), "ship", "shipped")


@blp.route("/orders/<number:number>/deliver", methods=["POST"])
@requires("orders.prepare")
@blp.response(200, StateSchema)
@problems_documented(blp, *COMMON, 409)
def deliver(number: str) -> dict[str, str]:
    """The delivery arrived; it completes by itself after the shop's `complete_days`."""
    return _move(number, lambda order: fulfilment.deliver(order, actor()), "deliver", "delivered")


@blp.route("/orders/<number:number>/complete", methods=["POST"])
@requires("orders.prepare")
@blp.response(200, StateSchema)
@problems_documented(blp, *COMMON, 409)
def complete(number: str) -> dict[str, str]:
    """Complete a delivered order."""
    return _move(number, lambda order: orders.complete(order["id"], actor(), "店员确认完成"), "complete", "completed")


@blp.route("/orders/<number:number>/cancel", methods=["POST"])
@requires("orders.cancel")
@blp.arguments(ReasonSchema)
@blp.response(200, StateSchema)
@problems_documented(blp, *COMMON, 409)
def cancel(data: dict[str, Any], number: str) -> dict[str, str]:
    """Cancel: an unpaid order is closed, a paid one whose goods are still here is refunded whole."""
    state = call_off(_locked(number), STAFF_MAY, actor(), data["reason"])
    audit.record("orders.cancel", f"order:{number}", state=state, reason=data["reason"])
    db.session.commit()
    return {"number": number, "state": state}


@blp.route("/orders/<number:number>/refunds", methods=["POST"])
@requires("orders.refund")
@blp.doc(parameters=[_KEY])
@blp.arguments(RefundInSchema)
@blp.response(200, RefundOutSchema)
@problems_documented(blp, *COMMON, 409)
def refund(data: dict[str, Any], number: str) -> dict[str, str]:
    """Give money back, per line and quantity or all that is left; the same key answers the same refund."""
    key = _idempotency_key()
    order = _locked(number)
    lines = [RefundLine(**line) for line in data["lines"]] if data["lines"] else Rest(data["restock"])
    refund_no = request_refund(order["id"], lines, data["reason"], actor(), key)
    audit.record("orders.refund", f"order:{number}", refund_no=refund_no, reason=data["reason"])
    state = reading.state_of(order["id"])
    db.session.commit()
    return {"refund_no": refund_no, "state": state}


def _idempotency_key() -> str:
    """The key as it is stored; the prefix keeps clients off the keys that we make ourselves."""
    key = request.headers.get("Idempotency-Key", "")
    if not REFERENCE.fullmatch(key):
        raise MissingIdempotencyKey(field="Idempotency-Key")
    return f"staff:{key}"
