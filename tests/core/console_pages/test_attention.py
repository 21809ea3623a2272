"""What waits for somebody, and what can be done about it on the page."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from core.db import db
from tests.core.console_http.acting import another_store, order, staff_token
from tests.core.console_pages.test_analytics import words
from tests.core.console_pages.visitor import Visitor

_STUCK = """
    INSERT INTO payment (order_id, out_trade_no, amount_fen, price_version, profile_version, appid, openid, state,
                         last_error, expires_at, next_check_at, created_at)
    SELECT id, 'stuck-1', 1280, 1, 1, 'wx', 'o', 'prepared', '<b>没有回答</b>', now() - interval '1 hour',
           now() + interval '1 hour', now() - interval '2 hours' FROM orders WHERE number = :number RETURNING id
"""
_FAILING = """
    INSERT INTO refund (order_id, request_key, out_refund_no, amount_fen, kind, reason, state, attempts, next_try_at,
                        actor, created_at)
    SELECT id, 'k', 'refund-1', 1280, 'customer', '少送一盒', 'abnormal', 4, now(), 'system', now()
    FROM orders WHERE number = :number RETURNING id
"""


@pytest.fixture
def troubled(shop):
    """An order with a stuck payment and a failing refund: its number and their ids."""
    number = order(shop, paid=False)
    with shop.bound():
        payment = db.session.execute(text(_STUCK), {"number": number}).scalar_one()
        refund = db.session.execute(text(_FAILING), {"number": number}).scalar_one()
        db.session.commit()
    return number, payment, refund


def one(shop, query):
    with shop.bound():
        return tuple(db.session.execute(text(query)).one())


def test_quiet_shop_is_told_so(visitor):
    shown = words(visitor.get("/console/attention"))
    assert "一切正常" in shown


def test_stuck_money_is_shown_with_its_reason(visitor, troubled):
    page = visitor.get("/console/attention")
    shown = words(page)
    assert f"{troubled[0]} ¥12.80 2 小时前 · 已核实 0 次" in shown
    assert "退款无法入账，请在微信商户平台处理" in shown
    assert "<b>没有回答" not in page
    assert len(visitor.statements) <= 15


def test_payment_is_asked_for_again(visitor, shop, troubled):
    answer = visitor.post(f"/console/attention/payments/{troubled[1]}/retry", page="/console/attention")
    assert answer.location == "/console/attention"
    assert one(shop, "SELECT next_check_at <= now() FROM payment WHERE out_trade_no = 'stuck-1'") == (True,)
    assert one(shop, "SELECT action FROM audit_log ORDER BY id DESC LIMIT 1") == ("payments.retry",)


def test_refund_is_tried_again(visitor, shop, troubled):
    visitor.post(f"/console/attention/refunds/{troubled[2]}/retry", page="/console/attention")
    assert one(shop, "SELECT state FROM refund") == ("processing",)
    gone = visitor.post("/console/attention/refunds/999999/retry", page="/console/attention")
    assert gone.status_code == 404


def test_refund_is_settled_by_hand_with_a_note(visitor, shop, troubled):
    path = f"/console/attention/refunds/{troubled[2]}/settle"
    empty = visitor.post(path, {"note": ""})
    assert (empty.status_code, "field-error" in empty.text) == (200, True)
    assert visitor.post(path, {"note": "现金退还"}).status_code == 303
    assert one(shop, "SELECT settled_note FROM refund") == ("现金退还",)
    assert visitor.open(path).status_code == 404


def test_clerk_sees_no_refunds_and_may_not_act(shop, troubled):
    clerk = Visitor(shop, staff_token(shop, "clerk"))
    shown = words(clerk.get("/console/attention"))
    assert ("结果未知的付款" in shown, "没有成功的退款" in shown, "现在核实" in shown) == (True, False, False)
    assert clerk.open(f"/console/attention/refunds/{troubled[2]}/settle").status_code == 403
    assert clerk.post(f"/console/attention/payments/{troubled[1]}/retry", page="/console/attention").status_code == 403


def test_other_stores_matters_are_out_of_sight(shop, troubled):
    other = another_store(shop)
    manager = Visitor(shop, staff_token(shop, "manager", stores=(other,)))
    assert troubled[0] not in manager.get("/console/attention")
    assert manager.open(f"/console/attention/refunds/{troubled[2]}/settle").status_code == 404
    retried = manager.post(f"/console/attention/refunds/{troubled[2]}/retry", page="/console/attention")
    assert retried.status_code == 404


def test_other_shops_matters_are_out_of_sight(shop, other_shop, troubled):
    stranger = Visitor(other_shop, other_shop.staff_token)
    assert stranger.open(f"/console/attention/refunds/{troubled[2]}/settle").status_code == 404
