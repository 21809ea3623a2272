"""Points for money: planned at payment, given at the moment the merchant chose, taken back with refunds (PT-5, PT-6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from core.plugin import Context, LineFact, shop

from . import domain, gifts, ledger, levels, tasks
from .domain import Line
from .orders import OrderPoints
from .settings import activity_percent, lifetime

Own = Mapping[str, Any]

_SILENT = text("SELECT product_id FROM points_product WHERE NOT earns")


def lines_of(session: Any, facts: Sequence[LineFact], known: Sequence[Line]) -> list[tuple[Line, bool]]:
    """Each line as it was paid, with what is known of it already, and whether its product earns points."""
    before = {line.position: line for line in known}
    silent = _silent_skus(session, facts)
    return [
        (
            replace(before[fact.position], paid_fen=fact.payable_fen)
            if fact.position in before
            else Line(fact.position, fact.quantity, fact.payable_fen),
            fact.sku_id not in silent,
        )
        for fact in facts
    ]


def _silent_skus(session: Any, facts: Sequence[LineFact]) -> set[int]:
    silent = set(session.execute(_SILENT).scalars())
    if not silent:
        return set()
    skus = shop().skus.by_id([fact.sku_id for fact in facts])
    return {sku_id for sku_id, sku in skus.items() if sku.product_id in silent}


def plan(
    ctx: Context, order: OrderPoints, lines: Sequence[tuple[Line, bool]], own: Own, earn_percent: int
) -> OrderPoints:
    """What the order will earn: one award per order, shared out over its lines by what was paid; a gift earns none."""
    if order.gift_id is not None:
        return replace(order, lines=tuple(line for line, _ in lines))
    weights = [line.paid_fen if earns else 0 for line, earns in lines]
    level = earn_percent if own["levels"] else 100
    points = domain.award(sum(weights), own["per_yuan"], level, activity_percent(own, ctx.now))
    shares = domain.split(points, weights)
    return replace(
        order,
        lines=tuple(replace(line, award=share) for (line, _), share in zip(lines, shares, strict=True)),
        award_state="waiting",
        moment=own["moment"],
    )


_TODAY = text("UPDATE points_member SET earned_on = :day, earned_today = :points WHERE buyer_id = :buyer")


def give(session: Any, ctx: Context, order: OrderPoints, own: Own, account: ledger.Account) -> OrderPoints:
    """Credit what is planned and not taken back, up to the daily cap, and the growth that goes with it."""
    day = domain.shop_day(ctx.now)
    lines = order.lines
    if own["daily_cap"]:
        earned = account.earned_today if account.earned_on == day else 0
        lines = tuple(domain.capped(lines, max(own["daily_cap"] - earned, 0)))
        points = sum(line.award - line.taken_back for line in lines)
        session.execute(_TODAY, {"day": day, "points": earned + points, "buyer": account.buyer_id})
    points = sum(line.award - line.taken_back for line in lines)
    lot_id = None
    if points:
        booking = ledger.Booking(
            "order_earn", str(order.order_id), account.buyer_id, points, ctx.now, note=order.number
        )
        lot_id = ledger.credit(session, booking, *lifetime(own, ctx.now, own["freeze_days"]))
    levels.grow(session, account.buyer_id, str(order.order_id), domain.growth_left(lines), ctx.now, own)
    given = replace(order, lines=lines, award_state="given", awarded_at=ctx.now, lot_id=lot_id, due_at=None)
    tasks.after_order(session, ctx, given, own, account)
    return given


def undo(
    session: Any, ctx: Context, order: OrderPoints, lines: Sequence[Line], reference: str, own: Own
) -> OrderPoints:
    """Book what changed between the order's lines and `lines`: points used go back, points earned and growth go.

    Nothing here may fail for want of points: what is missing becomes a debt (PT-6).
    """
    after = replace(order, lines=tuple(lines))
    if order.buyer_id is None:
        return after
    key = f"{order.order_id}:{reference}"
    ledger.lock(session, order.buyer_id, ctx.now)
    _return_used(session, ctx, order, after, key, own)
    if order.award_state == "given":
        _take_award(session, ctx, order, after, key, own)
    return _release_gift(session, order, after)


def _return_used(session: Any, ctx: Context, order: OrderPoints, after: OrderPoints, key: str, own: Own) -> None:
    points = after.returned - order.returned
    if not points:
        return
    account = ledger.HELD if order.use_state == "held" else ledger.REDEEMED
    booking = ledger.Booking("order_use", key, order.buyer_id, points, ctx.now, account, order.number)
    ledger.give_back(session, booking, order.order_id, ctx.now + timedelta(days=own["grace_days"]))


def _take_award(session: Any, ctx: Context, order: OrderPoints, after: OrderPoints, key: str, own: Own) -> None:
    points = after.taken_back - order.taken_back
    if points:
        booking = ledger.Booking("order_earn", key, order.buyer_id, points, ctx.now, note=order.number)
        ledger.debit(session, booking, order.lot_id)
    growth = domain.growth_left(order.lines) - domain.growth_left(after.lines)
    levels.grow(session, order.buyer_id, key, -growth, ctx.now, own, dated=order.awarded_at)
    if all(line.refunded_fen == line.paid_fen for line in after.lines):
        tasks.first_order_undone(session, ctx, order)


def _release_gift(session: Any, order: OrderPoints, after: OrderPoints) -> OrderPoints:
    if order.gift_id is None or not order.gift_quantity:
        return after
    line = after.lines[0]
    left = int(line.quantity - line.refunded_quantity)
    gifts.put_back(session, order.gift_id, order.gift_quantity - left)
    return replace(after, gift_quantity=left)
