"""The golden example of domain-rules §3 through real hooks, to the fen, with the shares of a partial refund."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import text

from core.db import db
from core.money import allocate, cumulative_share
from core.openkeys import service as keys
from core.orders import service
from core.orders.service import SYSTEM
from core.payments import refunds
from core.payments.refunds import RefundLine
from core.plugin import Lane, PriceStep
from core.plugin.pricing import Adjustment
from tests.core.console_http import acting
from tests.core.extensions import tiny
from tests.core.extensions.conftest import order, quote, switch

LINES = (("MILK", 2), ("YOGURT", 3), ("OIL", 1))
CHOICES = {"voucher": {"code": "C5"}, "credit": {"use": 300}}
PRICING = ("credit", "level", "reduction", "timed", "voucher")


def delivered(shop):
    address = acting.one(shop, "SELECT id::text FROM address WHERE buyer_id = :buyer", buyer=shop.buyer_id)
    return {"fulfilment": "delivery", "address_id": address, "choices": CHOICES}


def ledger(answer):
    return [(s["lane"], s["source"], s["rule"], s["amount_fen"], tuple(s["allocation"])) for s in answer["steps"]]


EXPECTED = [
    ("list", "core", "list_price", 7660, (2560, 1800, 3300)),
    ("unit_price", "level", "gold", -128, (-128, 0, 0)),
    ("unit_price", "timed", "five", -300, (0, -300, 0)),
    ("promotion", "reduction", "full60", -800, (-269, -166, -365)),
    ("coupon", "voucher", "C5", -500, (-309, -191, 0)),
    ("credit", "credit", "use", -300, (-186, -114, 0)),
    ("shipping", "core", "delivery_fee", 500, ()),
]


def test_golden_example_is_quoted_and_ordered_to_the_fen(shop):
    switch(shop, *PRICING)
    quoted = quote(shop, *LINES, **delivered(shop))
    assert ledger(quoted) == EXPECTED
    assert [line["amount_fen"] for line in quoted["lines"]] == [1668, 1029, 2935]
    assert (quoted["goods_fen"], quoted["shipping_fen"], quoted["payable_fen"]) == (5632, 500, 6132)
    assert (quoted["complete"], quoted["incomplete"], quoted["notice"], quoted["orderable"]) == (True, [], None, True)

    placed = order(shop, "golden-0001", *LINES, **delivered(shop), expected_payable_fen=6132)
    assert placed.status_code == 201, placed.text
    read = shop.get(f"/store/api/v1/orders/{placed.json['number']}", token=shop.buyer_token).json
    assert ledger(read) == EXPECTED
    assert tiny.claimed == {
        "credit": (PriceStep(Lane.CREDIT, "use", 300, {1: 186, 2: 114}),),
        "level": (PriceStep(Lane.UNIT_PRICE, "gold", 128, {1: 128}),),
        "reduction": (PriceStep(Lane.PROMOTION, "full60", 800, {1: 269, 2: 166, 3: 365}),),
        "timed": (PriceStep(Lane.UNIT_PRICE, "five", 300, {2: 300}),),
        "voucher": (PriceStep(Lane.COUPON, "C5", 500, {1: 309, 2: 191}),),
    }


def test_golden_example_gives_back_its_share_of_one_of_three(shop):
    switch(shop, *PRICING)
    placed = order(shop, "golden-0002", *LINES, **delivered(shop)).json
    with shop.bound():
        order_id = acting.one(shop, "SELECT id FROM orders WHERE number = :n", n=placed["number"])
        service.mark_paid(order_id, SYSTEM, "test")
        acting._payment(order_id)
        refunds.request_refund(order_id, [RefundLine(2, Decimal(1))], "破损", SYSTEM, "golden-back-1")
        db.session.commit()
        given = db.session.execute(
            text("SELECT r.amount_fen, l.quantity, l.amount_fen FROM refund r JOIN refund_line l ON l.refund_id = r.id"
                 " WHERE r.order_id = :order"), {"order": order_id},
        ).one()
        steps = db.session.execute(
            text("SELECT source, allocation FROM order_price_step WHERE order_id = :order ORDER BY seq"), {"order": order_id}
        ).all()
    assert tuple(given) == (343, Decimal(1), 343)
    shares = {source: list(allocation) for source, allocation in steps if source in PRICING}
    assert cumulative_share(-shares["credit"][1], Decimal(1), Decimal(3), 0) == 38
    awarded = allocate(56, [1668, 1029, 2935])
    assert awarded == [17, 10, 29]
    assert cumulative_share(awarded[1], Decimal(1), Decimal(3), 0) == 3


def test_golden_example_of_another_shop_costs_the_list_price(shop, other_shop):
    switch(shop, *PRICING)
    assert quote(other_shop, *LINES, **delivered(other_shop))["goods_fen"] == 7660


def test_till_sale_asks_no_hook(shop):
    switch(shop, *PRICING, "moody")
    asked = []
    for hook in ("load_for_cart", "quote", "cart_problems", "claim_for_order", "product_offers"):
        tiny.mood[hook] = lambda hook=hook, **arguments: asked.append(hook)
    with shop.bound():
        _, key = keys.create_key("till", ["orders:write"])
        db.session.commit()
        code = acting.one(shop, "SELECT code FROM store WHERE id = :id", id=shop.store_id)
    sale = {
        "order_no": "T-golden-1", "store_code": code, "placed_at": "2026-01-02T10:00:00+08:00", "paid_fen": 1280,
        "lines": [{"sku": "MILK", "qty": "1", "list_fen": 1280, "paid_fen": 1280}],
    }
    answer = shop.post("/open/api/v1/orders:bulk", token=key, json={"orders": [sale]})
    assert answer.json["created"] == 1, answer.text
    assert (asked, tiny.claimed) == ([], {})


def test_adjustment_that_gives_is_kept_though_it_takes_nothing_off(shop):
    switch(shop, "moody")
    tiny.mood["load_for_cart"] = lambda **_: "terms"
    gift = Adjustment("gift", "满赠", gives="sku:1")
    tiny.mood["quote"] = lambda lane, **_: [gift] if lane is Lane.PROMOTION else []
    told = []
    tiny.mood["claim_for_order"] = lambda order, **_: told.append(order.steps)
    assert ledger(quote(shop, ("MILK", 1)))[1:] == [("promotion", "moody", "gift", 0, (0,))]
    assert order(shop, "golden-0003", ("MILK", 1)).status_code == 201
    assert told == [(PriceStep(Lane.PROMOTION, "gift", 0, {}),)]
