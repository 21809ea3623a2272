"""What points show to staff, and on orders: panel, dashboard card, columns, menu, blockers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import marshmallow as ma
from sqlalchemy import text

from core.plugin import Card, Column, Context, NavItem, OrderRef, Panel, Problem
from core.plugin.web import Text

from . import orders, reading
from .messages import say, yuan
from .orders import OrderPoints

NAV = (
    NavItem(say("nav.overview"), "overview", "points.view", "star"),
    NavItem(say("nav.members"), "members", "points.view", "users"),
    NavItem(say("nav.gifts"), "gifts", "points.view", "gift"),
    NavItem(say("nav.levels"), "levels", "points.view", "award"),
)
LAST = timedelta(days=30)


class CheckinSettings(ma.Schema):
    heading = Text(20, load_default=say("sign_in"), metadata={"label": say("checkin_heading")})


def panels(session: Any, asked: Sequence[OrderRef]) -> Mapping[int, Panel]:
    """What points had to do with each order, where they had; two statements for a page of orders."""
    found = orders.look(session, [ref.order_id for ref in asked])
    made = {order_id: _panel(order) for order_id, order in found.items()}
    return {order_id: panel for order_id, panel in made.items() if panel.rows}


def _panel(order: OrderPoints) -> Panel:
    data = {
        "used": order.used, "used_fen": order.used_fen, "returned": order.returned, "award": order.award,
        "award_state": order.award_state, "taken_back": order.taken_back,
    }  # fmt: skip
    return Panel(say("panel"), tuple(_rows(order)), data)


def _rows(order: OrderPoints) -> Iterable[tuple[str, str]]:
    if order.gift_id is not None:
        pieces = sum(int(line.quantity) for line in order.lines)
        yield say("panel.used"), say("panel.gift_value", points=order.used, quantity=pieces)
    elif order.used:
        yield say("panel.used"), say("panel.used_value", points=order.used, yuan=yuan(order.used_fen))
    if order.returned:
        yield say("panel.returned"), say("points", points=order.returned)
    if order.award_state == "waiting" and order.award:
        moment = say(f"moment.{order.moment}")
        yield say("panel.award"), say("panel.award_waiting", points=order.award, moment=moment)
    elif order.award_state == "given" and order.award:
        yield say("panel.award"), say("panel.award_given", points=order.award)
    elif order.award_state == "void":
        yield say("panel.award"), say("panel.award_void")
    if order.taken_back and order.award_state != "void":
        yield say("panel.taken_back"), say("points", points=order.taken_back)


def card(session: Any, ctx: Context) -> Card:
    """Issued, used and expired in the last 30 days, and what is outstanding."""
    figures = reading.figures(session, ctx.now - LAST)
    keys = ("issued", "redeemed", "expired", "outstanding")
    rows = tuple((say(f"card.{key}"), f"{getattr(figures, key):,}") for key in keys)
    return Card(say("card"), rows=rows, path="overview")


_COLUMNS = text(
    "SELECT m.buyer_id, m.balance, l.name FROM points_member m LEFT JOIN points_level l ON l.id = m.level_id"
    " WHERE m.buyer_id = ANY(:buyers)"
)


def columns(session: Any, buyer_ids: Sequence[int]) -> Sequence[Column]:
    """Balance and level of the members on a page."""
    rows = session.execute(_COLUMNS, {"buyers": list(buyer_ids)}).all()
    return [
        Column("balance", say("column.balance"), {row.buyer_id: str(row.balance) for row in rows}),
        Column("level", say("column.level"), {row.buyer_id: row.name for row in rows if row.name}),
    ]


def blockers(session: Any) -> Sequence[Problem]:
    """Unpaid orders that hold points have to end first."""
    count = session.execute(text("SELECT count(*) FROM points_order WHERE use_state = 'held'")).scalar_one()
    return [Problem("points_held", say("blocker", count=count))] if count else []
