"""Points at the checkout: what the shopper may use, the proposals for it, and what the order takes (PT-1 … PT-4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from core.plugin import Adjustment, Cart, Context, Lane, OrderFacts, Problem, Refused

from . import domain, gifts, ledger, orders
from .domain import SpendRules
from .messages import say
from .settings import settings, spend_rules

NAME = "points"
USE = "use@"


@dataclass(frozen=True, slots=True)
class Choice:
    """What the shopper chose; `broken` when it can't be read."""

    use: int = 0
    gift_id: int | None = None
    broken: bool = False

    def __bool__(self) -> bool:
        return self.broken or self.use > 0 or self.gift_id is not None


def choice_of(chosen: Mapping[str, Any]) -> Choice:
    """`{"use": 500}` or `{"gift": 3}`; null, empty and 0 mean not chosen."""
    use = domain.whole_number(chosen.get("use") or 0)
    gift_id = domain.whole_number(chosen.get("gift") or 0)
    if use is None or gift_id is None:
        return Choice(broken=True)
    return Choice(use, gift_id or None)


@dataclass(frozen=True, slots=True)
class Terms:
    """What pricing needs to know, read once per quote. `blocked` are products that points may not pay for."""

    choice: Choice
    rules: SpendRules
    spend: bool
    usable: int
    debt: int
    blocked: frozenset[int]
    level_id: int | None
    level_name: str
    price_percent: int
    gift: gifts.GiftTerms | None


_ACCOUNT = """
    SELECT m.debt, l.id AS level_id, l.name, l.price_percent, {more}
        (SELECT coalesce(sum(left_points), 0) FROM points_lot WHERE buyer_id = :buyer AND left_points > 0
            AND available_at <= :now AND (expires_at IS NULL OR expires_at > :now)) AS usable,
        ARRAY(SELECT product_id FROM points_product WHERE product_id = ANY(:products) AND NOT spends) AS blocked
    FROM (SELECT 1) AS one LEFT JOIN points_member m ON m.buyer_id = :buyer
    LEFT JOIN points_level l ON l.id = m.level_id
"""
_TERMS = text(_ACCOUNT.format(more="NULL AS gift_id,"))
_GIFT_TERMS = text(_ACCOUNT.format(more=f"{gifts.COLUMNS},") + " LEFT JOIN points_gift g ON g.id = :gift")


def load(session: Any, ctx: Context, cart: Cart) -> Terms | None:
    """The terms of this cart, one statement; None for a cart of nobody's."""
    if cart.buyer_id is None or not cart.lines:
        return None
    own, choice = settings(), choice_of(cart.choices.get(NAME, {}))
    values = {
        "buyer": cart.buyer_id,
        "now": ctx.now,
        "products": sorted({line.product_id for line in cart.lines}),
    }
    if choice.gift_id:
        row = session.execute(_GIFT_TERMS, values | {"gift": choice.gift_id}).mappings().one()
    else:
        row = session.execute(_TERMS, values).mappings().one()
    percent = row["price_percent"] if own["levels"] and row["price_percent"] else 100
    return Terms(
        choice, spend_rules(own), own["spend"], int(row["usable"]), row["debt"] or 0, frozenset(row["blocked"]),
        row["level_id"], row["name"] or "", percent, gifts.terms(row, ctx.now),
    )  # fmt: skip


def room(cart: Cart, terms: Terms) -> tuple[int, int, int]:
    """(most points that may be used on the cart, usable points, fen they are worth); what was used already counts."""
    most = most_of(cart, terms, _eligible(cart, terms))
    return most, terms.usable, domain.use_of(terms.rules, most, most)[1]


def proposals(cart: Cart, lane: Lane, terms: Terms) -> list[Adjustment]:
    """What points propose for `lane`. Pure."""
    if lane is Lane.UNIT_PRICE:
        return gifts.proposals(cart, terms.gift) if terms.choice.gift_id else _level_price(cart, terms)
    if lane is Lane.CREDIT and terms.choice.use and not terms.choice.gift_id:
        return _credit(cart, terms)
    return []


def _level_price(cart: Cart, terms: Terms) -> list[Adjustment]:
    """等级价: a percentage of the list price (PT-10); the core lets it compete with every other price of the line."""
    if terms.price_percent == 100:
        return []
    saved = {
        line.position: line.list_fen - domain.level_amount(line.list_price_fen, terms.price_percent, line.quantity)
        for line in cart.open_lines(Lane.UNIT_PRICE)
    }
    saved = {position: fen for position, fen in saved.items() if fen > 0}
    reason = say("level_reason", name=terms.level_name)
    return [Adjustment(f"level:{terms.level_id}", reason, per_line=saved)] if saved else []


def _credit(cart: Cart, terms: Terms) -> list[Adjustment]:
    """抵现 (PT-2, PT-4): on lines that are open to it, never on shipping."""
    eligible = _eligible(cart, terms)
    points, fen = domain.use_of(terms.rules, terms.choice.use, most_of(cart, terms, eligible))
    if not fen:
        return []
    positions = tuple(eligible)
    rule = f"{USE}{terms.rules.ratio}"
    return [Adjustment(rule, say("use_reason", points=points), fen, positions, group=NAME)]


def most_of(cart: Cart, terms: Terms, eligible: Mapping[int, int]) -> int:
    """The most points that may be used on the cart; what was used already counts."""
    if not terms.spend or terms.debt or (_with_coupon(cart) and not terms.rules.with_coupons):
        return 0
    used_fen = sum([line.cuts.get(Lane.CREDIT, 0) for line in cart.lines])
    return domain.most_points(terms.rules, terms.usable, sum(eligible.values()), cart.goods_fen + used_fen)


def _eligible(cart: Cart, terms: Terms) -> dict[int, int]:
    """What the lines that points may pay for cost without points, in fen, by position."""
    found = {
        line.position: line.amount_fen + line.cuts.get(Lane.CREDIT, 0)
        for line in cart.open_lines(Lane.CREDIT)
        if line.product_id not in terms.blocked
    }
    return {position: fen for position, fen in found.items() if fen > 0}


def _with_coupon(cart: Cart) -> bool:
    return any(Lane.COUPON in line.cuts for line in cart.lines)


def problems(cart: Cart, terms: Terms | None) -> list[Problem]:
    """Everything that keeps the shopper's choice from being met; a cart without one costs nothing."""
    choice = choice_of(cart.choices.get(NAME, {}))
    if not choice:
        return []
    if choice.broken:
        return [Problem("points_bad_choice", say("bad_choice"))]
    if terms is None:
        return [Problem("points_login_needed", say("login_needed"))]
    return [Problem(f"points_{code}", message) for code, message in _objections(cart, terms)]


def _objections(cart: Cart, terms: Terms) -> Iterable[tuple[str, str]]:
    if terms.debt:
        yield "debt", say("debt", debt=terms.debt)
    if terms.choice.gift_id and terms.choice.use:
        yield "gift_and_use", say("gift_and_use")
    elif terms.choice.gift_id:
        yield from gifts.objections(cart, terms.gift, terms.usable)
    elif not terms.spend:
        yield "spend_off", say("spend_off")
    elif terms.choice.use > terms.usable:
        yield "short", say("short", usable=terms.usable)
    elif terms.choice.use < terms.rules.minimum:
        yield "minimum", say("minimum", minimum=terms.rules.minimum)
    elif _with_coupon(cart) and not terms.rules.with_coupons:
        yield "no_coupons", say("no_coupons")


def claim(session: Any, ctx: Context, order: OrderFacts) -> int:
    """Lock the points that the order uses (PT-3), gift included; returns how many. Raises Refused."""
    choice = choice_of(order.choices)
    step = next((step for step in order.steps if step.lane is Lane.CREDIT and step.rule.startswith(USE)), None)
    if order.buyer_id is None or (step is None and not choice.gift_id):
        return 0
    ledger.lock(session, order.buyer_id, ctx.now)
    if choice.gift_id:
        points, fen = gifts.take(session, order, choice.gift_id, ctx.now), 0
        used = [points]
    else:
        points, fen = domain.cost_points(step.discount_fen, int(step.rule.removeprefix(USE))), step.discount_fen
        used = domain.split(points, [step.allocation.get(line.position, 0) for line in order.lines])
    if not _hold(session, order, points, ctx.now):
        raise Refused("points_short", say("just_spent"))
    lines = tuple(
        domain.Line(line.position, line.quantity, line.payable_fen, used=share)
        for line, share in zip(order.lines, used, strict=True)
    )
    gift_quantity = orders.whole(order.lines[0].quantity) or 0 if choice.gift_id else 0
    orders.put(
        session,
        orders.OrderPoints(
            order.order_id, order.number, order.buyer_id, ctx.now, lines, used=points, used_fen=fen,
            use_state="held", gift_id=choice.gift_id, gift_quantity=gift_quantity,
        ),
    )  # fmt: skip
    return points


def _hold(session: Any, order: OrderFacts, points: int, now: datetime) -> bool:
    booking = ledger.Booking(
        "order_use", str(order.order_id), order.buyer_id, points, now, account=ledger.HELD, note=order.number
    )
    return ledger.hold(session, booking, order.order_id)
