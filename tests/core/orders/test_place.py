from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from core.clock import now, travel
from core.db import db
from core.orders import adjust, service
from core.orders.adjust import LineChange, OrderChange
from core.orders.errors import CannotOrder, IllegalMove, NegativeLine, OutOfStock, PriceChanged, ReferenceReused
from core.orders.models import Order, OrderLine, OrderMove, PriceStep
from core.orders.service import Actor, Checkout
from core.payments import expiry

STAFF = Actor("staff", 1)


def place(shop, *lines, reference="ref-0001", **kwargs):
    checkout = Checkout(shop.wanted(*lines), reference, **kwargs)
    placed = service.place(checkout, shop.context(), shop.market)
    db.session.commit()
    return placed


def steps_of(order_id, version=1):
    rows = db.session.scalars(
        select(PriceStep).where(PriceStep.order_id == order_id, PriceStep.price_version == version).order_by(PriceStep.seq)
    )
    return [(s.rule, s.amount_fen, s.allocation) for s in rows]


def test_place_freezes_the_quote_and_reserves_the_stock(shop):
    with shop.bound():
        placed = place(shop, ("MILK", "2"), ("PORK", "1.236"))
        order = db.session.get(Order, placed.order_id)
        assert (order.state, order.list_fen, order.goods_fen, order.payable_fen) == ("pending", 5007, 5007, 5007)
        lines = db.session.scalars(select(OrderLine).order_by(OrderLine.position)).all()
        assert [(line.title, line.quantity, line.list_fen, line.payable_fen) for line in lines] == [
            ("纯牛奶", Decimal(2), 2560, 2560),
            ("五花肉", Decimal("1.236"), 2447, 2447),
        ]
        assert steps_of(placed.order_id) == [("list_price", 5007, [2560, 2447])]
        assert order.pay_by - order.placed_at == timedelta(minutes=30)
    assert shop.stock("MILK") == (100, 2)
    assert shop.stock("PORK") == (100, Decimal("1.236"))


def test_place_gives_members_the_member_price(shop):
    with shop.bound():
        checkout = Checkout(replace(shop.wanted(("MILK", "2")), member=True), "ref-0001")
        placed = service.place(checkout, shop.context(), shop.market)
        assert steps_of(placed.order_id) == [("list_price", 2560, [2560]), ("member_price", -128, [-128])]


def test_place_again_with_the_same_reference_returns_the_first_order(shop):
    with shop.bound():
        first = place(shop, ("MILK", "2"))
        again = place(shop, ("MILK", "2"))
        assert (again.order_id, again.created) == (first.order_id, False)
        with pytest.raises(ReferenceReused):
            place(shop, ("MILK", "3"))
        db.session.rollback()
    assert shop.stock("MILK") == (100, 2)


def test_place_more_than_there_is_says_what_is_left_and_holds_nothing(shop):
    with shop.bound():
        with pytest.raises(OutOfStock) as refused:
            place(shop, ("MILK", "2"), ("RICE", "101"))
        assert refused.value.message == "东北大米 库存不足，当前可售 100袋"
        db.session.rollback()
    assert shop.stock("MILK") == (100, 0)


def test_place_half_a_box_is_refused(shop):
    with shop.bound(), pytest.raises(CannotOrder) as refused:
        place(shop, ("MILK", "0.5"))
    assert refused.value.extra["problems"][0]["code"] == "whole_units_only"


def test_place_at_another_price_than_the_shopper_saw_is_refused(shop):
    with shop.bound(), pytest.raises(PriceChanged) as refused:
        place(shop, ("MILK", "1"), expected_payable_fen=999)
    assert refused.value.extra == {"payable_fen": 1280, "expected_payable_fen": 999}


def test_unpaid_order_closes_at_its_deadline_and_gives_back(shop):
    with shop.bound():
        placed = place(shop, ("MILK", "2"))
        assert expiry.close_expired() == 0
        with travel(30 * 60):
            assert expiry.close_expired() == 1
            assert expiry.close_expired() == 0
        assert db.session.get(Order, placed.order_id).state == "closed"
    assert shop.stock("MILK") == (100, 0)


def test_goods_leave_the_shelf_when_they_are_handed_over(shop):
    with shop.bound():
        placed = place(shop, ("MILK", "2"))
        assert service.mark_paid(placed.order_id, STAFF, "test")
        assert not service.mark_paid(placed.order_id, STAFF, "test")
        service.mark_ready(placed.order_id, STAFF)
        service.hand_over(placed.order_id, "picked_up", STAFF, "提货码")
        service.complete(placed.order_id, STAFF, "已提货")
        db.session.commit()
        moves = db.session.scalars(select(OrderMove.to_state).order_by(OrderMove.id)).all()
        assert moves == ["pending", "paid", "ready", "picked_up", "completed"]
        booked = text("SELECT sum(quantity) FROM stock_move WHERE sku_id = :sku")
        on_hand = db.session.execute(booked, {"sku": shop.skus["MILK"]})
        assert on_hand.scalar_one() == 98
    assert shop.stock("MILK") == (98, 0)


def test_paid_order_cannot_be_paid_or_closed_again(shop):
    with shop.bound():
        placed = place(shop, ("MILK", "2"))
        service.mark_paid(placed.order_id, STAFF, "test")
        assert not service.close_unpaid(placed.order_id, STAFF, "late")
        with pytest.raises(IllegalMove) as refused:
            service.complete(placed.order_id, STAFF, "too early")
        assert refused.value.extra["state"] == "paid"


def test_adjust_writes_a_new_version_of_the_ledger(shop):
    with shop.bound():
        placed = place(shop, ("MILK", "2"), ("RICE", "1"))
        changes = [LineChange(1, "price", 100), LineChange(2, "member", -300), LineChange(1, "member", -60)]
        payable = adjust.adjust(placed.order_id, changes, [OrderChange("coupon", -500, "supplier")], STAFF, "会员卡")
        db.session.commit()
        assert payable == 2560 + 100 - 60 + 3300 - 300 - 500
        assert steps_of(placed.order_id, 2) == [
            ("list_price", 5860, [2560, 3300]),
            ("manual.price", 100, [100, 0]),
            ("manual.member", -360, [-60, -300]),
            ("manual.coupon", -500, [-232, -268]),
        ]
        again = adjust.adjust(placed.order_id, [], [], STAFF, "取消改价")
        assert again == 5860


def test_adjust_below_zero_is_refused_and_changes_nothing(shop):
    with shop.bound():
        placed = place(shop, ("MILK", "1"), ("RICE", "1"))
        with pytest.raises(NegativeLine):
            adjust.adjust(placed.order_id, [LineChange(1, "coupon", -1281)], [], STAFF, "x")
        with pytest.raises(NegativeLine):
            adjust.adjust(placed.order_id, [], [OrderChange("coupon", -4581)], STAFF, "x")
        db.session.rollback()
        assert db.session.get(Order, placed.order_id).payable_fen == 4580


def test_adjust_after_payment_is_refused(shop):
    with shop.bound():
        placed = place(shop, ("MILK", "1"))
        service.mark_paid(placed.order_id, STAFF, "test")
        with pytest.raises(IllegalMove):
            adjust.adjust(placed.order_id, [LineChange(1, "price", -1)], [], STAFF, "x")


def test_orders_leave_events_in_the_outbox(shop):
    with shop.bound():
        placed = place(shop, ("MILK", "1"))
        service.mark_paid(placed.order_id, STAFF, "test")
        db.session.commit()
        names = db.session.execute(text("SELECT name FROM event ORDER BY id")).scalars().all()
        assert names == ["order.placed", "order.paid"]
        payload = db.session.execute(text("SELECT payload FROM event ORDER BY id LIMIT 1")).scalar_one()
        assert payload["lines"] == [
            {"position": 1, "sku_id": shop.skus["MILK"], "sku_code": "MILK", "quantity": "1", "list_fen": 1280}
            | {"payable_fen": 1280}
        ]
        assert payload["pay_by"] > now().isoformat()
