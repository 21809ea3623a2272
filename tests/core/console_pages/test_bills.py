"""Bills as pages: what differs and what to do, a reason is noted, a day is fetched again."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from core.db import db
from core.payments import bills
from tests.core.console_http.acting import order, staff_token
from tests.core.console_pages.test_analytics import words
from tests.core.console_pages.visitor import Visitor

_DAY = """
    INSERT INTO bill_day (day, mchid, mode, state, next_try_at, give_up_at, fetched_at, payments_there, payments_here,
                          paid_there_fen, paid_here_fen, fee_fen, matched)
    VALUES (:day, '1900000001', 'direct', 'differs', now(), now(), now(), 3, 2, 9600, 6400, 58, 2) RETURNING id
"""
_DIFFERENCE = """
    INSERT INTO bill_difference (bill_day_id, subject, kind, number, wechat_no, there_fen, here_fen)
    VALUES (:bill, 'payment', :kind, :number, '42000001', :there, :here) RETURNING id
"""


@pytest.fixture
def day(shop):
    """Yesterday's bill with a payment that we don't know; its day and the difference's id."""
    with shop.bound():
        day = bills.last_ready_day()
        bill = db.session.execute(text(_DAY), {"day": day}).scalar_one()
        values = {"bill": bill, "kind": "missing_here", "number": "<b>pay</b>", "there": 3200, "here": None}
        difference = db.session.execute(text(_DIFFERENCE), values).scalar_one()
        db.session.commit()
    return day.isoformat(), difference


def test_days_show_both_sides_and_what_is_open(visitor, day):
    shown = words(visitor.get("/console/bills"))
    assert "有 1 条差异还没有处理" in shown
    assert f"{day[0]} 商户号 1900000001 有差异 ¥96.00 ¥64.00 ¥0.00 ¥0.00 ¥0.58 ¥95.42 1" in shown
    assert len(visitor.statements) <= 15


def test_shop_without_bills_is_told_what_to_do(visitor):
    shown = words(visitor.get("/console/bills"))
    assert "还没有账单" in shown
    assert "去填收款设置" in shown


def test_day_tells_the_difference_and_what_to_do(visitor, day):
    page = visitor.get(f"/console/bills/{day[0]}")
    shown = words(page)
    assert "收款金额 ¥96.00 ¥64.00 ¥32.00" in shown
    assert "微信收了钱，本店没有这笔付款 待处理 微信 ¥32.00 本店 – 订单 – 商户单号 <b>pay</b> 微信单号 42000001" in shown
    assert "若是本店顾客，请原路退回或补记订单" in shown
    assert "<b>pay</b>" not in page


def test_difference_gets_a_reason_once(visitor, day):
    path = f"/console/bills/{day[0]}/differences/{day[1]}"
    assert "field-error" in visitor.post(path, {"note": " "}).text
    assert visitor.post(path, {"note": "<i>他店</i>收款"}).status_code == 303
    shown = words(visitor.get(f"/console/bills/{day[0]}"))
    assert ("已处理" in shown, "<i>他店</i>收款" in shown) == (True, True)
    again = visitor.post(path, {"note": "第二次"})
    assert "这条差异已处理" in words(again.text)
    assert "第二次" in again.text
    assert "店长 已经处理过了：<i>他店</i>收款" in words(again.text)


def test_day_is_fetched_again(visitor, shop, day):
    answer = visitor.post("/console/bills/fetch", {"day": day[0]}, page=f"/console/bills/{day[0]}")
    assert answer.location == f"/console/bills/{day[0]}"
    assert "等待账单" in words(visitor.get(f"/console/bills/{day[0]}"))
    with shop.bound():
        assert db.session.execute(text("SELECT action, target FROM audit_log ORDER BY id DESC LIMIT 1")).one() == (
            "bills.fetch", f"bill_day:{day[0]}",
        )  # fmt: skip


def test_day_that_was_never_compared_says_so(visitor):
    assert "这一天还没有核对过" in words(visitor.get("/console/bills/2026-01-02"))
    assert visitor.open("/console/bills/never").status_code == 422


def test_what_is_not_there_is_not_found(visitor, day):
    assert visitor.open(f"/console/bills/{day[0]}/differences/999999").status_code == 404
    assert visitor.open(f"/console/bills/2026-01-02/differences/{day[1]}").status_code == 404


def test_bills_are_for_who_sees_every_store(shop, day):
    assert Visitor(shop, staff_token(shop, "clerk")).open("/console/bills").status_code == 403
    limited = Visitor(shop, staff_token(shop, "manager", stores=(shop.store_id,)))
    for path in ("", f"/{day[0]}", f"/{day[0]}/differences/{day[1]}"):
        assert limited.open(f"/console/bills{path}").status_code == 403


@pytest.mark.parametrize("kind", ["missing_here", "missing_there", "amount_differs"])
def test_every_kind_has_words_and_leads_to_the_order(visitor, shop, day, kind):
    number = order(shop)
    with shop.bound():
        trade = db.session.execute(text("SELECT out_trade_no FROM payment")).scalar_one()
        values = {"bill": db.session.execute(text("SELECT id FROM bill_day")).scalar_one(), "kind": kind,
                  "number": trade, "there": 100, "here": 200}  # fmt: skip
        db.session.execute(text(_DIFFERENCE), values)
        db.session.commit()
    page = visitor.get(f"/console/bills/{day[0]}")
    assert re.findall(r'href="/console/orders/(\w+)"', page) == [number]
