from __future__ import annotations

import pytest
from sqlalchemy import text

from core.catalog import editing
from core.db import db
from tests.core.console_http.acting import staff_token
from tests.core.console_pages.catalog_data import (
    add_category,
    add_picture,
    add_products,
    cost,
    index,
    product,
    product_of,
    sku,
)
from tests.core.console_pages.visitor import Visitor

LIST = "/console/products"
NASTY = '<script>alert("x")</script>'


@pytest.fixture
def clerk(shop) -> Visitor:
    return Visitor(shop, staff_token(shop, "clerk"))


def read(shop, statement: str, **values):
    with shop.bound():
        found = db.session.execute(text(statement), values).all()
        db.session.rollback()
    return [tuple(row) for row in found]


def titles(page: str, *among: str) -> list[str]:
    return [title for title in among if title in page]


GOODS = ("纯牛奶", "东北大米", "五花肉")


def test_list_shows_every_product_with_price_and_stock(visitor):
    page = visitor.get(LIST)
    assert titles(page, *GOODS) == list(GOODS)
    assert ("¥12.80" in page, "MILK" in page, '<td class="num  ">100</td>' in page) == (True, True, True)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("?q=niunai", ["纯牛奶"]),
        ("?q=MILK", ["纯牛奶"]),
        ("?q=大米", ["东北大米"]),
        ("?tab=on", list(GOODS)),
        ("?tab=off", []),
        ("?tab=out", []),
        ("?tab=bare", list(GOODS)),
        ("?tab=nonsense&sort=nonsense&category=x", list(GOODS)),
        ("?q=zzzz", []),
    ],
)
def test_list_narrows_by_what_is_asked(shop, visitor, asked, found):
    index(shop)
    assert titles(visitor.get(LIST + asked), *GOODS) == found


def test_list_finds_a_barcode(shop, visitor):
    (barcode,) = read(shop, "SELECT barcode FROM sku_barcode WHERE sku_id = :id", id=shop.skus["RICE"])[0]
    assert titles(visitor.get(f"{LIST}?q={barcode}"), *GOODS) == ["东北大米"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("price", ["纯牛奶", "五花肉", "东北大米"]),
        ("-price", ["东北大米", "五花肉", "纯牛奶"]),
        ("name", ["纯牛奶", "东北大米", "五花肉"]),
        ("-name", ["五花肉", "东北大米", "纯牛奶"]),
    ],
)
def test_list_is_ordered_by_its_heads(visitor, sort, order):
    page = visitor.get(f"{LIST}?sort={sort}")
    assert sorted(GOODS, key=page.index) == order


def test_list_takes_as_many_statements_for_sixty_rows_as_for_five(shop, visitor):
    few = cost(visitor, LIST)
    add_products(shop, 57)
    assert (cost(visitor, LIST), few <= 15) == (few, True)


def test_bad_cursor_is_refused_with_a_page(visitor):
    assert visitor.open(f"{LIST}?cursor=xx").status_code == 422


def test_pages_lead_on_and_back(shop, visitor):
    add_products(shop, 30)
    first = visitor.get(LIST)
    parts = ("商品030", "纯牛奶", 'rel="next"', 'rel="prev"')
    assert [part in first for part in parts] == [True, False, True, False]
    onward = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = visitor.get(onward)
    assert ("商品030" in second, "纯牛奶" in second, 'rel="prev"' in second) == (False, True, True)


def test_bulk_takes_off_the_shelf(shop, visitor):
    ids = [product_of(shop, code) for code in ("MILK", "RICE")]
    answer = visitor.post(f"{LIST}/shelf", {"ids": ids, "on_shelf": "0"}, page=f"{LIST}?tab=on")
    assert (answer.status_code, answer.location) == (303, f"{LIST}?tab=on")
    assert visitor.toasts() == ["已下架 2 个商品"]
    assert read(shop, "SELECT count(*) FROM product WHERE NOT on_shelf") == [(2,)]


def test_bulk_without_a_tick_says_so(visitor):
    answer = visitor.post(f"{LIST}/shelf", {"on_shelf": "0"}, page=LIST)
    assert (answer.status_code, visitor.toasts()) == (303, ["请先勾选商品"])


def test_bulk_moves_to_a_category(shop, visitor):
    category, milk = add_category(shop, "乳品"), product_of(shop, "MILK")
    chosen = visitor.post(f"{LIST}/choose/move", {"ids": [milk]}, page=LIST)
    assert (chosen.status_code, chosen.location) == (303, f"{LIST}/move?ids={milk}")
    visitor.post(chosen.location, {"category_id": str(category)})
    assert visitor.toasts() == ["已移动 1 个商品"]
    assert read(shop, "SELECT category_id FROM product WHERE id = :id", id=milk) == [(category,)]
    assert titles(visitor.get(f"{LIST}?category={category}"), *GOODS) == ["纯牛奶"]


def test_prices_are_shown_before_they_change(shop, visitor):
    place = f"{LIST}/prices?ids={product_of(shop, 'MILK')}"
    typed = {"way": "percent_down", "percent": "10", "member_too": "1"}
    page = visitor.post(place, typed)
    assert [part in page.text for part in ("¥11.52", "¥10.94", "还没有保存")] == [True] * 3
    assert read(shop, "SELECT list_price_fen FROM sku WHERE code = 'MILK'") == [(1280,)]
    assert visitor.post(place, {**typed, "apply": "1"}).status_code == 303
    assert read(shop, "SELECT list_price_fen, member_price_fen FROM sku WHERE code = 'MILK'") == [(1152, 1094)]


def test_prices_that_would_fall_below_nothing_are_not_changed(shop, visitor):
    place = f"{LIST}/prices?ids={product_of(shop, 'MILK')}"
    page = visitor.post(place, {"way": "amount_down", "amount_fen": "20", "member_too": "1", "apply": "1"})
    assert (page.status_code, "售价不能低于 0.01 元" in page.text, 'value="20"' in page.text) == (200, True, True)
    assert read(shop, "SELECT list_price_fen FROM sku WHERE code = 'MILK'") == [(1280,)]


def test_price_change_without_a_figure_says_so_beside_the_field(shop, visitor):
    page = visitor.post(f"{LIST}/prices?ids={product_of(shop, 'MILK')}", {"way": "percent_up"})
    assert 'id="f-percent-error">请填写要改多少' in page.text


def test_clerk_sees_prices_and_no_forms(shop, clerk):
    milk = product_of(shop, "MILK")
    page, sheet = clerk.get(LIST), clerk.get(f"{LIST}/{milk}")
    assert ("¥12.80" in page, "新建商品" in page, 'name="ids"' in page) == (True, False, False)
    assert ("¥12.80" in sheet, 'name="title"' in sheet) == (True, False)


@pytest.mark.parametrize(
    "path", ["shelf", "choose/move", "move?ids=1", "prices?ids=1", "new", "1", "1/remove", "1/shelf", "1/pictures"]
)
def test_clerk_may_not_change_products(clerk, path):
    assert clerk.post(f"{LIST}/{path}", {"ids": "1"}, page=LIST).status_code == 403


def test_names_are_text_wherever_they_stand(shop, visitor):
    with shop.bound():
        nasty = editing.create_product(
            product(NASTY, sku("X1", spec=NASTY), description=NASTY, keywords=NASTY, origin=NASTY[:60])
        )
        db.session.commit()
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    dearer = visitor.post(f"{LIST}/prices?ids={nasty}", {"way": "amount_up", "amount_fen": "1"}).text
    place = f"{LIST}/{nasty}"
    pages = [visitor.get(LIST), visitor.get(place), clerk.get(place), visitor.get(f"{LIST}?q=%3Cscript%3E"), dearer]
    assert [NASTY in page for page in pages] == [False] * 5
    assert "&lt;script&gt;" in pages[0]


def test_export_disarms_formulas(shop, visitor):
    with shop.bound():
        editing.create_product(product("=1+1", sku("X1", 250)))
        db.session.commit()
    table = visitor.open(f"{LIST}/export.csv").get_data().decode("utf-8-sig").splitlines()
    heads = "货号,条码,商品名称,规格,单位,称重,一级分类,二级分类,三级分类,品牌,售价,会员价,进价,上架,关键词,产地,视频,描述"
    assert table[:2] == [f"{heads},已停售,现存,可售", "X1,,'=1+1,,件,否,,,,,2.50,,,是,,,,,否,0,0"]
    assert visitor.open(f"{LIST}/export.xlsx").get_data()[:2] == b"PK"


def test_pictures_are_shown_in_the_list(shop, visitor):
    add_picture(shop, product_of(shop, "MILK"))
    assert ("-160.webp" in visitor.get(LIST), titles(visitor.get(f"{LIST}?tab=bare"), *GOODS)) == (True, list(GOODS[1:]))


def test_empty_shop_is_told_what_to_do(shop, visitor):
    with shop.bound():
        for table in ("stock_move", "stock", "sku_barcode", "sku", "product"):
            db.session.execute(text(f"DELETE FROM {table}"))
        db.session.commit()
    assert "也可以把现有的商品表格导入进来" in visitor.get(LIST)
