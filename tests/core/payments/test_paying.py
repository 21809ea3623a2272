from datetime import timedelta

import pytest
from sqlalchemy import text

from core.clock import travel
from core.db import db
from core.orders import adjust
from core.orders import service as orders
from core.orders.adjust import LineChange
from core.orders.service import Actor
from core.payments import expiry, profiles, refunds, service
from core.payments.errors import NotPayable, NotRefundable, RefundTooLarge
from core.payments.refunds import RefundLine
from tests.core.payments.conftest import eventually

STAFF = Actor("staff", 1)


def all_payments(shop):
    return shop.rows("SELECT state, amount_fen FROM payment ORDER BY id")


def all_refunds(shop):
    return shop.rows("SELECT kind, state, amount_fen FROM refund ORDER BY id")


def test_paid_at_wechat_is_paid_here_by_callback(paying):
    with paying.shop.bound():
        order_id = paying.order()
        paying.pay(order_id)
        eventually(lambda: paying.state(order_id) == "paid")
        assert all_payments(paying) == [("paid", 2560)]
        assert paying.rows("SELECT count(*) FROM reservation WHERE state = 'firm'") == [(1,)]
        assert len(paying.rows("SELECT pickup_code FROM orders")[0][0]) == 8


def test_prepare_twice_is_one_attempt(paying):
    with paying.shop.bound():
        order_id = paying.order()
        first = service.prepare(order_id, paying.payer)["params"]
        second = service.prepare(order_id, paying.payer)["params"]
        assert first["package"] == second["package"]
        assert all_payments(paying) == [("prepared", 2560)]


def test_order_that_costs_nothing_is_paid_without_wechat(paying):
    with paying.shop.bound():
        order_id = paying.order()
        adjust.adjust(order_id, [LineChange(1, "goodwill", -2560)], [], STAFF, "送")
        db.session.commit()
        assert service.prepare(order_id, paying.payer) == {"paid": True}
        assert paying.state(order_id) == "paid"
        assert all_payments(paying) == []


def test_lost_callback_is_found_by_query(paying):
    paying.fault("drop", event="TRANSACTION.SUCCESS", args={"all": True})
    with paying.shop.bound():
        order_id = paying.order()
        paying.pay(order_id)
        service.check_due()
        assert paying.state(order_id) == "pending"
        with travel(6):
            service.check_due()
        assert paying.state(order_id) == "paid"


@pytest.mark.parametrize("fault", ["duplicate", "concurrent"])
def test_repeated_callback_counts_once(paying, fault):
    paying.fault(fault, event="TRANSACTION.SUCCESS", args={"n": 5})
    with paying.shop.bound():
        order_id = paying.order()
        paying.pay(order_id)
        eventually(lambda: paying.state(order_id) == "paid")
        paying.wechat.post("notifies/wait")
        assert paying.rows("SELECT count(*) FROM event WHERE name = 'order.paid'") == [(1,)]
        assert paying.rows("SELECT kind, state FROM payment_notice") == [("transaction", "SUCCESS")]


@pytest.mark.parametrize(
    "fault",
    [
        "tamper_signature", "tamper_body", "old_timestamp", "future_timestamp", "wrong_serial", "unknown_pub_key_id",
        "missing_sigtype", "bad_aes_tag", "wrong_apiv3_key", "amount_mismatch", "huge_body",
    ],
)
def test_callback_that_is_not_right_is_refused_and_the_right_one_taken(paying, fault):
    args = {"old_timestamp": {"seconds": 600}, "future_timestamp": {"seconds": 600}, "huge_body": {"bytes": 2_000_000}}
    paying.fault(fault, event="TRANSACTION.SUCCESS", times=1, args=args.get(fault, {}))
    with paying.shop.bound():
        order_id = paying.order()
        paying.pay(order_id)
        paying.wechat.post("notifies/wait")
        attempts = paying.wechat.get("notifies", mchid=paying.mchid)["notifies"][0]["attempts"]
        assert 400 <= attempts[0]["status"] < 500, attempts
        assert paying.state(order_id) == "pending"
        paying.wechat.post("clock", {"advance_seconds": 20, "wait": True})
        assert paying.state(order_id) == "paid"


def test_callback_of_another_tenant_is_refused(paying, other_paying):
    with other_paying.shop.bound():
        other_url = profiles.notify_url("payment")
    paying.fault("other_mchid", event="TRANSACTION.SUCCESS", times=1, args={"url": other_url})
    with paying.shop.bound():
        order_id = paying.order()
        paying.pay(order_id)
        paying.wechat.post("notifies/wait")
        attempts = paying.wechat.get("notifies", mchid=paying.mchid)["notifies"][0]["attempts"]
        assert [a["status"] for a in attempts if a["url"] == other_url] == [401]
    with other_paying.shop.bound():
        assert other_paying.rows("SELECT count(*) FROM payment_notice") == [(0,)]


def test_late_payment_of_a_closed_order_goes_back_by_itself(paying):
    with paying.shop.bound():
        order_id = paying.order()
        params = service.prepare(order_id, paying.payer)["params"]
        orders.close_unpaid(order_id, orders.SYSTEM, "超时未付款")
        db.session.commit()
        assert paying.wechat.pay(params, paying.openid)["errMsg"] == "requestPayment:ok"
        eventually(lambda: all_refunds(paying) == [("stray", "pending", 2560)])
        refunds.push_due()
        paying.wechat.post("clock", {"advance_seconds": 120, "wait": True})
        eventually(lambda: all_refunds(paying) == [("stray", "success", 2560)])
        assert paying.state(order_id) == "closed"
    assert paying.shop.stock("MILK") == (100, 0)


def test_payment_at_the_price_before_an_adjustment_goes_back(paying):
    with paying.shop.bound():
        order_id = paying.order()
        old = service.prepare(order_id, paying.payer)["params"]
        adjust.adjust(order_id, [LineChange(1, "price", -60)], [], STAFF, "会员")
        db.session.commit()
        assert paying.wechat.pay(old, paying.openid)["errMsg"] == "requestPayment:ok"
        eventually(lambda: all_refunds(paying) == [("stray", "pending", 2560)])
        assert paying.state(order_id) == "pending"
        paying.pay(order_id)
        eventually(lambda: paying.state(order_id) == "paid")
        assert all_payments(paying) == [("paid", 2560), ("paid", 2500)]


def test_expired_order_is_closed_at_wechat_first(paying):
    with paying.shop.bound():
        order_id = paying.order()
        params = service.prepare(order_id, paying.payer)["params"]
        with travel(31 * 60):
            assert expiry.close_expired() == 1
        assert paying.state(order_id) == "closed"
        assert paying.wechat.pay(params, paying.openid)["errMsg"] != "requestPayment:ok"


def test_order_paid_in_the_last_moment_is_paid_not_closed(paying):
    paying.fault("drop", event="TRANSACTION.SUCCESS", args={"all": True})
    with paying.shop.bound():
        order_id = paying.order()
        paying.pay(order_id)
        with travel(31 * 60):
            assert expiry.close_expired() == 0
        assert paying.state(order_id) == "paid"


def test_wechat_down_at_the_deadline_delays_closing_by_ten_minutes(paying):
    with paying.shop.bound():
        order_id = paying.order()
        service.prepare(order_id, paying.payer)
        paying.fault("500")
        with travel(31 * 60):
            assert expiry.close_expired() == 0
        with travel(41 * 60):
            assert expiry.close_expired() == 1
        assert paying.state(order_id) == "closed"
        assert all_payments(paying) == [("closing", 2560)]


def test_timeout_after_commit_keeps_the_number(paying):
    with paying.shop.bound():
        order_id = paying.order()
        paying.wechat.fault("500_after_commit", {"mchid": paying.mchid, "path": "/v3/pay/transactions/jsapi"}, times=1)
        with pytest.raises(Exception, match="微信未给出结果"):
            service.prepare(order_id, paying.payer)
        assert service.prepare(order_id, paying.payer)["params"]["package"].startswith("prepay_id=")
        assert all_payments(paying) == [("prepared", 2560)]


def test_pay_for_an_order_that_is_not_pending_is_refused(paying):
    with paying.shop.bound():
        order_id = paying.order()
        orders.close_unpaid(order_id, orders.SYSTEM, "x")
        db.session.commit()
        with pytest.raises(NotPayable):
            service.prepare(order_id, paying.payer)


def paid_order(paying, quantity="3"):
    order_id = paying.order(quantity=quantity)
    paying.pay(order_id)
    eventually(lambda: paying.state(order_id) == "paid")
    return order_id


def test_full_refund_of_a_paid_order_cancels_it_and_frees_the_stock(paying):
    with paying.shop.bound():
        order_id = paid_order(paying)
        number = refunds.request_refund(order_id, refunds.Rest(), "不要了", STAFF, "key-1")
        assert refunds.request_refund(order_id, refunds.Rest(), "不要了", STAFF, "key-1") == number
        db.session.commit()
        assert paying.state(order_id) == "cancelled"
        refunds.push_due()
        paying.wechat.post("clock", {"advance_seconds": 120, "wait": True})
        eventually(lambda: all_refunds(paying) == [("customer", "success", 3840)])
        with pytest.raises(NotRefundable):
            refunds.request_refund(order_id, refunds.Rest(), "again", STAFF, "key-2")
    assert paying.shop.stock("MILK") == (100, 0)


def test_partial_refunds_add_up_to_the_line(paying):
    with paying.shop.bound():
        order_id = paying.order(quantity="3")
        adjust.adjust(order_id, [LineChange(1, "goodwill", -2811)], [], STAFF, "x")
        db.session.commit()
        paying.pay(order_id)
        eventually(lambda: paying.state(order_id) == "paid")
        for number in range(3):
            refunds.request_refund(order_id, [RefundLine(1, 1)], "破损", STAFF, f"key-{number}")
        with pytest.raises(RefundTooLarge):
            refunds.request_refund(order_id, [RefundLine(1, 1)], "破损", STAFF, "key-9")
        db.session.commit()
        assert all_refunds(paying) == [("customer", "pending", 343)] * 3
        assert paying.rows("SELECT refunded_fen FROM orders") == [(1029,)]
    assert paying.shop.stock("MILK") == (100, 0)


def test_refund_that_wechat_cannot_pay_is_retried_under_the_same_number(paying):
    with paying.shop.bound():
        order_id = paid_order(paying)
        paying.fault("refund_not_enough", times=1)
        number = refunds.request_refund(order_id, refunds.Rest(), "不要了", STAFF, "key-1")
        db.session.commit()
        refunds.push_due()
        assert paying.rows("SELECT state, attempts, last_error IS NOT NULL FROM refund") == [("pending", 1, True)]
        with travel(timedelta(minutes=1).total_seconds()):
            refunds.push_due()
        found = paying.wechat.get("refunds", mchid=paying.mchid)["refunds"]
        assert [refund["out_refund_no"] for refund in found] == [number]


def test_secrets_are_sealed_at_rest(paying):
    with paying.shop.bound():
        row = db.session.execute(text("SELECT private_key, apiv3_key FROM payment_profile")).one()
        secret = db.session.execute(text("SELECT secret FROM wechat_app")).scalar_one()
    assert paying.account["apiv3_key"].encode() not in bytes(row.apiv3_key)
    assert b"PRIVATE KEY" not in bytes(row.private_key)
    assert paying.account["secret"].encode() not in bytes(secret)
