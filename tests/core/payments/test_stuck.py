"""Money that does not get on by itself: seen, tried again, settled by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from core.clock import travel
from core.db import db
from core.orders.service import Actor
from core.payments import refunds, service, stuck
from core.payments.errors import PaymentNotStuck, RefundClosed, RefundNotFailing, RefundUnderWay
from tests.core.payments.conftest import eventually

STAFF = Actor("staff", 1)
LATER = timedelta(minutes=11).total_seconds()


@pytest.fixture
def refunded(paying):
    """A paid order whose refund was promised and not sent yet."""
    with paying.shop.bound():
        order_id = paying.order()
        paying.pay(order_id)
        eventually(lambda: paying.state(order_id) == "paid")
        refunds.request_refund(order_id, refunds.Rest(), "不要了", STAFF, "key-1")
        db.session.commit()
        yield paying


def failing(scope=None):
    db.session.rollback()
    return [(r["state"], r["error"], r["can_retry"], r["can_settle"]) for r in stuck.failing_refunds(scope)]


def only_refund(paying):
    return paying.rows("SELECT id FROM refund")[0][0]


def test_payment_that_wechat_tells_nothing_about_is_stuck_after_ten_minutes(paying):
    with paying.shop.bound():
        service.prepare(paying.order(), paying.payer)
        paying.fault("500")
        with travel(6):
            service.check_due()
        assert stuck.stuck_payments(None) == []
        with travel(LATER):
            (row,) = stuck.stuck_payments(None)
            assert (row["amount_fen"], row["state"], row["order_state"]) == (2560, "prepared", "pending")
            assert "SYSTEMERROR" in row["error"]
            assert stuck.stuck_payments([paying.shop.store_id + 1]) == []
            with pytest.raises(PaymentNotStuck):
                stuck.retry_payment(row["id"], [paying.shop.store_id + 1])


def test_payment_that_was_answered_again_is_not_stuck(paying):
    with paying.shop.bound():
        service.prepare(paying.order(), paying.payer)
        paying.fault("500", times=1)
        with travel(6):
            service.check_due()
        with travel(60):
            service.check_due()
        with travel(LATER):
            assert stuck.stuck_payments(None) == []


def test_retried_payment_is_asked_for_at_once(paying):
    paying.fault("drop", event="TRANSACTION.SUCCESS", args={"all": True})
    with paying.shop.bound():
        order_id = paying.order()
        paying.pay(order_id)
        (payment_id,) = paying.rows("SELECT id FROM payment")[0]
        db.session.execute(text("UPDATE payment SET next_check_at = now() + interval '1 day'"))
        db.session.commit()
        service.check_due()
        assert paying.state(order_id) == "pending"
        stuck.retry_payment(payment_id, None)
        db.session.commit()
        service.check_due()
        assert paying.state(order_id) == "paid"
        with pytest.raises(PaymentNotStuck):
            stuck.retry_payment(payment_id, None)


def test_refused_refund_tells_wechats_reason_and_can_be_settled_by_hand(refunded):
    refunded.fault("error", args={"status": 400, "code": "INVALID_REQUEST", "message": "订单支付已超过一年"})
    refunds.push_due()
    ((state, error, can_retry, can_settle),) = failing()
    assert (state, can_retry, can_settle) == ("pending", True, True)
    assert "订单支付已超过一年" in error
    stuck.settle_refund(only_refund(refunded), "转账 25.60 元", refunded.shop.staff_id, None)
    db.session.commit()
    assert failing() == []
    told = refunded.rows("SELECT state, settled_note, settled_by, settled_at IS NULL FROM refund")
    assert told == [("closed", "转账 25.60 元", refunded.shop.staff_id, False)]
    with travel(7200):
        refunds.push_due()
    assert refunded.rows("SELECT attempts FROM refund") == [(1,)]
    with pytest.raises(RefundNotFailing):
        stuck.settle_refund(only_refund(refunded), "twice", None, None)


def test_refund_under_way_is_neither_failing_nor_settled(refunded):
    assert failing() == []
    with pytest.raises(RefundNotFailing):
        stuck.settle_refund(only_refund(refunded), "too early", None, None)
    refunded.fault("500")
    for tries in range(4):
        with travel(7200 * tries):
            refunds.push_due()
        assert len(failing()) == (tries == 3)
    assert failing()[0][2:] == (True, False)
    with pytest.raises(RefundUnderWay):
        stuck.settle_refund(only_refund(refunded), "may be made yet", None, None)


def test_refund_out_of_balance_is_sent_again_on_demand(refunded):
    refunded.fault("refund_not_enough", times=1)
    refunds.push_due()
    assert failing()[0][2:] == (True, True)
    stuck.retry_refund(only_refund(refunded), [refunded.shop.store_id])
    db.session.commit()
    refunds.push_due()
    assert failing() == []
    assert refunded.rows("SELECT error_code, accepted_at IS NULL FROM refund") == [(None, False)]


def test_refund_of_another_store_is_not_found(refunded):
    refunded.fault("refund_not_enough", times=1)
    refunds.push_due()
    elsewhere = [refunded.shop.store_id + 1]
    assert failing(elsewhere) == []
    for action in (lambda: stuck.retry_refund(only_refund(refunded), elsewhere),
                   lambda: stuck.settle_refund(only_refund(refunded), "x", None, elsewhere)):  # fmt: skip
        with pytest.raises(RefundNotFailing):
            action()


@pytest.mark.parametrize(
    ("fault", "state", "told"),
    [
        ("refund_closed", "closed", "微信已关闭这笔退款"),
        ("refund_abnormal", "abnormal", "退款无法入账，请在微信商户平台处理"),
    ],
)
def test_refund_that_wechat_ends_is_failing(refunded, fault, state, told):
    refunded.fault(fault)
    refunds.push_due()
    eventually(lambda: refunded.rows("SELECT state FROM refund") == [(state,)])
    assert failing() == [(state, told, state == "abnormal", True)]
    if state == "closed":
        with pytest.raises(RefundClosed):
            stuck.retry_refund(only_refund(refunded), None)
        return
    stuck.retry_refund(only_refund(refunded), None)
    db.session.commit()
    assert refunded.rows("SELECT state FROM refund") == [("processing",)]


def test_actions_over_http(refunded):
    refunded.fault("refund_not_enough", times=1)
    refunds.push_due()
    db.session.rollback()
    refund_id = only_refund(refunded)
    shop, path = refunded.shop, f"/console/api/v1/refunds/{refund_id}"
    db.session.rollback()
    listed = shop.get("/console/api/v1/refunds/failing", token=shop.staff_token).json["items"]
    assert [(item["id"], item["amount_fen"], item["can_settle"]) for item in listed] == [(str(refund_id), 2560, True)]
    assert shop.post(f"{path}/retry", token=shop.staff_token).status_code == 204
    assert shop.post(f"{path}/settle", token=shop.staff_token, json={"note": ""}).status_code == 422
    assert shop.post(f"{path}/settle", token=shop.staff_token, json={"note": "现金"}).status_code == 204
    assert shop.get("/console/api/v1/payments/stuck", token=shop.staff_token).json["items"] == []
    assert shop.get("/console/api/v1/refunds/failing").status_code == 401
