"""API faults before and after the commit, of the answer, and of the meaning of pay calls (wechat.md §7.5)."""

import json
import time

import pytest
import requests

from simulator.testing import Refused


def state_of(shop, number):
    rows = shop.sim.get("orders", out_trade_no=number)["orders"]
    return [row["state"] for row in rows]


def test_error_answers_what_it_is_told_and_changes_nothing(shop):
    args = {"status": 403, "code": "RULE_LIMIT", "message": "业务规则限制", "numeric": 268448010}
    shop.sim.fault("error", shop.match | {"path": "jsapi$"}, args=args, times=1)
    assert shop.order("A00000001") == (403, {"code": "RULE_LIMIT", "message": "业务规则限制"})
    assert state_of(shop, "A00000001") == []
    assert shop.order("A00000001")[0] == 200


@pytest.mark.parametrize(("fault", "status", "code"), [("429", 429, "FREQUENCY_LIMITED"),
                                                       ("500", 500, "SYSTEM_ERROR")])
def test_standard_errors(shop, fault, status, code):
    shop.sim.fault(fault, shop.match, times=1)
    answer = shop.order("A00000002")
    assert (answer[0], answer[1]["code"], state_of(shop, "A00000002")) == (status, code, [])


def test_bad_gateway_is_html(shop):
    shop.sim.fault("502", shop.match, times=1)
    status, body = shop.wx.query(out_trade_no="A00000003")
    assert (status, body[:6]) == (502, b"<html>")


@pytest.mark.parametrize(("fault", "states"), [("connection_reset", []), ("reset_after_commit", ["NOTPAY"])])
def test_reset_before_or_after_the_commit(shop, fault, states):
    shop.sim.fault(fault, shop.match, times=1)
    with pytest.raises(requests.ConnectionError):
        shop.order("A00000004")
    assert state_of(shop, "A00000004") == states
    assert shop.order("A00000004")[0] == 200


@pytest.mark.parametrize(("fault", "states"), [("hang", []), ("hang_after_commit", ["NOTPAY"])])
def test_hang_before_or_after_the_commit(shop, fault, states):
    shop.sim.fault(fault, shop.match, args={"seconds": 1.5}, times=1)
    shop.wx._core._timeout = (1, 0.3)
    with pytest.raises(requests.ReadTimeout):
        shop.order("A00000005")
    shop.wx._core._timeout = (3, 10)
    assert state_of(shop, "A00000005") == states
    assert shop.order("A00000005")[0] == 200


def test_error_after_commit_of_a_refund_keeps_the_refund(shop):
    shop.pay("A00000006")
    shop.sim.fault("500_after_commit", shop.match | {"path": "/v3/refund/"}, times=1)
    assert shop.refund("A00000006", "AR6", 100)[0] == 500
    assert shop.refund("A00000006", "AR6", 100)[0] == 200
    assert len(shop.sim.get("refunds")["refunds"]) == 1


@pytest.mark.parametrize("fault", ["tamper_response_signature", "sigtest_response", "missing_sig_headers",
                                   "wrong_charset"])
def test_answer_that_must_not_verify(shop, fault):
    shop.pay("A00000007")
    shop.sim.fault(fault, shop.match, times=1)
    with pytest.raises(Exception, match="failed to verify|does not support"):
        shop.query("A00000007")
    assert shop.query("A00000007")[0] == 200


def test_truncated_json_verifies_but_does_not_parse(shop):
    shop.pay("A00000008")
    shop.sim.fault("truncated_json", shop.match, times=1)
    status, body = shop.wx.query(out_trade_no="A00000008")
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert status == 200


def test_query_lag_shows_notpay_for_some_seconds(shop):
    shop.sim.fault("query_lag", shop.match, args={"seconds": 5}, times=1)
    shop.pay("A00000009")
    before = shop.query("A00000009")[1]["trade_state"]
    shop.sim.advance(5)
    assert (before, shop.query("A00000009")[1]["trade_state"]) == ("NOTPAY", "SUCCESS")


def test_close_race_pays_just_before_the_close(shop, receiver):
    shop.order("A00000010")
    shop.sim.fault("close_race", shop.match, times=1)
    assert json.loads(shop.wx.close("A00000010")[1])["code"] == "ORDERPAID"
    shop.sim.wait()
    assert (shop.query("A00000010")[1]["trade_state"], len(receiver.requests)) == ("SUCCESS", 1)


def test_orderpaid_on_reorder_has_really_been_paid(shop):
    shop.order("A00000011")
    shop.sim.fault("orderpaid_on_reorder", shop.match, times=1)
    assert shop.order("A00000011")[1]["code"] == "ORDERPAID"
    assert shop.query("A00000011")[1]["trade_state"] == "SUCCESS"


def test_user_paying_and_order_not_exist_are_shown_once(shop):
    shop.order("A00000012")
    shop.sim.fault("user_paying", shop.match, times=1)
    shop.sim.fault("order_not_exist", shop.match | {"out_trade_no": "A00000012"}, times=1)
    answers = [shop.query("A00000012") for _ in range(3)]
    assert [(status, body.get("trade_state", body.get("code"))) for status, body in answers] == [
        (404, "ORDER_NOT_EXIST"), (200, "USERPAYING"), (200, "NOTPAY")]


@pytest.mark.parametrize(("fault", "status", "code"), [("appid_mismatch", 400, "APPID_MCHID_NOT_MATCH"),
                                                       ("openid_mismatch", 500, "OPENID_MISMATCH")])
def test_mismatches_on_order(shop, fault, status, code):
    shop.sim.fault(fault, shop.match, times=1)
    answer = shop.order("A00000013")
    assert (answer[0], answer[1]["code"], state_of(shop, "A00000013")) == (status, code, [])


def test_times_are_used_up_and_hits_are_counted(shop):
    shop.sim.fault("500", shop.match, times=2)
    assert [shop.order("A00000014")[0] for _ in range(3)] == [500, 500, 200]
    assert [(row["times"], row["hits"]) for row in shop.sim.get("faults")["faults"]] == [(0, 2)]


def test_standing_fault_ends_when_cleared_for_its_merchant(shop, other):
    shop.sim.fault("500", shop.match)
    shop.sim.fault("500", other.match)
    assert shop.sim.call("DELETE", "faults", mchid="1600000001") == {"removed": 1}
    assert (shop.order("A00000015")[0], other.order("A00000015")[0]) == (200, 500)


@pytest.mark.parametrize(("entry", "error"), [
    ({"fault": "no_such"}, "UNKNOWN_FAULT"), ({"fault": "drop", "args": {"x": 1}}, "UNKNOWN_ARGUMENT"),
    ({"fault": "drop", "match": {"who": 1}}, "UNKNOWN_MATCH"),
    ({"fault": "drop", "match": {"path": "("}}, "BAD_PATTERN"),
    ({"fault": "drop", "probability": 2}, "OUT_OF_RANGE"), ({"fault": "drop", "surprise": 1}, "UNKNOWN_FIELD"),
    ({}, "MISSING_FIELD"),
])
def test_malformed_fault_is_refused(sim, entry, error):
    with pytest.raises(Refused) as refused:
        sim.post("faults", entry)
    assert (refused.value.status, refused.value.error, sim.get("faults")["faults"]) == (400, error, [])


def test_server_stays_quick_while_another_call_hangs(shop, other):
    shop.sim.fault("hang_after_commit", shop.match, args={"seconds": 2}, times=1)
    shop.wx._core._timeout = (1, 0.1)
    with pytest.raises(requests.ReadTimeout):
        shop.order("A00000016")
    started = time.monotonic()
    assert other.order("A00000016")[0] == 200
    assert time.monotonic() - started < 1.5
