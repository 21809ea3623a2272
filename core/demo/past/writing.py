"""The story's people, orders and goods as rows: COPY per table and portion, whatever their number."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import text

from core.analytics.dirty import mark_days
from core.buyers.domain import PRIVACY
from core.data.demologin import APPID
from core.db import db
from core.demo.past.copying import ids, put
from core.demo.past.shelves import Shelves, receipt_digest
from core.demo.past.things import Entry, Person, Sold
from core.demo.past.trades import payment_no, refund_id, refund_no
from core.demo.past.visits import Seen, first_touches
from core.settings.service import shop_settings
from core.tills.ledger import bigints

CHECK_AFTER = timedelta(seconds=5)
RESERVED = {
    "pending": "held", "paid": "firm", "preparing": "firm", "ready": "firm",
    "cancelled": "released", "closed": "released",
}  # fmt: skip
"""What became of the promise of an order in this state; in every other one the goods have left."""

Numbered = tuple[int, Sold]

_PROFILE = text("SELECT coalesce(max(version), 1) FROM payment_profile")
_BUYERS = text(
    """
    INSERT INTO buyer (member_no, phone, name, joined_at, tags, created_at)
    SELECT member_no, phone, name, CASE WHEN member_no IS NOT NULL THEN joined_at END, '{}', joined_at
    FROM unnest(CAST(:numbers AS text[]), CAST(:phones AS text[]), CAST(:names AS text[]),
                CAST(:joined AS timestamptz[])) WITH ORDINALITY AS p(member_no, phone, name, joined_at, position)
    ORDER BY position RETURNING id
    """
)
_ORDERS = "SELECT number, id FROM orders WHERE number = ANY(:keys)"
_LINES = "SELECT ARRAY[order_id, position], id FROM order_line WHERE order_id = ANY(:keys)"
_PAYMENTS = "SELECT order_id, id FROM payment WHERE order_id = ANY(:keys)"
_REFUNDS = "SELECT order_id, id FROM refund WHERE order_id = ANY(:keys)"
_SHELVES = text(
    """
    UPDATE stock s SET on_hand = s.on_hand + w.moved, reserved = s.reserved + w.promised, updated_at = :now
    FROM unnest(CAST(:stores AS bigint[]), CAST(:skus AS bigint[]), CAST(:moved AS numeric[]),
                CAST(:promised AS numeric[])) AS w(store_id, sku_id, moved, promised)
    WHERE s.store_id = w.store_id AND s.sku_id = w.sku_id
    """
)


def write_people(people: Sequence[Person]) -> dict[int, int]:
    """Buyers with identity, consent and address; returns their ids by index."""
    added = db.session.execute(_BUYERS, {
        "numbers": [p.member_no for p in people],
        "phones": [p.phone for p in people],
        "names": [p.name for p in people],
        "joined": [p.joined_at for p in people],
    })  # fmt: skip
    rows = list(zip(sorted(added.scalars()), people, strict=True))
    online = [(id_, p) for id_, p in rows if p.openid]
    put("buyer_identity", "appid, openid, buyer_id", [(APPID, p.openid, id_) for id_, p in online])
    version = shop_settings()["privacy_version"]
    put("consent", "buyer_id, document, version, given_at", [(id_, PRIVACY, version, p.joined_at) for id_, p in online])
    put(
        "address", "buyer_id, contact, phone, district_code, detail, longitude, latitude, is_default, created_at",
        [(id_, *_destination(p), True, p.joined_at) for id_, p in online if p.destination],
    )  # fmt: skip
    return {person.index: id_ for id_, person in rows}


def _destination(person: Person) -> tuple[Any, ...]:
    to = person.destination
    return (to.contact, to.phone, to.district_code, to.detail, to.longitude, to.latitude)


@dataclass(slots=True)
class Writer:
    """Writes portions of orders, and at the end what became of the stock. `buyers` are ids by index."""

    buyers: dict[int, int]
    promised: dict[tuple[int, int], Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def orders(self, sold: Sequence[Sold]) -> list[Numbered]:
        """Everything about these orders; returns them with their ids."""
        put("orders", _ORDER, [self._order(order) for order in sold])
        found = ids(_ORDERS, [order.number for order in sold])
        rows = [(found[order.number], order) for order in sold]
        put("order_line", _LINE, chain.from_iterable(_lines(*row) for row in rows))
        put("order_price_step", _STEP, chain.from_iterable(_steps(*row) for row in rows))
        put("order_move", _MOVE, chain.from_iterable(self._moves(*row) for row in rows))
        online = [row for row in rows if row[1].channel == "online"]
        put("handover", _HANDOVER, [_handover(*row) for row in online if row[1].handed_over_at])
        put("reservation", _RESERVATION, chain.from_iterable(self._reserved(*row) for row in online))
        self._money([row for row in online if row[1].paid_at])
        return rows

    def _order(self, o: Sold) -> tuple[Any, ...]:
        return (
            o.number, o.reference, o.digest, o.channel, o.place.store.id, self._buyer(o), o.state, o.fulfilment,
            sum(line.list_fen for line in o.lines), o.goods_fen, o.shipping_fen, o.payable_fen,
            o.refund.amount_fen if o.refund else 0, o.version, o.slot and o.slot.starts_at, o.slot and o.slot.ends_at,
            o.destination and orjson.dumps(asdict(o.destination), default=str).decode(), o.phone, o.remark,
            o.code if o.state in {"paid", "preparing", "ready"} else None, o.placed_at,
            o.pay_by if o.state in {"pending", "closed"} else None, o.paid_at, o.completed_at,
        )  # fmt: skip

    def _buyer(self, order: Sold) -> int | None:
        return None if order.person is None else self.buyers[order.person.index]

    def _moves(self, id_: int, order: Sold) -> Iterator[tuple[Any, ...]]:
        for move in order.moves:
            actor_id = self._buyer(order) if move.actor == "buyer" else move.actor_id
            yield (id_, move.source, move.target, move.at, move.actor, actor_id, move.why)

    def _reserved(self, id_: int, order: Sold) -> Iterator[tuple[Any, ...]]:
        state = RESERVED.get(order.state, "consumed")
        for line in order.lines:
            if state in {"held", "firm"}:
                self.promised[order.place.store.id, line.article.sku_id] += line.quantity
            yield (id_, order.place.store.id, line.article.sku_id, line.quantity, state)

    def _money(self, rows: Sequence[Numbered]) -> None:
        profile = db.session.execute(_PROFILE).scalar_one()
        put("payment", _PAYMENT, [
            (id_, payment_no(o), o.payable_fen, o.version, profile, APPID, o.person.openid,
             "paid", o.paid_at - CHECK_AFTER, o.pay_by, o.transaction_id, o.paid_at, o.paid_at, o.paid_at - CHECK_AFTER)
            for id_, o in rows
        ])  # fmt: skip
        self._refunds([row for row in rows if row[1].refund])

    def _refunds(self, rows: Sequence[Numbered]) -> None:
        keys = [id_ for id_, _ in rows]
        payments = ids(_PAYMENTS, keys)
        put("refund", _REFUND, [
            (id_, payments[id_], o.refund.key, refund_no(o), o.refund.amount_fen, o.refund.shipping_fen,
             "customer", o.refund.reason, "success", refund_id(o), 1, o.refund.at,
             *self._refunder(o), o.refund.at, o.refund.at + CHECK_AFTER)
            for id_, o in rows
        ])  # fmt: skip
        refunds = ids(_REFUNDS, keys)
        lines = {tuple(key): id_ for key, id_ in db.session.execute(text(_LINES), {"keys": keys})}
        put("refund_line", "refund_id, line_id, quantity, amount_fen, restock", [
            (refunds[id_], lines[id_, part.position], part.quantity, part.amount_fen, o.refund.restock)
            for id_, o in rows
            for part in o.refund.parts
        ])  # fmt: skip

    def _refunder(self, order: Sold) -> tuple[str, int | None]:
        if order.refund.staff_id:
            return "staff", order.refund.staff_id
        return "buyer", self._buyer(order)

    def goods(self, shelves: Shelves, now: datetime) -> None:
        """Receipts, moves in the order in which they happened, and what lies on the shelves now."""
        put("stock_receipt", "number, store_id, received_at, digest, line_count",
            [(r.number, r.store_id, r.at, receipt_digest(r), len(r.lines)) for r in shelves.receipts])  # fmt: skip
        moves = sorted(shelves.moves, key=lambda move: move.at)
        put("stock_move", "store_id, sku_id, kind, quantity, ref, at", moves)
        total: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
        for move in moves:
            total[move.store_id, move.sku_id] += move.quantity
        touched = sorted(total.keys() | self.promised.keys())
        db.session.execute(
            _SHELVES,
            {
                "stores": [store for store, _ in touched],
                "skus": [sku for _, sku in touched],
                "moved": [total.get(shelf, Decimal(0)) for shelf in touched],
                "promised": [self.promised.get(shelf, Decimal(0)) for shelf in touched],
                "now": now,
            },
        )


def write_visits(seen: Sequence[Seen], buyers: dict[int, int]) -> None:
    """Visits, each known buyer's first one, and the days whose figures have to be computed."""
    put("visit", "day, visitor, scene, store_id, buyer_id, at", [
        (one.day, one.visitor, one.scene, one.store_id, None if one.index is None else buyers[one.index], one.at)
        for one in seen
    ])  # fmt: skip
    touches = first_touches(seen)
    put("buyer_touch", "buyer_id, scene, at", [(buyers[i], one.scene, one.at) for i, one in touches.items()])
    mark_days(sorted({one.day for one in seen}))


_ORDER = (
    "number, reference, request_digest, channel, store_id, buyer_id, state, fulfilment, list_fen, goods_fen,"
    " shipping_fen, payable_fen, refunded_fen, price_version, slot_starts_at, slot_ends_at, delivery_to, contact_phone,"
    " remark, pickup_code, placed_at, pay_by, paid_at, completed_at"
)
_LINE = (
    "order_id, position, sku_id, sku_code, title, spec, unit, quantity, list_price_fen, list_fen, payable_fen,"
    " refunded_quantity, refunded_fen"
)
_STEP = (
    "order_id, price_version, seq, lane, source, rule, rule_version, bearer, amount_fen, allocation, reason"
)
_MOVE = "order_id, from_state, to_state, at, actor, actor_id, why"
_HANDOVER = "order_id, store_id, staff_id, staff_name, code, method, at"
_RESERVATION = "order_id, store_id, sku_id, quantity, state"
_PAYMENT = (
    "order_id, out_trade_no, amount_fen, price_version, profile_version, appid, openid, state, prepared_at,"
    " expires_at, transaction_id, paid_at, next_check_at, created_at"
)
_REFUND = (
    "order_id, payment_id, request_key, out_refund_no, amount_fen, shipping_fen, kind, reason, state, refund_id,"
    " attempts, next_try_at, actor, actor_id, created_at, done_at"
)


def _lines(id_: int, order: Sold) -> Iterator[tuple[Any, ...]]:
    for position, line in enumerate(order.lines, 1):
        article = line.article
        yield (
            id_, position, article.sku_id, article.code, article.title, article.spec, article.unit, line.quantity,
            line.unit_fen, line.list_fen, line.payable_fen, line.refunded_quantity, line.refunded_fen,
        )  # fmt: skip


def _steps(id_: int, order: Sold) -> Iterator[tuple[Any, ...]]:
    for version, seq, step in map(Entry._make, order.ledger):
        yield (
            id_, version, seq, step.lane, step.source, step.rule, step.rule_version, step.bearer, step.amount_fen,
            bigints(step.allocation), step.reason,
        )  # fmt: skip


def _handover(id_: int, o: Sold) -> tuple[Any, ...]:
    code = o.code if o.fulfilment == "pickup" else None
    return (id_, o.place.store.id, o.place.staff_id, o.place.staff_name, code, o.method, o.handed_over_at)
