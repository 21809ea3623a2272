"""From the shelf to the customer: prepare, ready, hand out once and only once (核销). The caller commits.

Every act works on an order that the caller has locked (`core.orders.reading.lock_order`), so that of many clerks who
do the same at once the first one does it and the others read what became of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import RowMapping, text

from core.clock import now
from core.db import db
from core.fulfilment.domain import LEFT_THE_STORE, METHODS, handed_over_message, mask_name, mask_phone, moment_text
from core.fulfilment.errors import SeveralOrders, WrongFulfilment
from core.fulfilment.holds import check_holds
from core.host import due
from core.orders import service as orders
from core.orders.errors import AlreadyHandedOver, IllegalMove, WrongPickupCode
from core.orders.service import SYSTEM, Actor
from core.settings.schemas import ShopSettingsSchema
from core.settings.service import shop_settings
from core.staff.domain import StaffFacts
from core.stores.service import find_store


class HandedOver(NamedTuple):
    """The goods left the store: whose they were, when and by whom."""

    order_id: int
    number: str
    at: datetime
    by: str


_ORDER = "SELECT o.id, o.number, o.state, o.store_id, o.fulfilment, o.contact_phone, o.pickup_code FROM orders o"
_BY_NUMBER = text(f"{_ORDER} WHERE o.store_id = :store AND o.number = :number FOR UPDATE")
_BY_CODE = text(f"{_ORDER} WHERE o.store_id = :store AND o.pickup_code = :code FOR UPDATE")
_BY_PHONE = text(
    """
    SELECT o.id, o.number, o.state, o.contact_phone, o.slot_starts_at, b.name,
           (SELECT count(*) FROM order_line l WHERE l.order_id = o.id) AS line_count
    FROM orders o LEFT JOIN buyer b ON b.id = o.buyer_id
    WHERE o.store_id = :store AND o.state IN ('paid', 'preparing', 'ready') AND o.fulfilment = 'pickup'
      AND right(o.contact_phone, length(:tail)) = :tail
    ORDER BY o.id LIMIT 21
    """
)
_NOTE = text(
    """
    INSERT INTO handover (order_id, store_id, staff_id, staff_name, code, method, at)
    VALUES (:order, :store, :staff, :name, :code, :method, :now)
    ON CONFLICT (order_id) DO NOTHING RETURNING at
    """
)
_GIVEN = "SELECT h.at, h.staff_name, o.number FROM {} h JOIN orders o ON o.id = h.order_id"
_GIVEN_ORDER = text(f"{_GIVEN.format('handover')} WHERE h.order_id = :order")
_GIVEN_CODE = text(
    f"{_GIVEN.format('handover')} WHERE h.store_id = :store AND h.code = :code ORDER BY h.id DESC LIMIT 1"
)
_GIVEN_PHONE = text(
    _GIVEN.format("(SELECT * FROM handover WHERE store_id = :store ORDER BY id DESC LIMIT 500)")
    + " WHERE h.at > :since AND right(o.contact_phone, length(:tail)) = :tail ORDER BY h.id DESC LIMIT 1"
)

REMEMBERED = timedelta(days=1)
"""How long a second look by phone digits is told that the goods were handed out."""


def verify_code(store_id: int, code: str, staff: StaffFacts) -> HandedOver:
    """Hand out the order with this pickup code and complete it.

    Raises AlreadyHandedOver (with `at` and `by`), WrongPickupCode, OnHold, IllegalMove when it is not ready,
    StoreNotFound.
    """
    order = db.session.execute(_BY_CODE, {"store": store_id, "code": code}).mappings().first()
    if order is None:
        raise _nothing_waits(store_id, _GIVEN_CODE, {"code": code}, "code")
    return _hand_out(order, "code", code, staff)


def verify_phone(store_id: int, tail: str, number: str | None, staff: StaffFacts) -> HandedOver:
    """The same by the last 4–11 digits of the phone; `number` chooses among several orders, else SeveralOrders."""
    if number is None:
        number = _only_one(store_id, tail)
    order = db.session.execute(_BY_NUMBER, {"store": store_id, "number": number}).mappings().first()
    if order is None or not (order["contact_phone"] or "").endswith(tail):
        raise WrongPickupCode(field="number")
    return _hand_out(order, "phone", order["pickup_code"], staff)


def _only_one(store_id: int, tail: str) -> str:
    rows = db.session.execute(_BY_PHONE, {"store": store_id, "tail": tail}).mappings().all()
    if not rows:
        raise _nothing_waits(store_id, _GIVEN_PHONE, {"tail": tail, "since": now() - REMEMBERED}, "phone_tail")
    candidates = [row for row in rows if row["state"] == "ready"] or rows
    if len(candidates) > 1:
        raise SeveralOrders(orders=[_choice(row) for row in candidates[:20]], field="number")
    return candidates[0]["number"]


def _choice(row: RowMapping) -> dict[str, Any]:
    return {
        "number": row["number"],
        "state": row["state"],
        "phone": mask_phone(row["contact_phone"]),
        "name": mask_name(row["name"]),
        "line_count": row["line_count"],
        "slot_starts_at": moment_text(row["slot_starts_at"]),
    }


def _nothing_waits(store_id: int, given: Any, values: Mapping[str, Any], field: str) -> Exception:
    """Why nothing was found: handed out before, or never there."""
    before = db.session.execute(given, {**values, "store": store_id}).first()
    if before is not None:
        return already_handed_over(*before)
    find_store(store_id)
    return WrongPickupCode(field=field)


def already_handed_over(at: datetime, by: str, number: str) -> AlreadyHandedOver:
    return AlreadyHandedOver(handed_over_message(at, by), at=moment_text(at), by=by, number=number)


def _hand_out(order: RowMapping, method: str, code: str | None, staff: StaffFacts) -> HandedOver:
    if order["fulfilment"] != "pickup":
        raise WrongFulfilment("配送订单不能在柜台核销，请使用发货")
    at = _leave(order, "picked_up", method, code, staff)
    orders.complete(order["id"], Actor("staff", staff.id), "顾客已提货")
    return HandedOver(order["id"], order["number"], at, staff.name)


def _leave(order: RowMapping, target: str, method: str, code: str | None, staff: StaffFacts) -> datetime:
    """The goods leave the store: one move, one row of `handover`, or nothing at all."""
    if order["state"] in LEFT_THE_STORE:
        before = db.session.execute(_GIVEN_ORDER, {"order": order["id"]}).first()
        raise already_handed_over(*before) if before else IllegalMove("订单已交付", state=order["state"], target=target)
    check_holds(order["id"])
    orders.hand_over(order["id"], target, Actor("staff", staff.id), METHODS[method])
    values = {"order": order["id"], "store": order["store_id"], "staff": staff.id, "name": staff.name}
    at = db.session.execute(_NOTE, {**values, "code": code, "method": method, "now": now()}).scalar()
    if at is None:
        raise already_handed_over(*db.session.execute(_GIVEN_ORDER, {"order": order["id"]}).one())
    return at


def prepare(order: RowMapping, actor: Actor) -> None:
    """paid → preparing: somebody fetches the goods (备货). Raises IllegalMove."""
    orders.require_transition(order["id"], "preparing", actor, "开始备货")


def ready(order: RowMapping, actor: Actor) -> None:
    """The goods wait for the customer or the courier; the buyer is told. Raises OnHold, IllegalMove."""
    check_holds(order["id"])
    orders.mark_ready(order["id"], actor)


def ship(order: RowMapping, staff: StaffFacts) -> HandedOver:
    """A delivery leaves with the courier; raises WrongFulfilment, OnHold, AlreadyHandedOver, IllegalMove."""
    if order["fulfilment"] != "delivery":
        raise WrongFulfilment("自提订单不能发货，请在柜台核销")
    at = _leave(order, "shipped", "courier", None, staff)
    return HandedOver(order["id"], order["number"], at, staff.name)


def deliver(order: RowMapping, actor: Actor) -> None:
    """shipped → delivered; it completes by itself after the shop's `complete_days`. Raises IllegalMove."""
    orders.require_transition(order["id"], "delivered", actor, "已送达")
    due.due_at(now() + timedelta(days=shop_settings()["complete_days"]))


_REMARK = text(
    """
    INSERT INTO order_move (order_id, from_state, to_state, at, actor, actor_id, why)
    VALUES (:order, :state, :state, :now, :actor, :actor_id, :remark)
    """
)


def remark(order: RowMapping, words: str, actor: Actor) -> None:
    """A remark of staff (备注) beside what the customer wrote: a move that changes no state; buyers don't see it."""
    values = {"order": order["id"], "state": order["state"], "actor": actor.kind, "actor_id": actor.id}
    db.session.execute(_REMARK, {**values, "remark": words, "now": now()})


_DELIVERED = text(
    """
    SELECT o.id FROM orders o JOIN order_move m ON m.order_id = o.id AND m.to_state = 'delivered'
    WHERE o.state = 'delivered' AND m.at <= :until ORDER BY m.at LIMIT 100
    """
)
_DEFAULT_DAYS = int(ShopSettingsSchema().fields["complete_days"].load_default)

NEXT_DUE = f"""
    SELECT min(m.at) + make_interval(days => coalesce(
        (SELECT CAST(value AS int) FROM shop_setting WHERE name = 'complete_days'), {_DEFAULT_DAYS}))
    FROM orders o JOIN order_move m ON m.order_id = o.id AND m.to_state = 'delivered' WHERE o.state = 'delivered'
"""


def complete_delivered() -> int:
    """Chore: complete what was delivered `complete_days` ago; returns how many orders. Commits each."""
    until = now() - timedelta(days=shop_settings()["complete_days"])
    ids: Sequence[int] = db.session.execute(_DELIVERED, {"until": until}).scalars().all()
    db.session.rollback()
    return sum(_complete(order_id) for order_id in ids)


def _complete(order_id: int) -> bool:
    try:
        orders.complete(order_id, SYSTEM, "送达后自动完成")
    except IllegalMove:
        db.session.rollback()
        return False
    db.session.commit()
    return True
