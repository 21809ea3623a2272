"""The counter without JavaScript: look up, see what it is, hand out once."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from core.db import db
from core.fulfilment.counter import understood
from tests.core.console_http.acting import actions, another_store, one, order, pickup_code, staff_token
from tests.core.console_http.test_pickup import hold, make_ready
from tests.core.console_pages.visitor import Visitor

COUNTER = "/console/pickup"


def verdict(page: str) -> tuple[str, str]:
    """(kind, title) of what the counter says."""
    found = re.search(r'data-verdict="(\w+)".*?verdict-title">(.*?)</h2>', page, re.DOTALL)
    return found and (found[1], found[2])


def look(visitor, typed, **more):
    extra = "".join(f"&{key}={value}" for key, value in more.items())
    return visitor.get(f"{COUNTER}?code={typed}{extra}")


def hand_out(visitor, typed, number="", store=None):
    data = {"store": str(store or visitor.shop.store_id), "code": typed, "number": number}
    return visitor.post(f"{COUNTER}/verify", data, page=COUNTER)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("12345678", ("code", "12345678")),
        (" 1234 5678\t", ("code", "12345678")),
        ("１２３４-５６７８", ("code", "12345678")),
        ("1234", ("phone", "1234")),
        ("19900001234", ("phone", "19900001234")),
        ("2611221234567890", ("number", "2611221234567890")),
        ("123", ("", "123")),
        ("提货码", ("", "提货码")),
        ("<b>1234</b>", ("", "<b>1234</b>")),
        ("١٢٣٤", ("", "١٢٣٤")),
    ],
)
def test_what_is_scanned_or_typed_is_understood(typed, meant):
    assert understood(typed) == meant


def test_counter_shows_the_order_and_hands_it_out_once(visitor, shop):
    number = order(shop, ("MILK", "2"), ("PORK", "1.236"), phone="19900001234")
    make_ready(shop, number)
    code = pickup_code(shop, number)
    page = look(visitor, code)
    assert verdict(page) == ("found", "请核对商品后确认交付")
    assert "纯牛奶" in page and "1.236<small>kg</small>" in page and "称重" in page and "19900001234" not in page
    answer = hand_out(visitor, code, number)
    assert (answer.status_code, answer.location) == (303, f"{COUNTER}?done={number}")
    page = visitor.get(answer.location)
    assert verdict(page) == ("done", "交付成功")
    assert one(shop, "SELECT count(*), min(method) FROM handover") == (1, "code")
    assert actions(shop) == ["orders.ready", "orders.pickup"]
    assert verdict(look(visitor, code)) == ("refused", "已经交付过了")
    again = hand_out(visitor, code, number)
    assert again.status_code == 200 and verdict(again.text) == ("refused", "已经交付过了")
    assert re.search(r"由 店长 交付", again.text)
    assert one(shop, "SELECT count(*) FROM handover") == 1


def test_same_form_sent_twice_leads_to_the_same_answer(visitor, shop):
    number = order(shop)
    make_ready(shop, number)
    page = look(visitor, pickup_code(shop, number))
    form = page[page.index("data-confirm-handover"):]
    data = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)[:5])
    first, second = (visitor.open(f"{COUNTER}/verify", "POST", data=data) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location == f"{COUNTER}?done={number}"
    assert actions(shop) == ["orders.ready", "orders.pickup"]


def test_wrong_code_says_what_was_typed_and_hurts_nobody(visitor, shop):
    page = look(visitor, "00000000")
    assert verdict(page) == ("refused", "没有这个提货码") and "<b>00000000</b>" in page
    assert verdict(look(visitor, "%3Cscript%3Ealert(1)%3C/script%3E")) == ("refused", "没有看懂")
    assert "<script>alert" not in look(visitor, "%3Cscript%3Ealert(1)%3C/script%3E")
    assert verdict(look(visitor, "12%00")) == ("refused", "没有看懂")
    assert verdict(hand_out(visitor, "00000000", "1%00").text) == ("refused", "没有这个提货码")


def test_order_of_another_store_is_refused_and_says_where(visitor, shop):
    number = order(shop)
    make_ready(shop, number)
    code, other = pickup_code(shop, number), another_store(shop)
    elsewhere = Visitor(shop, staff_token(shop, "clerk", stores=(other,)))
    page = look(elsewhere, code)
    assert verdict(page) == ("refused", "不是本店的订单")
    assert "“中兴店”" in page and number not in page
    assert verdict(hand_out(elsewhere, code, number, other).text) == ("refused", "不是本店的订单")
    assert hand_out(elsewhere, code, number).status_code == 403
    assert verdict(look(elsewhere, number)) == ("refused", "本店没有这个订单")
    moved = elsewhere.post(f"{COUNTER}/{number}/ready", page=COUNTER)
    assert moved.status_code == 403
    assert one(shop, "SELECT state FROM orders WHERE number = :n", n=number) == "ready"
    assert "您在哪家门店？" in visitor.get(COUNTER)
    visitor.open(f"/console/store?id={shop.store_id}&next={COUNTER}")
    assert verdict(look(visitor, code)) == ("found", "请核对商品后确认交付")


def test_end_of_a_phone_number_with_several_orders_asks_which(visitor, shop):
    first, second = (order(shop, ("RICE", "1"), phone="19900001234") for _ in range(2))
    for number in (first, second):
        make_ready(shop, number)
    page = look(visitor, "1234")
    assert verdict(page) == ("several", "有 2 个订单，请与顾客核对")
    assert verdict(look(visitor, "1234", number=second)) == ("found", "请核对商品后确认交付")
    assert hand_out(visitor, "1234", second).location == f"{COUNTER}?done={second}"
    assert verdict(look(visitor, "1234")) == ("found", "请核对商品后确认交付")
    assert hand_out(visitor, "1234", first).status_code == 303
    assert verdict(look(visitor, "1234")) == ("refused", "已经交付过了")
    assert verdict(look(visitor, "4321")) == ("refused", "没有待提货的订单")


def test_order_number_alone_does_not_hand_out(visitor, shop):
    number = order(shop)
    make_ready(shop, number)
    assert verdict(look(visitor, number)) == ("ask", "请扫顾客的提货码")
    answer = hand_out(visitor, number, number)
    assert verdict(answer.text) == ("ask", "请扫顾客的提货码")
    assert one(shop, "SELECT count(*) FROM handover") == 0


def test_order_that_is_not_ready_is_made_ready_at_the_counter(visitor, shop):
    number = order(shop, phone="19900001234")
    code = pickup_code(shop, number)
    assert verdict(look(visitor, code)) == ("early", "还没有备好")
    assert verdict(hand_out(visitor, code).text) == ("early", "还没有备好")
    answer = visitor.post(f"{COUNTER}/{number}/ready", {"code": code}, page=f"{COUNTER}?code={code}")
    assert answer.location == f"{COUNTER}?code={code}&number={number}"
    assert visitor.toasts() == ["已备好，自提的顾客会收到通知"]
    assert verdict(visitor.get(answer.location)) == ("found", "请核对商品后确认交付")


def test_order_on_hold_says_why(visitor, shop):
    number = order(shop)
    make_ready(shop, number)
    hold(shop, number)
    page = look(visitor, pickup_code(shop, number))
    assert verdict(page) == ("refused", "暂时不能交付") and "拼团还差 1 人" in page
    assert verdict(hand_out(visitor, pickup_code(shop, number)).text) == ("refused", "暂时不能交付")


def test_free_text_of_customers_is_shown_as_text(visitor, shop):
    number = order(shop)
    make_ready(shop, number)
    with shop.bound():
        db.session.execute(text("UPDATE orders SET remark = '<img src=x onerror=alert(1)>'"))
        db.session.execute(text("UPDATE order_line SET title = '<b>奶</b>'"))
        db.session.commit()
    page = look(visitor, pickup_code(shop, number)) + visitor.get(f"{COUNTER}/picklist")
    assert "<img src=x" not in page and "<b>奶</b>" not in page and "&lt;b&gt;奶" in page


def test_lists_of_the_day_and_their_steps(visitor, shop):
    to_do, waiting, gone = (order(shop, ("MILK", "1")) for _ in range(3))
    for number in (waiting, gone):
        make_ready(shop, number)
    code = pickup_code(shop, gone)
    hand_out(visitor, code, gone)
    page = visitor.get(COUNTER)
    assert re.findall(r'list-count">(\d+)<', page) == ["1", "1", "1"]
    assert code[-4:] in page and pickup_code(shop, waiting)[-4:] in page and pickup_code(shop, waiting) not in page
    assert len(visitor.statements) <= 15
    visitor.post(f"{COUNTER}/{to_do}/prepare", page=COUNTER)
    assert one(shop, "SELECT state FROM orders WHERE number = :n", n=to_do) == "preparing"
    visitor.post(f"{COUNTER}/{to_do}/prepare", page=COUNTER)
    assert "不能改为" in "".join(visitor.toasts())


def test_counter_with_more_orders_takes_no_more_statements(visitor, shop):
    make_ready(shop, order(shop, ("MILK", "1"), phone="19900001234"))
    look(visitor, "1234")
    few = len(visitor.statements)
    for _ in range(4):
        order(shop, ("MILK", "1"), ("RICE", "1"), ("PORK", "0.5"))
    look(visitor, "1234")
    assert len(visitor.statements) == few <= 15


def test_picklist_sums_goods_by_category_and_shelf(visitor, shop):
    order(shop, ("MILK", "2"), ("PORK", "0.5"))
    order(shop, ("MILK", "3"))
    page = visitor.get(f"{COUNTER}/picklist")
    assert "没有分类" in page and "5<small>盒</small>" in page and "0.5<small>kg</small>" in page and "称重" in page
    assert len(visitor.statements) <= 15
    assert "没有登记货架" in visitor.get(f"{COUNTER}/picklist?by=shelf")


def test_counter_needs_its_permission(shop):
    assert Visitor(shop).open(COUNTER).location == "/console/login?next=%2Fconsole%2Fpickup"
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    assert "今天还没有交付" in clerk.get(COUNTER)
    assert Visitor(shop, shop.staff_token).open(f"{COUNTER}/verify").location == COUNTER


def test_hand_over_without_a_form_of_ours_is_refused(visitor, shop):
    number = order(shop)
    make_ready(shop, number)
    data = {"store": str(shop.store_id), "code": pickup_code(shop, number), "number": number}
    assert visitor.open(f"{COUNTER}/verify", "POST", data=data).status_code == 403
    assert hand_out(visitor, pickup_code(shop, number), store="x").status_code == 303
    assert visitor.toasts() == ["请先选择门店"]
    assert one(shop, "SELECT state FROM orders") == "ready"
