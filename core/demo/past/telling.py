"""The events of the past, through the outbox as always, dated by the clock at which they happened.

Readiness and handing over are not told again: they would send messages to shoppers and shipping notes to WeChat about
goods that are long gone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from core.clock import now, shop_time, travel
from core.demo.past.things import Sold
from core.demo.past.trades import refund_no
from core.demo.past.writing import Numbered
from core.host import outbox
from core.orders.domain import FINAL
from core.plugin import (
    DomainEvent,
    LineFact,
    OrderCancelled,
    OrderClosed,
    OrderCompleted,
    OrderPaid,
    OrderPlaced,
    OrderRefunded,
)

Told = tuple[datetime, DomainEvent]


def tell(rows: Iterable[Numbered], buyers: dict[int, int]) -> None:
    """Write the events of these orders, day by day; the caller commits."""
    days: dict[object, list[Told]] = defaultdict(list)
    for id_, order in rows:
        for at, event in _events(id_, order, buyers):
            days[shop_time(at).date()].append((at, event))
    for day in sorted(days):
        told = sorted(days[day], key=lambda one: one[0])
        with travel((told[-1][0] - now()).total_seconds()):
            outbox.emit(*[event for _, event in told])


def _events(id_: int, order: Sold, buyers: dict[int, int]) -> Iterator[Told]:
    known = {
        "order_id": id_,
        "number": order.number,
        "channel": order.channel,
        "store_id": order.place.store.id,
        "buyer_id": order.person and buyers[order.person.index],
    }
    if order.channel == "online":
        yield from _shoppers_events(order, known)
    if order.completed_at:
        yield order.completed_at, OrderCompleted(**known, **_sums(order), placed_at=_iso(order.placed_at))
    if order.refund:
        yield order.refund.at, _refunded(order, known)


def _shoppers_events(order: Sold, known: dict) -> Iterator[Told]:
    lines = _facts(order)
    due = order.pay_by.astimezone(UTC).isoformat()
    goods = {"goods_fen": order.goods_fen, "shipping_fen": order.shipping_fen}
    yield order.placed_at, OrderPlaced(**known, **goods, payable_fen=order.payable_fen, pay_by=due, lines=lines)
    if order.paid_at:
        yield order.paid_at, OrderPaid(**known, **_sums(order), transaction_id=order.transaction_id, lines=lines)
    last = order.moves[-1]
    if order.state in FINAL - {"completed"}:
        if order.state == "closed":
            yield last.at, OrderClosed(**known, why=last.why)
        else:
            yield last.at, OrderCancelled(**known, why=last.why, paid_fen=order.payable_fen)


def _sums(order: Sold) -> dict[str, int]:
    return {"goods_fen": order.goods_fen, "shipping_fen": order.shipping_fen, "paid_fen": order.payable_fen}


def _facts(order: Sold) -> tuple[LineFact, ...]:
    return tuple(
        LineFact(n, line.article.sku_id, line.article.code, line.quantity, line.list_fen, line.payable_fen)
        for n, line in enumerate(order.lines, 1)
    )


def _refunded(order: Sold, known: dict) -> OrderRefunded:
    refund, lines = order.refund, order.lines
    parts: Sequence[LineFact] = [
        LineFact(
            part.position, lines[part.position - 1].article.sku_id, lines[part.position - 1].article.code,
            part.quantity, lines[part.position - 1].list_fen, part.amount_fen,
        )
        for part in refund.parts
    ]  # fmt: skip
    return OrderRefunded(
        **known,
        refund_no=refund_no(order),
        amount_fen=refund.amount_fen,
        shipping_fen=refund.shipping_fen,
        full=refund.amount_fen == order.payable_fen,
        lines=tuple(parts),
    )


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()
