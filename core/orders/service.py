"""Placing orders and moving them through their states. The caller commits; whatever is raised means roll back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy import RowMapping, text

from core.clock import now
from core.db import db
from core.host import due, outbox
from core.limits import service as limits
from core.orders import claims, statements
from core.orders.domain import check_move, new_number, new_pickup_code, sources_of
from core.orders.errors import (
    CannotOrder,
    OrderNotFound,
    OutOfStock,
    PriceChanged,
    ReferenceReused,
)
from core.plugin import (
    Context,
    LineFact,
    OrderCancelled,
    OrderClosed,
    OrderCompleted,
    OrderHandedOver,
    OrderPaid,
    OrderPlaced,
    OrderReady,
)
from core.pricing.domain import Step
from core.pricing.service import Market, Quote, Wanted, quote
from core.settings.service import shop_settings
from core.stock import service as stock
from core.stores.service import give_slot_back, take_slot


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something to an order: buyer, staff, support, system or till."""

    kind: str
    id: int | None = None


SYSTEM = Actor("system")


@dataclass(frozen=True, slots=True)
class Checkout:
    """An order request: what is wanted, under which idempotency key, at which price the shopper agreed."""

    wanted: Wanted
    reference: str
    phone: str | None = None
    remark: str = ""
    expected_payable_fen: int | None = None

    def digest(self) -> str:
        """Fingerprint of the content, to tell a repeated request from a reused key."""
        return hashlib.sha256(orjson.dumps(self, default=str)).hexdigest()


@dataclass(frozen=True, slots=True)
class Placed:
    order_id: int
    number: str
    created: bool


_EXISTING = text(
    "SELECT id, number, request_digest FROM orders"
    " WHERE buyer_id = :buyer AND reference = :reference AND channel = 'online'"
)


def place(checkout: Checkout, context: Context, market: Market) -> Placed:
    """Create the order with its frozen quote and reserve its stock until the payment deadline.

    A repeated call with the same reference and content returns the first order. Raises CannotOrder (problems or
    incomplete quote), PriceChanged, OutOfStock, SlotFull, ReferenceReused, ShopBusy.
    """
    digest = checkout.digest()
    existing = _find_existing(checkout, digest)
    if existing is not None:
        return existing
    limits.check_checkout()
    quoted = quote(checkout.wanted, context, market)
    check_orderable(quoted, checkout.expected_payable_fen)
    moment = now()
    pay_by = moment + timedelta(minutes=shop_settings()["pay_minutes"])
    number = new_number(moment)
    order_id = _insert(checkout, digest, quoted, number, moment, pay_by)
    if order_id is None:
        db.session.rollback()
        return _find_existing(checkout, digest) or _gone()
    _claim(order_id, number, checkout, quoted, context, market)
    outbox.emit(_placed_event(order_id, number, checkout.wanted, quoted, pay_by.isoformat()))
    due.due_at(pay_by)
    return Placed(order_id, number, True)


def _gone() -> Placed:
    raise OrderNotFound


def _find_existing(checkout: Checkout, digest: str) -> Placed | None:
    values = {"buyer": checkout.wanted.buyer_id, "reference": checkout.reference}
    row = db.session.execute(_EXISTING, values).first()
    if row is None:
        return None
    if row.request_digest != digest:
        raise ReferenceReused(field="Idempotency-Key")
    return Placed(row.id, row.number, False)


def check_orderable(quoted: Quote, expected_payable_fen: int | None) -> None:
    """Raise unless the quote may become an order at the price the shopper saw."""
    if quoted.incomplete:
        raise CannotOrder(
            "优惠价格暂时无法确认，请稍后再试", code="price_unconfirmed", plugins=list(quoted.incomplete)
        )
    if quoted.problems:
        problems = [asdict(problem) for problem in quoted.problems]
        only_stock = {problem["code"] for problem in problems} == {"out_of_stock"}
        raise (OutOfStock if only_stock else CannotOrder)(problems[0]["message"], problems=problems)
    payable = quoted.priced.payable_fen
    if expected_payable_fen is not None and expected_payable_fen != payable:
        raise PriceChanged(payable_fen=payable, expected_payable_fen=expected_payable_fen)


def _insert(
    checkout: Checkout, digest: str, quoted: Quote, number: str, moment: datetime, pay_by: datetime
) -> int | None:
    wanted, priced = checkout.wanted, quoted.priced
    lines = priced.cart.lines
    return db.session.execute(
        statements.PLACE,
        {
            "number": number,
            "reference": checkout.reference,
            "digest": digest,
            "store": wanted.store_id,
            "buyer": wanted.buyer_id,
            "fulfilment": wanted.fulfilment,
            "list_fen": sum(line.list_fen for line in lines),
            "goods_fen": priced.goods_fen,
            "shipping_fen": priced.shipping_fen,
            "payable_fen": priced.payable_fen,
            "slot_starts_at": quoted.slot and quoted.slot.starts_at,
            "slot_ends_at": quoted.slot and quoted.slot.ends_at,
            "delivery_to": wanted.destination and orjson.dumps(asdict(wanted.destination), default=str).decode(),
            "phone": checkout.phone,
            "remark": checkout.remark,
            "now": moment,
            "pay_by": pay_by,
            "positions": [line.position for line in lines],
            "skus": [line.sku_id for line in lines],
            "quantities": [line.quantity for line in lines],
            "unit_prices": [line.list_price_fen for line in lines],
            "list_amounts": [line.list_fen for line in lines],
            "payables": [line.amount_fen for line in lines],
            "steps": steps_json(priced.steps),
        },
    ).scalar()


def steps_json(steps: Sequence[Step], start: int = 0) -> str:
    """Ledger steps as the JSON that the statements unpack; allocations as PostgreSQL array literals."""
    return orjson.dumps(
        [
            {
                **{name: getattr(step, name) for name in Step.__dataclass_fields__ if name != "allocation"},
                "seq": seq,
                "allocation": "{" + ",".join(map(str, step.allocation)) + "}",
            }
            for seq, step in enumerate(steps, start)
        ]
    ).decode()


def _claim(
    order_id: int, number: str, checkout: Checkout, quoted: Quote, context: Context, market: Market
) -> None:
    """Take everything the order needs, in a fixed order: slot, stock by SKU, then plugins by name."""
    if quoted.slot is not None:
        take_slot(quoted.store, quoted.slot.starts_at)
    wanted = sorted(checkout.wanted.lines)
    if not stock.reserve(order_id, checkout.wanted.store_id, wanted):
        db.session.rollback()
        missing = stock.shortages(checkout.wanted.store_id, wanted)
        raise OutOfStock(
            lines=[{"sku_id": s.sku_id, "wanted": str(s.wanted), "sellable": str(s.sellable)} for s in missing]
        )
    claims.claim(order_id, number, quoted, _line_facts(quoted), context, market)


def _line_facts(quoted: Quote) -> tuple[LineFact, ...]:
    return tuple(
        LineFact(line.position, line.sku_id, row["code"], line.quantity, line.list_fen, line.amount_fen)
        for line, row in zip(quoted.priced.cart.lines, quoted.rows, strict=True)
    )


def _placed_event(order_id: int, number: str, wanted: Wanted, quoted: Quote, pay_by: str) -> OrderPlaced:
    return OrderPlaced(
        order_id=order_id,
        number=number,
        channel="online",
        store_id=wanted.store_id,
        buyer_id=wanted.buyer_id,
        goods_fen=quoted.priced.goods_fen,
        shipping_fen=quoted.priced.shipping_fen,
        payable_fen=quoted.priced.payable_fen,
        pay_by=pay_by,
        lines=_line_facts(quoted),
    )


def transition(order_id: int, target: str, actor: Actor, why: str) -> RowMapping | None:
    """Move the order to `target` by one conditional UPDATE and write who, when, why.

    Returns the order after the move, None when its state did not allow it (somebody else was faster).
    """
    return (
        db.session.execute(
            statements.MOVE,
            {
                "order": order_id,
                "sources": list(sources_of(target)),
                "target": target,
                "now": now(),
                "code": new_pickup_code(),
                "actor": actor.kind,
                "actor_id": actor.id,
                "why": why,
            },
        )
        .mappings()
        .first()
    )


def require_transition(order_id: int, target: str, actor: Actor, why: str) -> RowMapping:
    """Like `transition`; raises IllegalMove with the present state instead of returning None."""
    moved = transition(order_id, target, actor, why)
    if moved is not None:
        return moved
    state = db.session.execute(text("SELECT state FROM orders WHERE id = :id"), {"id": order_id}).scalar()
    if state is None:
        raise OrderNotFound
    check_move(state, target)
    raise OrderNotFound


def identity(order: RowMapping) -> dict[str, Any]:
    """The fields that every order event starts with."""
    return {
        "order_id": order["id"],
        "number": order["number"],
        "channel": order["channel"],
        "store_id": order["store_id"],
        "buyer_id": order["buyer_id"],
    }


_LINE_FACTS = text(
    "SELECT position, sku_id, sku_code, quantity, list_fen, payable_fen FROM order_line"
    " WHERE order_id = :order ORDER BY position"
)


def line_facts(order_id: int) -> tuple[LineFact, ...]:
    return tuple(LineFact(*row) for row in db.session.execute(_LINE_FACTS, {"order": order_id}))


def mark_paid(order_id: int, actor: Actor, why: str, transaction_id: str | None = None) -> bool:
    """pending → paid: the reservation turns firm and the pickup code is made. False when it was not pending."""
    order = transition(order_id, "paid", actor, why)
    if order is None:
        return False
    stock.confirm(order_id)
    outbox.emit(
        OrderPaid(
            **identity(order),
            goods_fen=order["goods_fen"],
            shipping_fen=order["shipping_fen"],
            paid_fen=order["payable_fen"],
            transaction_id=transaction_id,
            lines=line_facts(order_id),
        )
    )
    return True


def close_unpaid(order_id: int, actor: Actor, why: str) -> bool:
    """pending → closed: everything held is given back. False when it was not pending."""
    order = transition(order_id, "closed", actor, why)
    if order is None:
        return False
    _give_back(order)
    outbox.emit(OrderClosed(**identity(order), why=why))
    return True


def cancel_paid(order_id: int, actor: Actor, why: str) -> RowMapping:
    """A paid order is called off before the goods left: everything reserved is given back. The refund is the caller's."""
    order = require_transition(order_id, "cancelled", actor, why)
    _give_back(order)
    outbox.emit(OrderCancelled(**identity(order), why=why, paid_fen=order["payable_fen"]))
    return order


def _give_back(order: RowMapping) -> None:
    stock.release(order["id"])
    if order["slot_starts_at"] is not None:
        give_slot_back(order["store_id"], order["slot_starts_at"])


def mark_ready(order_id: int, actor: Actor) -> RowMapping:
    """The goods wait at the counter; the buyer is told (by a consumer of the event)."""
    order = require_transition(order_id, "ready", actor, "备货完成")
    outbox.emit(OrderReady(**identity(order), pickup_code=order["pickup_code"]))
    return order


def hand_over(order_id: int, target: str, actor: Actor, why: str) -> RowMapping:
    """The goods leave the store (`picked_up` or `shipped`): reserved stock is taken off the shelf count."""
    order = require_transition(order_id, target, actor, why)
    stock.consume(order_id, order["number"])
    outbox.emit(
        OrderHandedOver(**identity(order), fulfilment=order["fulfilment"], paid_fen=order["payable_fen"])
    )
    return order


def complete(order_id: int, actor: Actor, why: str) -> RowMapping:
    """The customer has everything."""
    order = require_transition(order_id, "completed", actor, why)
    outbox.emit(
        OrderCompleted(
            **identity(order),
            goods_fen=order["goods_fen"],
            shipping_fen=order["shipping_fen"],
            paid_fen=order["payable_fen"],
            placed_at=order["placed_at"].isoformat(),
        )
    )
    return order


def wanted_lines(lines: Sequence[tuple[int, Decimal]]) -> tuple[tuple[int, Decimal], ...]:
    """Lines with each SKU once: quantities of repeated SKUs are added, first position wins."""
    merged: dict[int, Decimal] = {}
    for sku_id, quantity in lines:
        merged[sku_id] = merged.get(sku_id, Decimal(0)) + quantity
    return tuple(merged.items())
