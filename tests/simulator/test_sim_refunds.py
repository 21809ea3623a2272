"""Refund limits, re-entry, ends and notifies (wechat.md §4.9)."""

import json

import pytest


def notified(shop, receiver):
    events = [shop.wx.callback(r.headers, r.body) for r in receiver.requests if r.path.endswith("/refund")]
    return [(event["event_type"], event["resource"]) for event in events]


def test_refund_is_processing_then_success_and_announced(shop, receiver):
    transaction_id = shop.pay("R00000001")["transaction_id"]
    status, refund = shop.refund("R00000001", "RF1", 990, reason="缺货")
    assert (status, refund["status"], refund["amount"]["refund"], refund["amount"]["total"]) == (
        200, "PROCESSING", 990, 1990)
    shop.sim.advance(2)
    status, body = shop.wx.query_refund("RF1")
    done = json.loads(body)
    assert (status, done["status"], done["refund_id"], done["transaction_id"]) == (
        200, "SUCCESS", refund["refund_id"], transaction_id)
    assert notified(shop, receiver) == [("REFUND.SUCCESS", {
        "mchid": "1600000001", "out_trade_no": "R00000001", "transaction_id": transaction_id, "out_refund_no": "RF1",
        "refund_id": refund["refund_id"], "refund_status": "SUCCESS", "user_received_account": "支付用户零钱",
        "amount": {"total": 1990, "refund": 990, "payer_total": 1990, "payer_refund": 990},
        "success_time": done["success_time"],
    })]


def test_trade_stays_refund_for_ever_after_the_first_refund(shop):
    shop.pay("R00000002")
    shop.refund("R00000002", "RF2", 1)
    shop.sim.advance(10)
    trade = shop.query("R00000002")[1]
    assert (trade["trade_state"], trade["amount"]["total"]) == ("REFUND", 1990)


def test_same_number_same_parameters_is_the_same_refund(shop):
    shop.pay("R00000003")
    first = shop.refund("R00000003", "RF3", 100)
    assert shop.refund("R00000003", "RF3", 100) == first
    assert len(shop.sim.get("refunds")["refunds"]) == 1


def test_same_number_other_amount_is_refused(shop):
    shop.pay("R00000004")
    shop.refund("R00000004", "RF4", 100)
    status, body = shop.refund("R00000004", "RF4", 101)
    assert (status, body["code"]) == (400, "INVALID_REQUEST")


def test_refunds_never_exceed_the_payment(shop):
    shop.pay("R00000005", 1000)
    shop.refund("R00000005", "RF5a", 700, 1000)
    shop.sim.advance(60)
    assert shop.refund("R00000005", "RF5b", 301, 1000)[1]["code"] == "INVALID_REQUEST"
    assert shop.refund("R00000005", "RF5c", 300, 1000)[0] == 200


def test_second_refund_within_a_minute_is_429(shop):
    shop.pay("R00000006")
    shop.refund("R00000006", "RF6a", 1)
    assert shop.refund("R00000006", "RF6b", 1)[0] == 429
    shop.sim.advance(60)
    assert shop.refund("R00000006", "RF6b", 1)[0] == 200


def test_fifty_first_refund_is_refused(shop):
    shop.sim.post("settings", {"refund_interval_seconds": 0})
    shop.pay("R00000007")
    answers = [shop.refund("R00000007", f"RF7-{number}", 1)[0] for number in range(51)]
    assert answers == [200] * 50 + [400]


@pytest.mark.parametrize(("number", "total", "status", "code"), [
    ("NOBODY0001", 1990, 404, "RESOURCE_NOT_EXISTS"), ("R00000008", 1990, 400, "INVALID_REQUEST"),
    ("R00000009", 1991, 400, "INVALID_REQUEST"),
])
def test_refund_of_unknown_unpaid_or_misquoted_order(shop, number, total, status, code):
    shop.order("R00000008")
    shop.pay("R00000009")
    answer = shop.refund(number, "RF8", 1, total)
    assert (answer[0], answer[1]["code"]) == (status, code)


def test_refund_after_a_year_is_refused(shop):
    shop.pay("R00000010")
    shop.sim.advance(366 * 86400)
    assert shop.refund("R00000010", "RF10", 1)[0] == 400


def test_query_of_unknown_refund_is_404(shop):
    status, body = shop.wx.query_refund("NOBODY")
    assert (status, json.loads(body)["code"]) == (404, "RESOURCE_NOT_EXISTS")


@pytest.mark.parametrize("status", ["ABNORMAL", "CLOSED"])
def test_refund_that_ends_badly(shop, receiver, status):
    shop.pay("R00000011")
    shop.sim.fault(f"refund_{status.lower()}", shop.match, times=1)
    shop.refund("R00000011", "RF11", 1990)
    shop.sim.advance(61)
    assert [(event, body["refund_status"]) for event, body in notified(shop, receiver)] == [
        (f"REFUND.{status}", status)]
    again = shop.refund("R00000011", "RF11b", 1990)[0]
    assert again == (200 if status == "CLOSED" else 400)


def test_stuck_refund_stays_processing(shop, receiver):
    shop.pay("R00000012")
    shop.sim.fault("refund_stuck", shop.match, times=1)
    shop.refund("R00000012", "RF12", 1990)
    shop.sim.advance(30 * 86400)
    assert (json.loads(shop.wx.query_refund("RF12")[1])["status"], notified(shop, receiver)) == ("PROCESSING", [])


def test_not_enough_is_403_and_the_same_number_works_later(shop):
    shop.pay("R00000013")
    shop.sim.fault("refund_not_enough", shop.match, times=1)
    answers = [shop.refund("R00000013", "RF13", 5) for _ in range(2)]
    assert [(status, body.get("code", body.get("status"))) for status, body in answers] == [
        (403, "NOT_ENOUGH"), (200, "PROCESSING")]


def test_coupon_share_of_partial_refunds_sums_to_the_whole(shop):
    shop.sim.post("settings", {"refund_interval_seconds": 0})
    shop.pay("R00000014", 1000, coupon_fen=333)
    parts = [shop.refund("R00000014", f"RF14-{fen}", fen, 1000)[1]["amount"] for fen in (111, 222, 667)]
    assert sum(part["payer_refund"] for part in parts) == 667
    assert sum(part["discount_refund"] for part in parts) == 333


def test_partner_refund_needs_the_right_sub_merchant(partner, receiver):
    partner.pay("R00000015")
    assert partner.refund("R00000015", "RF15", 10)[0] == 200
    assert partner.wx.query_refund("RF15", sub_mchid="1800000999")[0] == 403
    partner.sim.advance(2)
    [(event, body)] = notified(partner, receiver)
    assert (event, body["sp_mchid"], body["sub_mchid"]) == ("REFUND.SUCCESS", "1900000109", "1800000003")
