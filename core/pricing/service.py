"""Quotes: load the lines and the store, let core and plugins propose, say everything that stands in the way."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import RowMapping, text

from core.clock import now
from core.db import db
from core.money import line_amount
from core.plugin import Adjustment, Cart, CartLine, Context, Lane, Problem
from core.pricing.asking import Asking, Market
from core.pricing.choices import Choices, frozen
from core.pricing.domain import Priced, Proposal, price
from core.stores.domain import Slot, StoreFacts, delivery_fee, distance_m, slot_starting, zone_for
from core.stores.service import find_store

MAX_LINES = 200


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a delivery goes: a snapshot that outlives the buyer's address book."""

    contact: str
    phone: str
    district_code: str
    detail: str
    longitude: Decimal
    latitude: Decimal


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a shopper asks a price for: each SKU once, quantities positive; `choices` are JSON types by plugin."""

    store_id: int
    fulfilment: str
    lines: tuple[tuple[int, Decimal], ...]
    buyer_id: int | None = None
    member: bool = False
    slot_starts_at: datetime | None = None
    destination: Destination | None = None
    choices: Choices = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quote:
    """A priced cart: `rows` are the catalog rows behind the lines; `incomplete` names price plugins that failed.

    `terms` is what each plugin read for it.
    """

    wanted: Wanted
    store: StoreFacts
    rows: tuple[RowMapping, ...]
    priced: Priced
    problems: tuple[Problem, ...]
    incomplete: tuple[str, ...]
    slot: Slot | None
    distance_m: int | None
    terms: Mapping[str, Hashable]


_LINES = text(
    """
    SELECT w.position, w.quantity, w.sku_id AS wanted_id, s.id AS sku_id, s.product_id, s.code, s.spec, s.unit, s.weighed,
           s.list_price_fen, s.member_price_fen, s.active AND p.on_shelf AS sold, p.title, p.category_id,
           coalesce(st.on_hand - st.reserved - st.safety, 0) AS sellable
    FROM unnest(CAST(:skus AS bigint[]), CAST(:quantities AS numeric[])) WITH ORDINALITY AS w(sku_id, quantity, position)
    LEFT JOIN sku s ON s.id = w.sku_id
    LEFT JOIN product p ON p.id = s.product_id
    LEFT JOIN stock st ON st.store_id = :store AND st.sku_id = w.sku_id
    ORDER BY w.position
    """
)


def quote(wanted: Wanted, context: Context, market: Market) -> Quote:
    """Price what a shopper wants; problems are collected, never raised (except StoreNotFound)."""
    store = find_store(wanted.store_id)
    rows = _load_lines(wanted)
    known = [row for row in rows if row["sku_id"] is not None]
    cart = _cart(wanted, known)
    metres = _distance(wanted, store)
    slot = _slot(wanted, store)
    asking = Asking(context, market)
    asking.load(cart)
    priced = price(
        cart,
        lambda current, lane: [*_own_proposals(current, lane), *asking.propose(current, lane)],
        lambda current: _shipping(wanted, store, metres, current),
    )
    asking.check_ledger(cart, priced)
    problems = [
        *_line_problems(rows),
        *_store_problems(wanted, store, slot),
        *_delivery_problems(wanted, store, metres, priced),
        *asking.problems(priced.cart),
    ]
    failed = tuple(sorted(asking.failed))
    return Quote(wanted, store, tuple(known), priced, tuple(problems), failed, slot, metres, asking.terms)


def _load_lines(wanted: Wanted) -> Sequence[RowMapping]:
    values = {
        "skus": [sku for sku, _ in wanted.lines],
        "quantities": [quantity for _, quantity in wanted.lines],
        "store": wanted.store_id,
    }
    return db.session.execute(_LINES, values).mappings().all()


def _cart(wanted: Wanted, rows: Iterable[RowMapping]) -> Cart:
    lines = []
    for row in rows:
        amount = line_amount(row["list_price_fen"], row["quantity"])
        lines.append(
            CartLine(
                position=row["position"],
                sku_id=row["sku_id"],
                product_id=row["product_id"],
                quantity=row["quantity"],
                list_price_fen=row["list_price_fen"],
                list_fen=amount,
                amount_fen=amount,
                category_id=row["category_id"],
                member_price_fen=row["member_price_fen"],
            )
        )
    return Cart(
        tuple(lines), wanted.store_id, wanted.fulfilment, wanted.buyer_id, wanted.member, choices=frozen(wanted.choices)
    )


def _own_proposals(cart: Cart, lane: Lane) -> list[Proposal]:
    """The core's: members pay the member price (会员价)."""
    if lane is not Lane.UNIT_PRICE or not cart.member:
        return []
    saved = {
        line.position: line.list_fen - line_amount(line.member_price_fen, line.quantity)
        for line in cart.lines
        if line.member_price_fen is not None and line.member_price_fen < line.list_price_fen
    }
    return [Proposal("core", Adjustment("member_price", "会员价", per_line=saved))] if saved else []


def _distance(wanted: Wanted, store: StoreFacts) -> int | None:
    if wanted.destination is None:
        return None
    place = wanted.destination
    return distance_m(store.longitude, store.latitude, place.longitude, place.latitude)


def _slot(wanted: Wanted, store: StoreFacts) -> Slot | None:
    if wanted.fulfilment != "pickup" or wanted.slot_starts_at is None:
        return None
    return slot_starting(store, wanted.slot_starts_at, now())


def _shipping(wanted: Wanted, store: StoreFacts, metres: int | None, cart: Cart) -> int:
    if wanted.fulfilment != "delivery" or metres is None:
        return 0
    zone = zone_for(store.zones, metres)
    return delivery_fee(zone, cart.goods_fen) if zone else 0


def _line_problems(rows: Iterable[RowMapping]) -> Iterable[Problem]:
    for row in rows:
        position = row["position"]
        if row["sku_id"] is None:
            yield Problem("unknown_sku", "商品不存在或已删除，请从购物车移除", position)
        elif not row["sold"]:
            yield Problem("off_shelf", f"{row['title']} 已下架，请从购物车移除", position)
        elif row["quantity"] > row["sellable"]:
            left = max(row["sellable"], Decimal(0)).normalize()
            yield Problem("out_of_stock", f"{row['title']} 库存不足，当前可售 {left:f}{row['unit']}", position)
        elif not row["weighed"] and row["quantity"] != row["quantity"].to_integral_value():
            yield Problem("whole_units_only", f"{row['title']} 只能按整{row['unit']}购买", position)


def _store_problems(wanted: Wanted, store: StoreFacts, slot: Slot | None) -> Iterable[Problem]:
    if not store.active:
        yield Problem("store_closed", f"{store.name} 暂停营业，请选择其他门店")
    if wanted.fulfilment == "pickup" and not store.pickup:
        yield Problem("no_pickup", f"{store.name} 不支持到店自提")
    if wanted.fulfilment == "pickup" and wanted.slot_starts_at is not None and slot is None:
        yield Problem("slot_gone", "所选自提时段已过，请重新选择")


def _delivery_problems(
    wanted: Wanted, store: StoreFacts, metres: int | None, priced: Priced
) -> Iterable[Problem]:
    if wanted.fulfilment != "delivery":
        return
    if not store.delivery:
        yield Problem("no_delivery", f"{store.name} 不支持同城配送")
    if metres is None:
        yield Problem("address_required", "请选择收货地址")
        return
    zone = zone_for(store.zones, metres)
    if zone is None:
        yield Problem("out_of_range", f"收货地址距门店 {metres} 米，超出配送范围")
    elif (goods := _before_coupons(priced)) < zone.min_amount_fen:
        yield Problem("below_minimum", f"还差 {(zone.min_amount_fen - goods) / 100:.2f} 元起送")


def _before_coupons(priced: Priced) -> int:
    """Goods after promotions, before coupons: what minimum amounts are measured by (domain-rules §3)."""
    return sum(s.amount_fen for s in priced.steps if s.lane in {"list", Lane.UNIT_PRICE, Lane.PROMOTION})
