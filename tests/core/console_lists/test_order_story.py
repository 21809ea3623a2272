"""Everything an order's page shows, and 改价 before it is done."""

from __future__ import annotations

import pytest

from core.fulfilment.reading import story
from core.orders import previewing
from core.orders.adjust import LineChange, OrderChange
from core.orders.errors import IllegalMove, NegativeLine, OrderNotFound
from tests.core.console_http.acting import API, one, order
from tests.core.console_lists.counting import sent


def test_story_tells_ledger_timeline_and_what_may_go_back(shop):
    number = order(shop, ("MILK", "2"), ("RICE", "1"), paid=False)
    body = {"why": "老顾客", "order": [{"rule": "price", "amount_fen": -500}]}
    assert shop.put(f"{API}/orders/{number}/adjustments", token=shop.staff_token, json=body).status_code == 200
    with shop.bound(), sent() as statements:
        told = story(number, shop.context())
    assert len(statements) <= 6
    assert [(entry.text, entry.after_fen) for entry in told["ledger"]] == [
        ("商品原价 ¥58.60", 5860),
        ("改价：整单 −¥5.00，原因：老顾客", 5360),
    ]
    assert told["ledger"][-1].after_fen == told["payable_fen"]
    assert [(event.text, event.who) for event in told["timeline"]] == [("待付款", "顾客"), ("改价：老顾客", "店长")]
    assert told["refundable"] == {"lines": [], "shipping_fen": 0, "total_fen": 0}
    assert (told["payments"], told["extensions"]) == ([], {})
    assert "pickup_code" not in told


def test_refundable_is_what_is_left_per_line(shop):
    number = order(shop, ("MILK", "2"), ("RICE", "1"))
    body = {"reason": "缺货", "lines": [{"position": 1, "quantity": "1"}, {"position": 2, "quantity": "1"}]}
    headers = {"Idempotency-Key": "refund-1"}
    shop.post(f"{API}/orders/{number}/refunds", token=shop.staff_token, json=body, headers=headers)
    with shop.bound():
        left = story(number, shop.context())["refundable"]
    assert left == {
        "lines": [{"position": 1, "quantity": "1", "amount_fen": 1280}], "shipping_fen": 0, "total_fen": 1280,
    }  # fmt: skip


def test_story_of_another_shop_is_not_found(shop, other_shop):
    number = order(other_shop)
    with shop.bound(), pytest.raises(OrderNotFound):
        story(number, shop.context())


def order_id(shop, number):
    return one(shop, "SELECT id FROM orders WHERE number = :n", n=number)


def test_preview_gives_new_amounts_and_writes_nothing(shop):
    number = order(shop, ("MILK", "2"), ("RICE", "1"), paid=False)
    with shop.bound(), sent() as statements:
        seen = previewing.preview(
            order_id(shop, number), [LineChange(1, "price", 100), LineChange(2, "member", -300)],
            [OrderChange("coupon", -500, "supplier")],
        )  # fmt: skip
    assert [(line.position, line.before_fen, line.after_fen) for line in seen.lines] == [(1, 2560, 2425), (2, 3300, 2735)]
    assert (seen.before_fen, seen.after_fen, seen.number) == (5860, 5160, number)
    assert not [statement for statement, _ in statements if not statement.lstrip().upper().startswith("SELECT")]
    assert one(shop, "SELECT payable_fen, price_version FROM orders WHERE number = :n", n=number) == (5860, 1)


def test_preview_refuses_what_adjusting_refuses(shop):
    unpaid, paid = order(shop, paid=False), order(shop)
    with shop.bound():
        with pytest.raises(NegativeLine):
            previewing.preview(order_id(shop, unpaid), [LineChange(1, "price", -9999)], [])
        with pytest.raises(IllegalMove):
            previewing.preview(order_id(shop, paid), [], [])
        with pytest.raises(OrderNotFound):
            previewing.preview(10**12, [], [])
