"""What a basket costs: online by the price engine, at the till as tills send their sales. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from core.demo.past.things import Article, Entry, Line, Person, Place, Wanted
from core.money import line_amount
from core.orders.adjust import LineChange, OrderChange, manual_steps
from core.plugin.pricing import Adjustment, Cart, CartLine, Lane
from core.pricing.domain import Proposal, Step, price
from core.stores.domain import delivery_fee, distance_m, zone_for
from core.tills.domain import SaleLine
from core.tills.ledger import steps_of

MANUAL_SEQ = 1000
"""Where the manual steps of an adjusted order are numbered from."""
COUPON_CHANCE = 0.06
COUPONS_FEN = (100, 200, 300, 500, 800)
SUPPLIERS = 0.6
"""The part of coupons that suppliers pay (厂家券); some they share with the shop."""

REASONS = (
    ("goodwill", "老顾客抹零"),
    ("goodwill", "缺货换货，补差价"),
    ("price", "价签标错，按标价结算"),
    ("price", "临期商品打折"),
    ("coupon", "顾客持纸质优惠券"),
)


@dataclass(frozen=True, slots=True)
class Bill:
    """Lines and ledger of an order, with what delivery costs; `why` is set where staff changed the price."""

    lines: tuple[Line, ...]
    ledger: tuple[Entry, ...]
    shipping_fen: int = 0
    why: str | None = None


def till_lines(rng: Random, basket: Sequence[Wanted], member: bool) -> list[SaleLine]:
    """The lines as a till sends them: member price, and now and then a coupon."""
    return [_till_line(rng, wanted, member) for wanted in basket]


def _till_line(rng: Random, wanted: Wanted, member: bool) -> SaleLine:
    article, quantity = wanted
    amount = line_amount(article.price_fen, quantity)
    saved = amount - line_amount(_member_price(article), quantity) if member else 0
    coupon, shop = _coupon(rng, amount - saved)
    spelt = f"{quantity.normalize():f}"
    return SaleLine(article.code, None, spelt, amount, saved, coupon, shop, amount - saved - coupon)


def _member_price(article: Article) -> int:
    return article.price_fen if article.member_price_fen is None else article.member_price_fen


def _coupon(rng: Random, amount: int) -> tuple[int, int]:
    """(coupon, the shop's part of it) in fen; never more than half of the line."""
    if rng.random() > COUPON_CHANCE:
        return 0, 0
    coupon = min(rng.choice(COUPONS_FEN), amount // 2)
    drawn = rng.random()
    if drawn < SUPPLIERS:
        return coupon, 0
    return coupon, coupon if drawn < 0.9 else coupon // 2


def till_bill(basket: Sequence[Wanted], sold: Sequence[SaleLine]) -> Bill:
    """What the till's lines are in the shop's books."""
    lines = tuple(
        Line(wanted.article, wanted.quantity, None, line.list_fen, line.paid_fen)
        for wanted, line in zip(basket, sold, strict=True)
    )
    steps = [
        Step(lane, source, rule, sum(shares), tuple(shares), reason, bearer=bearer)
        for lane, source, rule, bearer, reason, shares in steps_of(sold)
    ]
    return Bill(lines, _entries(1, steps))


def online_bill(basket: Sequence[Wanted], place: Place, person: Person, fulfilment: str) -> Bill:
    """What the price engine makes of the basket; delivery by the ring of the address."""
    cart = Cart(tuple(_cart_lines(basket)), place.store.id, fulfilment, member=person.member_no is not None)
    priced = price(cart, _proposals, lambda current: _shipping(place, person, current))
    lines = tuple(
        Line(wanted.article, wanted.quantity, line.list_price_fen, line.list_fen, line.amount_fen)
        for wanted, line in zip(basket, priced.cart.lines, strict=True)
    )
    return Bill(lines, _entries(1, priced.steps), priced.shipping_fen)


def _cart_lines(basket: Sequence[Wanted]) -> list[CartLine]:
    lines = []
    for position, (article, quantity) in enumerate(basket, 1):
        amount = line_amount(article.price_fen, quantity)
        lines.append(
            CartLine(
                position, article.sku_id, article.product_id, quantity, article.price_fen, amount, amount,
                member_price_fen=article.member_price_fen,
            )
        )  # fmt: skip
    return lines


def _proposals(cart: Cart, lane: Lane) -> list[Proposal]:
    if lane is not Lane.UNIT_PRICE or not cart.member:
        return []
    saved = {
        line.position: line.list_fen - line_amount(line.member_price_fen, line.quantity)
        for line in cart.lines
        if line.member_price_fen is not None
    }
    return [Proposal("core", Adjustment("member_price", "会员价", per_line=saved))] if saved else []


def _shipping(place: Place, person: Person, cart: Cart) -> int:
    if cart.fulfilment != "delivery" or person.destination is None:
        return 0
    store, to = place.store, person.destination
    zone = zone_for(store.zones, distance_m(store.longitude, store.latitude, to.longitude, to.latitude))
    return delivery_fee(zone, cart.goods_fen) if zone else 0


def least_fen(place: Place) -> int:
    """The least amount of goods that every ring delivers."""
    return max(zone.min_amount_fen for zone in place.store.zones)


def adjusted(rng: Random, bill: Bill) -> Bill:
    """The bill after staff changed the price (改价), a line or the whole order, as the console does it."""
    rule, why = rng.choice(REASONS)
    amounts = [line.payable_fen for line in bill.lines]
    off = max(1, sum(amounts) * rng.randint(3, 12) // 100)
    if rule == "goodwill":
        steps, after = manual_steps(amounts, [], [OrderChange(rule, -off)])
    else:
        dearest = amounts.index(max(amounts))
        bearer = "supplier" if rule == "coupon" else "shop"
        change = LineChange(dearest + 1, rule, -min(off, amounts[dearest]), bearer)
        steps, after = manual_steps(amounts, [change], [])
    lines = tuple(replace(line, payable_fen=fen) for line, fen in zip(bill.lines, after, strict=True))
    kept = tuple(Entry(2, entry.seq, entry.step) for entry in bill.ledger)
    return Bill(lines, (*bill.ledger, *kept, *_entries(2, steps, MANUAL_SEQ)), bill.shipping_fen, why)


def _entries(version: int, steps: Sequence[Step], first: int = 0) -> tuple[Entry, ...]:
    return tuple(Entry(version, seq, step) for seq, step in enumerate(steps, first))
