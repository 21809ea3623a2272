"""Stock as staff look at it and change it by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text

from core.db import db
from core.errors import Invalid
from core.stock import byhand, listing
from core.stock.byhand import Counted, Tally
from core.stock.errors import BelowZero, NotEnough, ReceiptReused, StockMoved, UnknownGoods
from core.stock.listing import Wanted, list_stock
from tests.core.console_http.acting import actions, another_store, one, order
from tests.core.console_lists.counting import sent


def codes(shop, **wanted):
    with shop.bound():
        return [row["code"] for row in list_stock(Wanted(shop.store_id, **wanted)).items]


def moves(shop, code, stores=None):
    with shop.bound():
        page = listing.moves(shop.skus[code], stores)
        return [(m["kind_label"], m["quantity"], m["note"], m["staff_name"]) for m in page.items]


def test_list_filters_and_counts(shop):
    order(shop, ("MILK", "2"))
    with shop.bound():
        byhand.count(shop.store_id, [Tally(shop.skus["RICE"], Decimal(0))], "破损", None)
        byhand.set_low_at(shop.store_id, [shop.skus["PORK"]], Decimal(100))
        db.session.commit()
        found = listing.counts(shop.store_id)
    assert codes(shop) == ["MILK", "RICE", "PORK"]
    assert (codes(shop, only="low"), codes(shop, only="out")) == (["RICE", "PORK"], ["RICE"])
    assert codes(shop, only="reserved") == ["MILK"]
    assert (codes(shop, q="PORK"), codes(shop, q="没有")) == (["PORK"], [])
    assert found == {"every": 3, "low": 2, "out": 1, "reserved": 1}


def test_list_turns_both_ways_in_one_statement(shop):
    with shop.bound():
        listing.counts(shop.store_id)
        first = list_stock(Wanted(shop.store_id), None, 2)
        with sent() as statements:
            second = list_stock(Wanted(shop.store_id), first.next_cursor, 2)
        back = list_stock(Wanted(shop.store_id), second.previous_cursor, 2)
    assert len(statements) == 1
    assert [row["code"] for page in (first, second, back) for row in page.items] == [
        "MILK", "RICE", "PORK", "MILK", "RICE",
    ]  # fmt: skip
    assert (second.next_cursor, back.previous_cursor) == (None, None)


def test_count_writes_the_difference_with_reason_and_name(shop):
    milk = shop.skus["MILK"]
    with shop.bound():
        done = byhand.count(shop.store_id, [Tally(milk, Decimal(97), Decimal(100))], "月末盘点", shop.staff_id)
        db.session.commit()
    assert done == [Counted(milk, Decimal(100), Decimal(97))]
    assert shop.stock("MILK") == (Decimal(97), Decimal(0))
    assert moves(shop, "MILK")[0] == ("盘点", Decimal(-3), "月末盘点", "店长")
    assert one(shop, "SELECT sum(quantity) FROM stock_move WHERE sku_id = :sku", sku=milk) == Decimal(97)
    assert actions(shop) == ["stock.count"]


def test_count_of_a_book_that_moved_changes_nothing(shop):
    milk, rice = shop.skus["MILK"], shop.skus["RICE"]
    tallies = [Tally(milk, Decimal(90), Decimal(99)), Tally(rice, Decimal(1), Decimal(100))]
    with shop.bound(), pytest.raises(StockMoved) as refused:
        byhand.count(shop.store_id, tallies, "盘点", shop.staff_id)
    assert refused.value.extra["current"] == {str(milk): "100"}
    assert (shop.stock("MILK")[0], shop.stock("RICE")[0]) == (Decimal(100), Decimal(100))


def test_count_refuses_less_than_nothing_repeats_and_unknown_goods(shop):
    milk = shop.skus["MILK"]
    for tallies, error in (
        ([Tally(milk, Decimal(-1))], BelowZero),
        ([Tally(milk, Decimal(1)), Tally(milk, Decimal(2))], Invalid),
        ([Tally(10**12, Decimal(1))], UnknownGoods),
    ):
        with shop.bound(), pytest.raises(error):
            byhand.count(shop.store_id, tallies, "盘点", None)


def test_count_of_goods_that_were_never_there_opens_their_stock(shop):
    second = another_store(shop)
    with shop.bound():
        db.session.execute(text("DELETE FROM stock WHERE store_id = :id"), {"id": second})
        done = byhand.count(second, [Tally(shop.skus["MILK"], Decimal(4), Decimal(0))], "开店", None)
        db.session.commit()
    assert done == [Counted(shop.skus["MILK"], Decimal(0), Decimal(4))]
    assert one(shop, "SELECT on_hand FROM stock WHERE store_id = :id", id=second) == Decimal(4)


def test_receive_books_a_number_once(shop):
    lines = [(shop.skus["MILK"], Decimal(12)), (shop.skus["PORK"], Decimal("1.5"))]
    with shop.bound():
        assert byhand.receive(shop.store_id, "R1", lines, "大货", shop.staff_id) == "R1"
        assert byhand.receive(shop.store_id, "R1", lines, "大货", shop.staff_id) == "R1"
        assert byhand.receive(shop.store_id, None, lines[:1], "", None).startswith("RK")
        db.session.commit()
        with pytest.raises(ReceiptReused):
            byhand.receive(shop.store_id, "R1", lines[:1], "", None)
        with pytest.raises(UnknownGoods):
            byhand.receive(shop.store_id, "R2", [(10**12, Decimal(1))], "", None)
    assert (shop.stock("MILK")[0], shop.stock("PORK")[0]) == (Decimal(124), Decimal("101.5"))
    assert moves(shop, "PORK")[0] == ("入库", Decimal("1.5"), "大货", "店长")
    assert actions(shop) == ["stock.receive", "stock.receive"]


def test_transfer_moves_all_or_nothing_and_never_what_is_promised(shop):
    second = another_store(shop)
    order(shop, ("MILK", "90"))
    with shop.bound():
        byhand.transfer(shop.store_id, second, [(shop.skus["MILK"], Decimal(10))], "补货", shop.staff_id)
        db.session.commit()
        lines = [(shop.skus["MILK"], Decimal(1)), (shop.skus["RICE"], Decimal(1))]
        with pytest.raises(NotEnough) as refused:
            byhand.transfer(shop.store_id, second, lines, "补货", shop.staff_id)
        db.session.rollback()
        with pytest.raises(Invalid):
            byhand.transfer(second, second, lines, "", None)
    assert refused.value.extra["skus"] == [str(shop.skus["MILK"])]
    assert (shop.stock("MILK"), shop.stock("RICE")[0]) == ((Decimal(90), Decimal(90)), Decimal(100))
    held = "SELECT on_hand FROM stock WHERE store_id = :id AND sku_id = :sku"
    assert one(shop, held, id=second, sku=shop.skus["MILK"]) == Decimal(110)
    assert moves(shop, "MILK", [second]) == [("调拨", Decimal(10), "补货", "店长")]


def test_transfer_books_a_number_once(shop):
    second = another_store(shop)
    lines = [(shop.skus["MILK"], Decimal(4)), (shop.skus["RICE"], Decimal(1))]
    with shop.bound():
        for order in (lines, lines[::-1]):
            assert byhand.transfer(shop.store_id, second, order, "", shop.staff_id, "DB7") == "DB7"
        db.session.commit()
        for other in ((second, shop.store_id, lines), (shop.store_id, second, lines[:1])):
            with pytest.raises(ReceiptReused):
                byhand.transfer(*other, "", None, "DB7")
    assert (shop.stock("MILK")[0], shop.stock("RICE")[0]) == (Decimal(96), Decimal(99))
    assert actions(shop) == ["stock.transfer"]


def test_thresholds_go_back_to_the_shops(shop):
    milk = shop.skus["MILK"]
    with shop.bound():
        assert byhand.set_low_at(shop.store_id, [milk, 10**12], Decimal(7)) == 1
        (row,) = listing.rows(shop.store_id, [milk])
        assert (row["low_at"], row["low_from"], row["low"]) == (Decimal(7), Decimal(7), False)
        byhand.set_low_at(shop.store_id, [milk], None)
        (row,) = listing.rows(shop.store_id, [milk])
        assert (row["low_at"], row["low_from"]) == (None, Decimal(5))
        with pytest.raises(BelowZero):
            byhand.set_low_at(shop.store_id, [milk], Decimal(-1))


def test_stock_of_another_shop_is_not_touched(shop, other_shop):
    with shop.bound():
        byhand.count(shop.store_id, [Tally(shop.skus["MILK"], Decimal(1))], "盘点", None)
        db.session.commit()
    assert other_shop.stock("MILK") == (Decimal(100), Decimal(0))
