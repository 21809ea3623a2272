"""Taking sales of the tills in bulk: however many, always the same number of statements (two per store come on top).

A sale is an order that is completed when it arrives, with line amounts as given. A bad sale does not stop its
neighbours; a repeated one changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import text

from core.clock import now
from core.db import db
from core.host import outbox
from core.orders.domain import new_number
from core.orders.service import Actor
from core.plugin import OrderCompleted
from core.stock import service as stock
from core.tills import statements
from core.tills.domain import MAX_SALES, Sale, SaleLine, order_no_of, read_sale
from core.tills.errors import BadBulk, SaleFault
from core.tills.ledger import bigints, ledger_rows, texts

CLOCKS_DIFFER = timedelta(days=1)
"""A till whose clock runs ahead by less than this is believed."""


class Result(NamedTuple):
    """What became of one sale: created, exists or error."""

    order_no: str | None
    status: str
    number: str | None = None
    code: str | None = None
    message: str | None = None
    field: str | None = None


@dataclass(slots=True)
class _Known:
    """The shop's own ids of everything the sales name."""

    store: dict[str, int] = field(default_factory=dict)
    member: dict[str, int] = field(default_factory=dict)
    sku: dict[str, int] = field(default_factory=dict)
    barcode: dict[str, int] = field(default_factory=dict)
    order: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Taken(NamedTuple):
    """A sale that can be booked, its references resolved."""

    index: int
    sale: Sale
    digest: str
    number: str
    store_id: int
    buyer_id: int | None
    sku_ids: list[int]


def take_sales(raw: Sequence[Any], actor: Actor) -> list[Result]:
    """Book up to MAX_SALES sales of parsed JSON; one result each, in order. The caller commits.

    Raises BadBulk for too many. Error codes: invalid, unknown_field, too_many_lines, amounts_mismatch,
    store_not_found, member_not_found, sku_not_found, reference_reused.
    """
    if len(raw) > MAX_SALES:
        raise BadBulk(f"一次最多上传 {MAX_SALES} 个订单，收到 {len(raw)} 个", code="too_many_orders", field="orders")
    results: list[Result | None] = [None] * len(raw)
    sales = _read(raw, results)
    known = _look_up([sale for _, sale in sales])
    taken = _resolve(sales, known, results)
    if taken:
        _book(taken, actor, results)
    return [result for result in results if result is not None]


def _read(raw: Sequence[Any], results: list[Result | None]) -> list[tuple[int, Sale]]:
    latest = now() + CLOCKS_DIFFER
    sales = []
    for index, one in enumerate(raw):
        try:
            sales.append((index, read_sale(one, latest)))
        except SaleFault as fault:
            results[index] = _error(order_no_of(one), fault)
    return sales


def _error(order_no: str | None, fault: SaleFault) -> Result:
    return Result(order_no, "error", None, fault.code, fault.message, fault.field)


def _look_up(sales: Sequence[Sale]) -> _Known:
    lines = [line for sale in sales for line in sale.lines]
    values = {
        "stores": list({sale.store_code for sale in sales}),
        "members": list({sale.member_no for sale in sales if sale.member_no}),
        "skus": list({line.sku for line in lines if line.sku}),
        "barcodes": list({line.barcode for line in lines if line.barcode}),
        "orders": [sale.order_no for sale in sales],
    }
    known = _Known()
    for kind, key, id_, digest, number in db.session.execute(statements.LOOK_UP, values):
        getattr(known, kind)[key] = (digest, number) if kind == "order" else id_
    return known


def _resolve(sales: Iterable[tuple[int, Sale]], known: _Known, results: list[Result | None]) -> list[_Taken]:
    moment, taken = now(), []
    for index, sale in sales:
        try:
            digest = sale.digest()
            if sale.order_no in known.order:
                results[index] = _repeated(sale, digest, known.order[sale.order_no])
                continue
            one = _Taken(index, sale, digest, new_number(moment), *_references(sale, known))
        except SaleFault as fault:
            results[index] = _error(sale.order_no, fault)
            continue
        known.order[sale.order_no] = (digest, one.number)
        taken.append(one)
    return taken


def _repeated(sale: Sale, digest: str, before: tuple[str, str]) -> Result:
    if digest == before[0]:
        return Result(sale.order_no, "exists", before[1])
    return Result(
        sale.order_no, "error", None, "reference_reused", f"单号 {sale.order_no} 已用于不同的内容", "order_no"
    )


def _references(sale: Sale, known: _Known) -> tuple[int, int | None, list[int]]:
    store_id = known.store.get(sale.store_code)
    if store_id is None:
        raise SaleFault("store_not_found", f"没有编码为 {sale.store_code} 的门店", "store_code")
    buyer_id = known.member.get(sale.member_no) if sale.member_no else None
    if sale.member_no and buyer_id is None:
        raise SaleFault("member_not_found", f"没有会员号为 {sale.member_no} 的会员", "member_no")
    return store_id, buyer_id, [_sku_id(line, index, known) for index, line in enumerate(sale.lines)]


def _sku_id(line: SaleLine, index: int, known: _Known) -> int:
    found = known.sku.get(line.sku) if line.sku else known.barcode.get(line.barcode or "")
    if found is None:
        place = "sku" if line.sku else "barcode"
        raise SaleFault("sku_not_found", f"没有商品 {line.sku or line.barcode}", f"lines.{index}.{place}")
    return found


def _book(taken: list[_Taken], actor: Actor, results: list[Result | None]) -> None:
    ids = _insert_orders(taken, actor)
    booked = [one for one in taken if one.sale.order_no in ids]
    _insert_lines(booked, ids)
    db.session.execute(statements.STEPS, ledger_rows([(ids[one.sale.order_no], one.sale) for one in booked]))
    _move_stock(booked)
    outbox.emit(*[_completed(one, ids[one.sale.order_no]) for one in booked])
    for one in booked:
        results[one.index] = Result(one.sale.order_no, "created", one.number)
    if len(booked) < len(taken):
        _answer_overtaken([one for one in taken if one.sale.order_no not in ids], results)


def _insert_orders(taken: Sequence[_Taken], actor: Actor) -> dict[str, int]:
    """Ids by order number; an order that somebody else booked meanwhile is missing."""
    values = {
        "numbers": [one.number for one in taken],
        "references": [one.sale.order_no for one in taken],
        "digests": [one.digest for one in taken],
        "channels": [one.sale.channel for one in taken],
        "stores": bigints(one.store_id for one in taken),
        "buyers": bigints(one.buyer_id for one in taken),
        "lists": bigints(one.sale.list_fen for one in taken),
        "payables": bigints(one.sale.paid_fen for one in taken),
        "moments": [one.sale.placed_at for one in taken],
        "actor": actor.kind,
        "actor_id": actor.id,
        "now": now(),
    }
    return {row.reference: row.id for row in db.session.execute(statements.ORDERS, values)}


def _insert_lines(booked: Sequence[_Taken], ids: dict[str, int]) -> None:
    lines = [
        (ids[one.sale.order_no], position, sku_id, line)
        for one in booked
        for position, (sku_id, line) in enumerate(zip(one.sku_ids, one.sale.lines, strict=True), 1)
    ]
    values = {
        "orders": bigints(order for order, _, _, _ in lines),
        "positions": bigints(position for _, position, _, _ in lines),
        "skus": bigints(sku for _, _, sku, _ in lines),
        "quantities": texts(line.quantity for _, _, _, line in lines),
        "lists": bigints(line.list_fen for _, _, _, line in lines),
        "payables": bigints(line.paid_fen for _, _, _, line in lines),
    }
    db.session.execute(statements.LINES, values)


def _move_stock(booked: Sequence[_Taken]) -> None:
    """What the tills sold leaves the shelves, summed per store; history (`past`) moves nothing."""
    sold: dict[int, dict[int, Decimal]] = {}
    named: dict[int, str] = {}
    for one in booked:
        if one.sale.channel != "pos":
            continue
        named.setdefault(one.store_id, one.sale.order_no)
        shelf = sold.setdefault(one.store_id, {})
        for sku_id, line in zip(one.sku_ids, one.sale.lines, strict=True):
            shelf[sku_id] = shelf.get(sku_id, Decimal(0)) - Decimal(line.quantity)
    for store_id in sorted(sold):
        stock.move(store_id, "pos", f"{named[store_id]}…", list(sold[store_id].items()))


def _completed(one: _Taken, order_id: int) -> OrderCompleted:
    return OrderCompleted(
        order_id=order_id,
        number=one.number,
        channel=one.sale.channel,
        store_id=one.store_id,
        buyer_id=one.buyer_id,
        goods_fen=one.sale.paid_fen,
        shipping_fen=0,
        paid_fen=one.sale.paid_fen,
        placed_at=one.sale.placed_at.isoformat(),
    )


_AGAIN = text(
    "SELECT reference, request_digest, number FROM orders WHERE reference = ANY(:refs) AND channel <> 'online'"
)


def _answer_overtaken(missing: Sequence[_Taken], results: list[Result | None]) -> None:
    """Another call booked these between our look and our insert: their rows are visible now."""
    refs = [one.sale.order_no for one in missing]
    before = {row.reference: (row.request_digest, row.number) for row in db.session.execute(_AGAIN, {"refs": refs})}
    for one in missing:
        results[one.index] = _repeated(one.sale, one.digest, before[one.sale.order_no])
