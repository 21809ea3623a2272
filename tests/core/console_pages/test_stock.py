from __future__ import annotations

import re
from decimal import Decimal

import pytest
from sqlalchemy import text

from core.db import db
from core.stock import byhand
from tests.core.console_http.acting import staff_token
from tests.core.console_pages.catalog_data import add_products, add_store, cost, index
from tests.core.console_pages.test_products import GOODS, NASTY, read, titles
from tests.core.console_pages.visitor import Visitor

LIST = "/console/stock"


@pytest.fixture
def milk(shop) -> str:
    return f"{LIST}/{shop.store_id}/{shop.skus['MILK']}"


def on_hand(shop, code: str, store_id: int | None = None) -> Decimal:
    values = {"store": store_id or shop.store_id, "sku": shop.skus[code]}
    ((amount,),) = read(shop, "SELECT on_hand FROM stock WHERE store_id = :store AND sku_id = :sku", **values)
    return amount


def test_list_shows_what_the_store_has(shop, visitor):
    page = visitor.get(LIST)
    assert titles(page, *GOODS) == list(GOODS)
    assert ("中兴店" in page, '<td class="num  ">100<small class="cell-sub">盒</small></td>' in page) == (True, True)


def test_list_narrows_to_what_runs_low(shop, visitor):
    index(shop)
    with shop.bound():
        tally = [byhand.Tally(shop.skus["MILK"], Decimal(2)), byhand.Tally(shop.skus["RICE"], Decimal(0))]
        byhand.count(shop.store_id, tally, "test", None)
        db.session.commit()
    found = [titles(visitor.get(f"{LIST}?{asked}"), *GOODS) for asked in ("only=low", "only=out", "q=niunai", "only=x")]
    assert found == [["纯牛奶", "东北大米"], ["东北大米"], ["纯牛奶"], list(GOODS)]


def test_list_takes_as_many_statements_for_sixty_rows_as_for_five(shop, visitor):
    few = cost(visitor, LIST)
    add_products(shop, 57)
    assert (cost(visitor, LIST), few <= 15) == (few, True)


def test_goods_are_received(shop, visitor, milk):
    answer = visitor.post(f"{milk}/receive", {"quantity": "12", "note": "早市"}, page=f"{milk}/receive")
    assert (answer.location, visitor.toasts()) == (f"{LIST}?store={shop.store_id}", ["已入库 12 盒"])
    assert on_hand(shop, "MILK") == Decimal(112)
    assert read(shop, "SELECT kind, quantity, note, actor_id FROM stock_move ORDER BY id DESC LIMIT 1") == [
        ("receipt", Decimal(12), "早市", shop.staff_id)
    ]


def test_dialog_leads_back_to_the_list_as_it_was(visitor, milk):
    hidden = dict(re.findall('name="(csrf|once)" value="([^"]*)"', visitor.get(f"{milk}/receive").split('id="form"')[1]))
    headers = {"Referer": f"http://{visitor.host}{LIST}?only=low&q=a"}
    answer = visitor.open(f"{milk}/receive", "POST", data={**hidden, "quantity": "1"}, headers=headers)
    assert answer.location == f"{LIST}?only=low&q=a"


def test_receiving_ten_twice_by_one_form_counts_once(shop, visitor, milk):
    hidden = dict(re.findall('name="(csrf|once)" value="([^"]*)"', visitor.get(f"{milk}/receive").split('id="form"')[1]))
    answers = [visitor.open(f"{milk}/receive", "POST", data={**hidden, "quantity": "10"}) for _ in range(2)]
    assert ([answer.status_code for answer in answers], on_hand(shop, "MILK")) == ([303, 303], Decimal(110))


@pytest.mark.parametrize("typed", ["", "0", "-3", "viele", "1.2345", "NaN"])
def test_odd_quantity_is_refused_and_kept(shop, visitor, milk, typed):
    page = visitor.post(f"{milk}/receive", {"quantity": typed, "note": "早市"}).text
    assert ('id="f-quantity-error">' in page, f'name="quantity" value="{typed}"' in page, 'value="早市"' in page) == (
        True, True, True,
    )  # fmt: skip
    assert on_hand(shop, "MILK") == Decimal(100)


def test_count_sets_what_was_found(shop, visitor, milk):
    visitor.post(f"{milk}/count", {"counted": "97.5", "reason": "破损", "seen": "100"})
    assert (visitor.toasts(), on_hand(shop, "MILK")) == (["已盘点为 97.5 盒"], Decimal("97.5"))


def test_count_without_a_reason_says_so(visitor, milk):
    page = visitor.post(f"{milk}/count", {"counted": "97", "seen": "100"}).text
    assert ('id="f-reason-error">' in page, 'value="97"' in page) == (True, True)


def test_count_that_was_overtaken_shows_the_new_figure(shop, visitor, milk):
    with shop.bound():
        byhand.receive(shop.store_id, None, [(shop.skus["MILK"], Decimal(5))], "", None)
        db.session.commit()
    page = visitor.post(f"{milk}/count", {"counted": "97", "reason": "盘点", "seen": "100"}).text
    assert ("账面现在是 105" in page, 'name="seen" value="105"' in page, 'value="97"' in page) == (True, True, True)
    assert on_hand(shop, "MILK") == Decimal(105)


def test_goods_go_to_another_store(shop, visitor, milk):
    other = add_store(shop)
    visitor.post(f"{milk}/transfer", {"target_id": str(other), "quantity": "30"})
    assert (on_hand(shop, "MILK"), on_hand(shop, "MILK", other)) == (Decimal(70), Decimal(30))
    page = visitor.post(f"{milk}/transfer", {"target_id": str(other), "quantity": "71"}).text
    assert ("可调库存不足" in page, 'value="71"' in page) == (True, True)


def test_warning_is_set_and_taken_back(shop, visitor, milk):
    visitor.post(f"{milk}/low", {"low_at": "120"})
    assert titles(visitor.get(f"{LIST}?only=low"), *GOODS) == ["纯牛奶"]
    visitor.post(f"{milk}/low", {"low_at": ""})
    assert titles(visitor.get(f"{LIST}?only=low"), *GOODS) == []


def test_sku_page_tells_every_move(shop, visitor, milk):
    visitor.post(f"{milk}/receive", {"quantity": "3", "note": NASTY})
    page = visitor.get(milk)
    assert ("103 盒" in page, "+3" in page, "店长" in page, NASTY in page) == (True, True, True, False)


def test_sku_page_takes_as_many_statements_for_sixty_moves_as_for_one(shop, visitor, milk):
    few = cost(visitor, milk)
    with shop.bound():
        for _ in range(60):
            byhand.receive(shop.store_id, None, [(shop.skus["MILK"], Decimal(1))], "", None)
        db.session.commit()
    page = visitor.get(milk)
    assert (cost(visitor, milk), few <= 15, 'rel="next"' in page) == (few, True, True)


def test_clerk_of_one_store_has_no_business_in_another(shop):
    other = add_store(shop)
    clerk = Visitor(shop, staff_token(shop, "clerk", stores=(shop.store_id,)))
    here, there = (f"{LIST}/{store}/{shop.skus['MILK']}" for store in (shop.store_id, other))
    forms = ("/receive", "/count", "/transfer", "/low")
    assert [clerk.open(f"{here}{path}").status_code for path in ("", *forms)] == [200] * 5
    assert [clerk.open(f"{there}{path}").status_code for path in ("", *forms)] == [403] * 5
    assert [clerk.post(f"{there}{path}", {"quantity": "1"}, page=LIST).status_code for path in forms] == [403] * 4
    assert clerk.open(f"{LIST}?store={other}").status_code == 403
    assert clerk.post(f"{here}/transfer", {"target_id": str(other), "quantity": "1"}).status_code == 403
    assert "北关店" not in clerk.get(LIST)


def test_unknown_goods_and_stores_are_not_found(shop, visitor):
    paths = [f"{LIST}/{shop.store_id}/999999", f"{LIST}/999999/{shop.skus['MILK']}"]
    assert [visitor.open(path).status_code for path in paths] == [404, 404]


def test_shop_without_a_store_is_told_what_to_do(shop, visitor):
    with shop.bound():
        db.session.execute(text("UPDATE store SET active = false"))
        db.session.commit()
    assert "先添加一家门店" in visitor.get(LIST)
