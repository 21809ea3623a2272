"""The course of an online order: who moved it when. Staff work in opening hours, shoppers come when it suits them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random

from core.clock import SHOP_ZONE, shop_time
from core.demo.past.things import Move, Person, Place
from core.fulfilment.domain import METHODS
from core.stores.domain import Slot

PAY_MINUTES = 30
COMPLETE_DAYS = 7
LAST_MINUTES = 20
"""So long before closing nobody begins anything."""

CANCEL_REASONS = ("顾客不想要了", "选错自提门店，重新下单", "收货地址填错", "商品缺货，与顾客协商取消")


def course(
    rng: Random, placed: datetime, place: Place, person: Person, fulfilment: str, slot: Slot | None, ending: str,
    method: str, why: str | None,
) -> list[Move]:  # fmt: skip
    """All moves of an order that ends as `ending`: completed, cancelled or closed. `why`: staff changed its price."""
    moves = [Move(None, "pending", placed, "buyer", None, "提交订单")]
    if ending == "closed":
        late = placed + timedelta(minutes=PAY_MINUTES, seconds=rng.randint(1, 20))
        return [*moves, Move("pending", "closed", late, "system", None, "超时未付款")]
    paid = placed + timedelta(seconds=rng.randint(12, 150))
    if why:
        moves.append(Move("pending", "pending", paid, "staff", place.staff_id, why))
        paid += timedelta(seconds=rng.randint(90, 600))
    moves.append(Move("pending", "paid", paid, "wechat", None, "微信支付成功"))
    if ending == "cancelled":
        return [*moves, _cancelled(rng, paid, place)]
    begun = in_hours(rng, place, paid + timedelta(minutes=rng.randint(2, 22)))
    moves.append(Move("paid", "preparing", begun, "staff", place.staff_id, "开始备货"))
    if fulfilment == "delivery":
        return moves + _delivery(rng, place, begun)
    return moves + _pickup(rng, place, begun, slot, method)


def _cancelled(rng: Random, paid: datetime, place: Place) -> Move:
    reason = rng.choice(CANCEL_REASONS)
    if "缺货" in reason:
        at = in_hours(rng, place, paid + timedelta(minutes=rng.randint(10, 60)))
        return Move("paid", "cancelled", at, "staff", place.staff_id, reason)
    return Move("paid", "cancelled", paid + timedelta(minutes=rng.randint(1, 25)), "buyer", None, reason)


def _pickup(rng: Random, place: Place, begun: datetime, slot: Slot | None, method: str) -> list[Move]:
    ready = in_hours(rng, place, begun + timedelta(minutes=rng.randint(6, 28)))
    earliest = max(ready + timedelta(minutes=8), slot.starts_at if slot else ready)
    taken = in_hours(rng, place, earliest + timedelta(minutes=rng.randint(0, 150)))
    return [
        Move("preparing", "ready", ready, "staff", place.staff_id, "备货完成"),
        Move("ready", "picked_up", taken, "staff", place.staff_id, METHODS[method]),
        Move("picked_up", "completed", taken, "staff", place.staff_id, "顾客已提货"),
    ]


def _delivery(rng: Random, place: Place, begun: datetime) -> list[Move]:
    shipped = in_hours(rng, place, begun + timedelta(minutes=rng.randint(12, 45)))
    delivered = shipped + timedelta(minutes=rng.randint(14, 55))
    done = delivered + timedelta(days=COMPLETE_DAYS, seconds=rng.randint(1, 55))
    return [
        Move("preparing", "shipped", shipped, "staff", place.staff_id, METHODS["courier"]),
        Move("shipped", "delivered", delivered, "staff", place.staff_id, "已送达"),
        Move("delivered", "completed", done, "system", None, "送达后自动完成"),
    ]


def in_hours(rng: Random, place: Place, moment: datetime) -> datetime:
    """The moment, or soon after the store opens next."""
    store, local = place.store, shop_time(moment)
    opens = datetime.combine(local.date(), store.opens_at, SHOP_ZONE)
    last = datetime.combine(local.date(), store.closes_at, SHOP_ZONE) - timedelta(minutes=LAST_MINUTES)
    if opens <= local <= last:
        return moment
    soon = timedelta(minutes=rng.randint(1, 40))
    return (opens if local < opens else opens + timedelta(days=1)) + soon


def until(moves: Iterable[Move], end: datetime) -> tuple[Move, ...]:
    """What of the course has happened by `end`."""
    return tuple(move for move in moves if move.at <= end)


def brought_to(
    rng: Random, state: str, now: datetime, place: Place, fulfilment: str, ages: Sequence[int]
) -> list[Move]:
    """A course that stands at `state` now; `ages` are minutes ago of every move on its way."""
    way = {"pickup": ("pending", "paid", "preparing", "ready"), "delivery": ("pending", "paid", "preparing", "shipped")}
    names = (*way[fulfilment], "delivered")
    words = {"pending": "提交订单", "paid": "微信支付成功", "preparing": "开始备货", "ready": "备货完成",
             "shipped": METHODS["courier"], "delivered": "已送达"}  # fmt: skip
    actors = {"pending": ("buyer", None), "paid": ("wechat", None)}
    moves, before = [], None
    for name, age in zip(names[: names.index(state) + 1], ages, strict=False):
        at = now - timedelta(minutes=age, seconds=rng.randint(0, 59))
        moves.append(Move(before, name, at, *actors.get(name, ("staff", place.staff_id)), words[name]))
        before = name
    return moves
