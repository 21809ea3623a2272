"""Points for doing something: signing in, the first order, a phone number, orders of the month (PT-8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text

from core.plugin import Context, Refused, shop

from . import domain, ledger
from .messages import say
from .orders import OrderPoints
from .settings import lifetime

Own = Mapping[str, Any]
NOT_NEW = 0
"""`first_order_id` of a buyer who had ordered before."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a buyer can earn; `claimable` ones are claimed by a tap, the others come by themselves."""

    key: str
    title: str
    points: int
    done: bool
    claimable: bool = False


def _reward(session: Any, ctx: Context, buyer_id: int, kind: str, reference: str, points: int, own: Own) -> bool:
    booking = ledger.Booking(kind, reference, buyer_id, points, ctx.now)
    return ledger.credit(session, booking, *lifetime(own, ctx.now)) is not None


# --- signing in -------------------------------------------------------------------------------------------------------

_STREAK = text(
    "SELECT day, streak FROM points_signin WHERE buyer_id = :buyer AND day >= :yesterday ORDER BY day DESC LIMIT 1"
)
_SIGN = text(
    "INSERT INTO points_signin (buyer_id, day, streak, points) VALUES (:buyer, :day, :streak, :points)"
    " ON CONFLICT (buyer_id, day) DO NOTHING RETURNING streak"
)


@dataclass(frozen=True, slots=True)
class SignInState:
    """`streak`: days in a row up to today (up to yesterday when today's is still open); `next_points`: what is next."""

    signed_today: bool
    streak: int
    next_points: int


def sign_in_state(session: Any, ctx: Context, buyer_id: int | None, own: Own) -> SignInState:
    """Where the buyer stands today; one statement."""
    today = domain.shop_day(ctx.now)
    row = session.execute(_STREAK, {"buyer": buyer_id, "yesterday": today - timedelta(days=1)}).first()
    streak = row.streak if row else 0
    return SignInState(row is not None and row.day == today, streak, _points_of(streak + 1, own))


def _points_of(streak: int, own: Own) -> int:
    return domain.sign_in_points(streak, own["sign_in_points"], own["streak_days"], own["streak_points"])


def sign_in(session: Any, ctx: Context, buyer_id: int, own: Own) -> int | None:
    """签到: once a day by the shop's calendar; returns the points, None when today was done. Raises Refused."""
    if not own["sign_in_points"]:
        raise Refused("points_sign_in_off", say("sign_in_off"))
    ledger.lock(session, buyer_id, ctx.now)
    state, today = sign_in_state(session, ctx, buyer_id, own), domain.shop_day(ctx.now)
    if state.signed_today:
        return None
    values = {"buyer": buyer_id, "day": today, "streak": state.streak + 1, "points": state.next_points}
    session.execute(_SIGN, values)
    _reward(session, ctx, buyer_id, "sign_in", f"{buyer_id}:{today}", state.next_points, own)
    return state.next_points


# --- the first order --------------------------------------------------------------------------------------------------

_FIRST = text(
    "UPDATE points_member SET first_order_id = :order WHERE buyer_id = :buyer AND first_order_id IS NOT DISTINCT FROM"
    " CAST(:before AS bigint) RETURNING buyer_id"
)


def note_first_order(session: Any, order_id: int, account: ledger.Account, own: Own) -> None:
    """Remember which order is the buyer's first paid one; it is rewarded when its points are given."""
    if not own["first_order_points"] or account.first_order_id is not None:
        return
    first = order_id if shop().buyers.orders_of(account.buyer_id) <= 1 else NOT_NEW
    session.execute(_FIRST, {"order": first, "buyer": account.buyer_id, "before": None})


def first_order_undone(session: Any, ctx: Context, order: OrderPoints) -> None:
    """The first order was given back whole: its reward goes, and the next order is the first."""
    values = {"order": None, "buyer": order.buyer_id, "before": order.order_id}
    if session.execute(_FIRST, values).first() is None:
        return
    points = session.execute(_REWARDED, {"reference": str(order.order_id)}).scalar()
    if points:
        booking = ledger.Booking("first_order", str(order.order_id), order.buyer_id, points, ctx.now, note=order.number)
        ledger.debit(session, booking)


_REWARDED = text(
    "SELECT points FROM points_transaction WHERE kind = 'first_order' AND reference = :reference AND direction = 'in'"
)

# --- orders of the month, a phone number ------------------------------------------------------------------------------

_GIVEN = text(
    """
    SELECT m.first_order_id, (SELECT count(*) FROM points_order o WHERE o.buyer_id = m.buyer_id
        AND o.award_state = 'given' AND o.awarded_at >= :since AND o.order_id <> :order) AS orders
    FROM points_member m WHERE m.buyer_id = :buyer
    """
)


def after_order(session: Any, ctx: Context, order: OrderPoints, own: Own, account: ledger.Account) -> None:
    """Reward what the order, whose points were just given, brought about: the first one, the nth of the month."""
    if not own["first_order_points"] and not own["month_tasks"]:
        return
    month = domain.shop_day(ctx.now).replace(day=1)
    values = {"buyer": account.buyer_id, "order": order.order_id, "since": domain.day_begins(month)}
    row = session.execute(_GIVEN, values).one()
    if row.first_order_id == order.order_id and own["first_order_points"]:
        _reward(
            session, ctx, account.buyer_id, "first_order", str(order.order_id), own["first_order_points"], own
        )
    for task in own["month_tasks"]:
        if row.orders + 1 >= task["orders"]:
            reference = _month_reference(account.buyer_id, task["orders"], month)
            _reward(session, ctx, account.buyer_id, "task", reference, task["points"], own)


def _month_reference(buyer_id: int, orders: int, month: date) -> str:
    return f"{buyer_id}:orders{orders}:{month:%Y-%m}"


def claim_phone(session: Any, ctx: Context, buyer_id: int, own: Own) -> int | None:
    """Reward a bound phone number, once per buyer; None when it was. Raises Refused when there is no number."""
    facts = shop().buyers.by_id([buyer_id]).get(buyer_id)
    if not own["phone_points"] or facts is None or facts.phone_tail is None:
        raise Refused("points_task_not_yet", say("task_not_yet"))
    ledger.lock(session, buyer_id, ctx.now)
    points = own["phone_points"]
    return points if _reward(session, ctx, buyer_id, "task", f"{buyer_id}:phone", points, own) else None


_DONE = text(
    "SELECT reference FROM points_transaction WHERE buyer_id = :buyer AND direction = 'in' AND reference = ANY(:wanted)"
    " AND kind = 'task' UNION ALL SELECT 'first' FROM points_member WHERE buyer_id = :buyer"
    " AND first_order_id IS NOT NULL"
)


def overview(session: Any, ctx: Context, buyer_id: int, own: Own) -> list[Task]:
    """The tasks that the shop sets, and which of them the buyer has done; one statement."""
    month = domain.shop_day(ctx.now).replace(day=1)
    references = {n: _month_reference(buyer_id, n, month) for n in (t["orders"] for t in own["month_tasks"])}
    wanted = [f"{buyer_id}:phone", *references.values()]
    done = set(session.execute(_DONE, {"buyer": buyer_id, "wanted": wanted}).scalars())
    return list(_tasks(own, done, f"{buyer_id}:phone", references))


def _tasks(own: Own, done: set[str], phone: str, references: Mapping[int, str]) -> Iterable[Task]:
    if own["first_order_points"]:
        yield Task("first_order", say("task.first_order"), own["first_order_points"], "first" in done)
    if own["phone_points"]:
        yield Task("phone", say("task.phone"), own["phone_points"], phone in done, claimable=True)
    for task in own["month_tasks"]:
        title = say("task.month_orders", orders=task["orders"])
        yield Task(f"orders{task['orders']}", title, task["points"], references[task["orders"]] in done)
