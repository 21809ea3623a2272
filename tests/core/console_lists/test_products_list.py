"""The staff's list of products, and changes of many of them at once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text

from core.catalog import listing
from core.catalog.changes import PriceChange, change_prices, move_to_category, preview_prices
from core.catalog.errors import CategoryNotFound, PriceOutOfRange
from core.catalog.listing import Wanted, counts, list_products
from core.catalog.naming import category_choices
from core.catalog.service import upsert_products
from core.db import db
from core.errors import Invalid
from tests.core.console_http.acting import actions, another_store, one
from tests.core.console_lists.counting import sent


def titles(shop, **wanted):
    with shop.bound():
        return [row["title"] for row in list_products(Wanted(**wanted)).items]


def run(shop, statement, **values):
    with shop.bound():
        db.session.execute(text(statement), values)
        db.session.commit()


def product_id(shop, code):
    return one(shop, "SELECT product_id FROM sku WHERE code = :code", code=code)


def add(shop, *rows):
    with shop.bound():
        assert upsert_products(rows).failed == 0
        db.session.commit()


def row(code, title, **more):
    return {"sku_code": code, "title": title, "list_price_fen": 1000, **more}


@pytest.fixture
def stocked(shop):
    """MILK, RICE, PORK with 100 each; COLA below 饮料/碳酸, off the shelf, never stocked."""
    add(shop, row("COLA", "可口可乐", category_path=["饮料", "碳酸"], on_shelf=False))
    with shop.bound():
        for code, title in (("MILK", "纯牛奶"), ("RICE", "东北大米"), ("PORK", "五花肉")):
            upsert_products([row(code, title, list_price_fen=None, keywords="食品")])
        db.session.commit()
    run(shop, "UPDATE stock SET on_hand = 5 WHERE sku_id = :sku", sku=shop.skus["RICE"])
    return shop


def test_rows_show_prices_stock_and_picture(stocked):
    with stocked.bound():
        found = {row["title"]: row for row in list_products(Wanted()).items}
    milk, rice, cola = found["纯牛奶"], found["东北大米"], found["可口可乐"]
    assert (milk["low_fen"], milk["high_fen"], milk["codes"], milk["sku_count"]) == (1280, 1280, ["MILK"], 1)
    assert (milk["on_hand"], milk["sellable"], milk["low"]) == (Decimal(100), Decimal(100), False)
    assert (rice["sellable"], rice["low"]) == (Decimal(5), True)
    assert (cola["sellable"], cola["category"], cola["on_shelf"], cola["picture"]) == (Decimal(0), "碳酸", False, None)


def test_filters_narrow_the_list_and_are_counted(stocked):
    drinks = one(stocked, "SELECT id FROM category WHERE name = '饮料'")
    assert titles(stocked, category_id=drinks) == ["可口可乐"]
    assert titles(stocked, on_shelf=False) == ["可口可乐"]
    assert titles(stocked, low=True) == ["东北大米"]
    assert titles(stocked, out=True) == ["可口可乐"]
    assert len(titles(stocked, no_picture=True)) == 4
    with stocked.bound(), sent() as statements:
        found = counts(None)
    assert found == {
        "every": 4, "on_shelf": 3, "off_shelf": 1, "low": 1, "out": 1, "no_picture": 4,
    }  # fmt: skip
    assert len([sql for sql, _ in statements if "product" in sql]) == 1


def test_search_takes_words_pinyin_codes_and_barcodes(stocked):
    barcode = one(stocked, "SELECT barcode FROM sku_barcode WHERE sku_id = :sku", sku=stocked.skus["MILK"])
    for q in ("牛奶", "chunniunai", "cnn", "MILK", "milk", barcode):
        assert titles(stocked, q=q) == ["纯牛奶"], q
    assert titles(stocked, q="，。") == titles(stocked, q="没有") == []


def test_sorting_turns_both_ways(stocked):
    assert titles(stocked, sort="name") == ["纯牛奶", "东北大米", "可口可乐", "五花肉"]
    assert titles(stocked, sort="price") == ["可口可乐", "纯牛奶", "五花肉", "东北大米"]
    assert titles(stocked, sort="price_down") == ["东北大米", "五花肉", "纯牛奶", "可口可乐"]
    assert titles(stocked, sort="stock")[:2] == ["可口可乐", "东北大米"]
    for sort in listing.SORTS:
        with stocked.bound():
            pages = [list_products(Wanted(sort=sort), None, 2)]
            pages.append(list_products(Wanted(sort=sort), pages[0].next_cursor, 2))
            back = list_products(Wanted(sort=sort), pages[1].previous_cursor, 2)
        assert [row["title"] for page in pages for row in page.items] == titles(stocked, sort=sort), sort
        assert [row["id"] for row in back.items] == [row["id"] for row in pages[0].items]
    with stocked.bound():
        cursor = list_products(Wanted(sort="name"), None, 2).next_cursor
        with pytest.raises(Invalid):
            list_products(Wanted(sort="price"), cursor)


def test_stock_counts_the_stores_of_the_scope_only(stocked):
    second = another_store(stocked)
    run(stocked, "UPDATE stock SET on_hand = 0 WHERE store_id = :id", id=second)
    assert titles(stocked, scope=[second], out=True, sort="name") == ["纯牛奶", "东北大米", "可口可乐", "五花肉"]
    assert titles(stocked, scope=[stocked.store_id], out=True) == ["可口可乐"]
    with stocked.bound():
        assert {row["on_hand"] for row in list_products(Wanted(scope=[second])).items} == {Decimal(0)}


def test_an_own_threshold_of_a_stock_row_goes_before_the_shops(stocked):
    run(stocked, "UPDATE stock SET low_at = 100 WHERE sku_id = :sku", sku=stocked.skus["PORK"])
    run(stocked, "UPDATE stock SET low_at = 4 WHERE sku_id = :sku", sku=stocked.skus["RICE"])
    assert titles(stocked, low=True) == ["五花肉"]


def test_list_is_one_statement_however_many_rows(stocked):
    add(stocked, *[row(f"X{i}", f"商品{i}") for i in range(30)])
    with stocked.bound():
        list_products(Wanted(), None, 1)
        for limit in (2, 30):
            with sent() as statements:
                assert len(list_products(Wanted(sort="stock"), None, limit).items) == limit
            assert len(statements) == 1


def test_list_knows_nothing_of_another_shop(shop, other_shop):
    add(other_shop, row("THEIRS", "别家的"))
    assert "别家的" not in titles(shop)
    assert titles(shop, q="THEIRS") == []


def test_move_to_category_is_found_under_its_name(stocked):
    drinks = one(stocked, "SELECT id FROM category WHERE name = '饮料'")
    milk = product_id(stocked, "MILK")
    with stocked.bound():
        assert move_to_category([milk, 10**12], drinks) == 1
        assert move_to_category([milk], drinks) == 0
        db.session.commit()
    assert titles(stocked, q="饮料", on_shelf=True) == ["纯牛奶"]
    assert actions(stocked)[-1] == "catalog.move"
    with stocked.bound(), pytest.raises(CategoryNotFound):
        move_to_category([milk], 10**12)


def test_preview_of_prices_rounds_half_up_to_whole_fen(stocked):
    run(stocked, "UPDATE sku SET list_price_fen = 1250, member_price_fen = 1215 WHERE code = 'MILK'")
    ids = [product_id(stocked, code) for code in ("MILK", "RICE")]
    with stocked.bound():
        seen = preview_prices(ids, PriceChange(percent=Decimal("-5"), member_too=True))
    assert [(s.code, s.before_fen, s.after_fen, s.member_before_fen, s.member_after_fen, s.problem) for s in seen] == [
        ("MILK", 1250, 1188, 1215, 1154, None),
        ("RICE", 3300, 3135, None, None, None),
    ]


def test_change_prices_moves_the_lowest_price_along(stocked):
    ids = [product_id(stocked, code) for code in ("MILK", "RICE")]
    with stocked.bound():
        assert change_prices(ids, PriceChange(amount_fen=-20)) == 2
        db.session.commit()
    assert one(stocked, "SELECT list_price_fen, member_price_fen FROM sku WHERE code = 'MILK'") == (1260, 1216)
    assert one(stocked, "SELECT min_price_fen FROM product WHERE id = :id", id=ids[0]) == 1260
    assert actions(stocked)[-1] == "catalog.prices"


def test_change_prices_refuses_all_when_one_can_not_take_it(stocked):
    ids = [product_id(stocked, code) for code in ("MILK", "RICE")]
    with stocked.bound():
        seen = preview_prices(ids, PriceChange(percent=Decimal(-10)))
        assert [row.problem for row in seen] == ["会员价会高于售价", None]
        with pytest.raises(PriceOutOfRange):
            change_prices(ids, PriceChange(percent=Decimal(-10)))
        db.session.rollback()
        with pytest.raises(PriceOutOfRange):
            change_prices(ids, PriceChange(amount_fen=-3300))
        db.session.rollback()
    assert one(stocked, "SELECT list_price_fen FROM sku WHERE code = 'RICE'") == 3300


def test_category_choices_follow_the_tree(stocked):
    add(stocked, row("TEA", "茶", category_path=["饮料", "茶饮"]), row("BREAD", "面包", category_path=["烘焙"]))
    with stocked.bound():
        names = [name for _, name in category_choices()]
    assert names == ["饮料", "饮料 / 碳酸", "饮料 / 茶饮", "烘焙"]
