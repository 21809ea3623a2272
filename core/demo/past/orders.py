"""One order of the past: a till's sale, or a shopper's with its course. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from core.clock import shop_time
from core.demo.past import courses, prices, refunds
from core.demo.past.things import Move, Person, Place, Sold, Wanted
from core.orders.service import Checkout
from core.pricing.service import Wanted as Request
from core.stores.domain import Slot, slots
from core.tills.domain import Sale

ENDINGS, ENDING_WEIGHTS = ("completed", "cancelled", "closed"), (940, 28, 32)
ADJUST_CHANCE = 0.02
BY_PHONE = 0.09
"""How many customers are known by their phone's last digits, having no code at hand."""
SLOTS_AHEAD = 5
DELIVERED = 0.8
"""How many of those who live near a store have their goods brought, if the basket is worth it."""
REMARK_CHANCE = 0.4
REMARKS = ("麻烦挑新鲜一点", "不要塑料袋", "放门口即可", "鸡蛋请单独装", "到了打电话", "有老人在家，请轻敲门")


@dataclass(slots=True)
class Maker:
    """Makes orders; numbers and codes are drawn anew until nobody has them."""

    end: datetime
    numbers: set[str] = field(default_factory=set)
    _sequence: dict[str, int] = field(default_factory=dict)

    def till_sale(
        self, rng: Random, place: Place, person: Person | None, basket: Sequence[Wanted], at: datetime, actor_id: int
    ) -> Sold:
        """A sale at a till, completed when it arrives."""
        lines = prices.till_lines(rng, basket, person is not None)
        bill = prices.till_bill(basket, lines)
        sale = Sale(
            self._receipt_number(rng, place, at), place.store.code, person and person.member_no, at.astimezone(UTC),
            "pos", tuple(lines), sum(line.paid_fen for line in lines),
        )  # fmt: skip
        return Sold(
            number=self._number(rng, at),
            reference=sale.order_no,
            digest=sale.digest(),
            channel="pos",
            place=place,
            person=person,
            fulfilment="counter",
            lines=bill.lines,
            ledger=bill.ledger,
            moves=(Move(None, "completed", at, "till", actor_id, "收银上传"),),
        )

    def shopper_order(
        self, rng: Random, place: Place, person: Person, basket: Sequence[Wanted], at: datetime
    ) -> Sold:
        """An online order as far as it has come by the end of the story."""
        order = self._placed(rng, place, person, basket, at)
        method = "phone" if rng.random() < BY_PHONE else "code"
        ending = rng.choices(ENDINGS, ENDING_WEIGHTS)[0]
        bill = prices.Bill(order.lines, order.ledger, order.shipping_fen)
        if ending == "completed" and rng.random() < ADJUST_CHANCE:
            bill = prices.adjusted(rng, bill)
        moves = courses.course(rng, at, place, person, order.fulfilment, order.slot, ending, method, bill.why)
        return self._finished(rng, order, bill, moves, method)

    def order_at(
        self, rng: Random, place: Place, person: Person, basket: Sequence[Wanted], state: str, ages: Sequence[int]
    ) -> Sold:
        """An online order that stands at `state` when the story ends; `ages` in minutes, see `courses.brought_to`."""
        order = self._placed(rng, place, person, basket, self.end - timedelta(minutes=ages[0]), state)
        moves = courses.brought_to(rng, state, self.end, place, order.fulfilment, ages)
        return self._finished(rng, order, prices.Bill(order.lines, order.ledger, order.shipping_fen), moves, "code")

    def _placed(
        self, rng: Random, place: Place, person: Person, basket: Sequence[Wanted], at: datetime, state: str = ""
    ) -> Sold:
        delivered = state in {"shipped", "delivered"} or (state not in {"ready"} and rng.random() < DELIVERED)
        fulfilment = "delivery" if person.destination and delivered and worth_it(basket, place) else "pickup"
        bill = prices.online_bill(basket, place, person, fulfilment)
        slot = _slot(rng, place, at) if fulfilment == "pickup" else None
        destination = person.destination if fulfilment == "delivery" else None
        reference = f"{rng.getrandbits(128):032x}"
        request = Request(
            place.store.id, fulfilment, tuple((w.article.sku_id, w.quantity) for w in basket), person.index,
            person.member_no is not None, slot and slot.starts_at, destination,
        )  # fmt: skip
        remark = rng.choice(REMARKS) if rng.random() < REMARK_CHANCE else ""
        return Sold(
            number=self._number(rng, at),
            reference=reference,
            digest=Checkout(request, reference, person.contact_phone, remark).digest(),
            channel="online",
            place=place,
            person=person,
            fulfilment=fulfilment,
            lines=bill.lines,
            ledger=bill.ledger,
            moves=(),
            shipping_fen=bill.shipping_fen,
            slot=slot,
            destination=destination,
            phone=person.contact_phone,
            remark=remark,
        )

    def _finished(
        self, rng: Random, order: Sold, bill: prices.Bill, moves: Sequence[Move], method: str
    ) -> Sold:
        happened = courses.until(moves, self.end)
        changed = len(happened) > 1 and happened[1].source == happened[1].target
        if not changed and bill.why:
            bill = prices.Bill(order.lines, order.ledger, order.shipping_fen)
        values = {name: getattr(order, name) for name in Sold.__dataclass_fields__}
        sold = Sold(
            **values
            | {
                "lines": bill.lines,
                "ledger": bill.ledger,
                "moves": happened,
                "pay_by": happened[0].at + timedelta(minutes=courses.PAY_MINUTES),
                "code": f"{rng.randrange(10**8):08d}" if order.fulfilment == "pickup" else None,
                "method": method if order.fulfilment == "pickup" else "courier",
                "transaction_id": f"4200{rng.randrange(10**24):024d}",
            }
        )
        return refunds.given_back(rng, sold, self.end)

    def _number(self, rng: Random, at: datetime) -> str:
        """Shop date and ten digits, as `core.orders.domain.new_number` makes them, but drawn from the seed."""
        while True:
            number = f"{shop_time(at):%y%m%d}{rng.randrange(10**10):010d}"
            if number not in self.numbers:
                self.numbers.add(number)
                return number

    def _receipt_number(self, rng: Random, place: Place, at: datetime) -> str:
        """Store, lane, day and the sale's number of the day in that store."""
        day = f"{place.store.code}-{shop_time(at):%y%m%d}"
        self._sequence[day] = self._sequence.get(day, 0) + 1
        return f"{day}-{rng.randint(1, 6):02d}-{self._sequence[day]:04d}"


def worth_it(basket: Sequence[Wanted], place: Place) -> bool:
    """Whether the basket surely reaches the least amount of a delivery, cheapest price and all."""
    amount = sum(Decimal(w.article.member_price_fen or w.article.price_fen) * w.quantity for w in basket)
    return amount >= prices.least_fen(place) + len(basket)


def _slot(rng: Random, place: Place, at: datetime) -> Slot | None:
    found = slots(place.store, at, 2)[:SLOTS_AHEAD]
    return rng.choice(found) if found else None


def fingerprint(orders: Sequence[Sold]) -> str:
    """SHA-256 of everything that the story says of these orders."""
    told = hashlib.sha256()
    for order in orders:
        told.update(repr((order.number, order.reference, order.state, order.lines, order.ledger, order.moves)).encode())
        told.update(repr((order.shipping_fen, order.code, order.refund, order.person and order.person.index)).encode())
    return told.hexdigest()
