"""Every notify fault once: what arrives, and what the SDK makes of it (wechat.md §7.5, §8)."""

import json
import time

import pytest


def pay(shop, number="F00000001"):
    shop.pay(number)
    shop.sim.wait()


def verdict(shop, request):
    """What the SDK's callback() says: ok, none, or the exception's class."""
    try:
        event = shop.wx.callback(request.headers, request.body)
    except Exception as error:
        return type(error).__name__
    return "ok" if event else "none"


@pytest.mark.parametrize(("fault", "expected"), [
    ("tamper_signature", "none"), ("tamper_body", "none"), ("bad_aes_tag", "none"), ("wrong_apiv3_key", "none"),
    ("missing_sigtype", "Exception"), ("unknown_pub_key_id", "none"), ("wrong_serial", "none"),
    ("old_timestamp", "ok"), ("future_timestamp", "ok"), ("huge_body", "ok"), ("amount_mismatch", "ok"),
])
def test_bent_notify_is_followed_by_the_right_one(shop, receiver, fault, expected):
    receiver.statuses[:] = [400]
    shop.sim.fault(fault, shop.match, times=1)
    pay(shop)
    shop.sim.advance(15)
    assert [verdict(shop, request) for request in receiver.requests] == [expected, "ok"]
    assert [a["faults"] for a in shop.notifies()[0]["attempts"]] == [[fault], []]


@pytest.mark.parametrize(("fault", "args", "low", "high"), [
    ("old_timestamp", {"seconds": 900}, -910, -890), ("future_timestamp", {"seconds": 900}, 890, 910),
    ("clock_skew", {"seconds": 400}, 390, 410),
])
def test_shifted_timestamp(shop, receiver, fault, args, low, high):
    shop.order("F00000002")
    params = shop.params(shop.order("F00000002")[1]["prepay_id"])
    shop.sim.fault(fault, shop.match, args=args)
    shop.sim.pay(params, shop.openid)
    shop.sim.wait()
    assert low < int(receiver.requests[0].headers["Wechatpay-Timestamp"]) - time.time() < high


def test_amount_mismatch_changes_only_the_total(shop, receiver):
    shop.sim.fault("amount_mismatch", shop.match, args={"diff_fen": -90})
    pay(shop)
    event = shop.wx.callback(receiver.requests[0].headers, receiver.requests[0].body)
    assert event["resource"]["amount"] == {"total": 1900, "payer_total": 1990, "currency": "CNY",
                                           "payer_currency": "CNY"}


def test_huge_body_is_as_long_as_asked(shop, receiver):
    shop.sim.fault("huge_body", shop.match, args={"bytes": 3_000_000})
    pay(shop)
    assert 2_999_000 < len(receiver.requests[0].body) < 3_002_000


def test_dropped_attempt_is_retried(shop, receiver):
    shop.sim.fault("drop", shop.match, times=1)
    pay(shop)
    assert receiver.requests == []
    shop.sim.advance(15)
    assert len(receiver.requests) == 1


def test_dropped_event_never_arrives(shop, receiver):
    shop.sim.fault("drop", shop.match, args={"all": True}, times=1)
    pay(shop)
    shop.sim.advance(86400 * 2)
    assert (receiver.requests, [row["state"] for row in shop.notifies()]) == ([], ["dropped"])
    assert shop.query("F00000001")[1]["trade_state"] == "SUCCESS"


def test_delayed_notify_waits_on_the_virtual_clock(shop, receiver):
    shop.sim.fault("delay", shop.match, args={"seconds": 600}, times=1)
    pay(shop)
    shop.sim.advance(590)
    assert receiver.requests == []
    shop.sim.advance(11)
    assert len(receiver.requests) == 1


def test_duplicate_and_concurrent_send_copies(shop, receiver):
    shop.sim.fault("duplicate", shop.match, args={"n": 2}, times=1)
    pay(shop, "F00000003")
    assert len(receiver.requests) == 3
    shop.sim.fault("concurrent", shop.match, args={"n": 5}, times=1)
    pay(shop, "F00000004")
    assert [len({r.body for r in receiver.requests[a:b]}) for a, b in ((0, 3), (3, 8))] == [1, 1]
    assert len(receiver.requests) == 8


def test_sigtest_probe_comes_before_the_right_one(shop, receiver):
    receiver.statuses[:] = [401]
    shop.sim.fault("sigtest_probe", shop.match, times=1)
    pay(shop)
    probe, right = receiver.requests
    assert probe.headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    assert (verdict(shop, probe), verdict(shop, right)) == ("none", "ok")
    assert [(a["extra"], a["status"]) for a in shop.notifies()[0]["attempts"]] == [(True, 401), (False, 204)]


def test_reorder_sends_the_refund_before_the_payment(shop, receiver):
    shop.sim.fault("reorder", shop.match, times=1)
    pay(shop)
    assert receiver.requests == []
    shop.refund("F00000001", "FR1", 100)
    shop.sim.advance(3)
    kinds = [shop.wx.callback(r.headers, r.body)["event_type"] for r in receiver.requests]
    assert kinds == ["REFUND.SUCCESS", "TRANSACTION.SUCCESS"]


@pytest.mark.parametrize(("reencrypt", "readable"), [(False, "none"), (True, "ok")])
def test_other_mchid_replays_to_another_tenants_address(shop, other, receiver, reencrypt, readable):
    other.order("OTHER00001")
    shop.sim.fault("other_mchid", shop.match, args={"mchid": "1600000002", "reencrypt": reencrypt}, times=1)
    pay(shop)
    [stray], [right] = receiver.at("/pay/two"), receiver.at("/pay/one")
    assert (verdict(other, stray), verdict(shop, right)) == (readable, "ok")
    if reencrypt:
        assert other.wx.callback(stray.headers, stray.body)["resource"]["mchid"] == "1600000001"


def test_slow_reader_leaves_the_answer_waiting(shop, receiver):
    shop.sim.fault("slow_reader", shop.match, args={"seconds": 0.4}, times=1)
    pay(shop)
    [attempt] = shop.notifies()[0]["attempts"]
    assert (attempt["status"], attempt["ms"] >= 400) == (204, True)


def test_forged_notify_names_the_right_serial_but_does_not_verify(shop, receiver):
    shop.sim.fault("forge", shop.match, args={"known_key": True}, times=1)
    shop.order("F00000005")
    shop.sim.wait()
    [forged] = receiver.requests
    assert forged.headers["Wechatpay-Serial"] == shop.profile["wxpay_public_key_id"]
    assert json.loads(forged.body)["event_type"] == "TRANSACTION.SUCCESS"
    assert (verdict(shop, forged), shop.query("F00000005")[1]["trade_state"]) == ("none", "NOTPAY")


def test_fault_of_one_tenant_leaves_the_other_alone(shop, other, receiver):
    shop.sim.fault("drop", shop.match, args={"all": True})
    pay(shop)
    other.pay("F00000006")
    shop.sim.wait()
    assert [request.path for request in receiver.requests] == ["/pay/two"]


def test_fault_of_a_sub_merchant_matches_its_provider_trades(partner, receiver):
    partner.sim.fault("drop", {"mchid": "1800000003"}, args={"all": True})
    partner.pay("F00000007")
    partner.sim.wait()
    assert receiver.requests == []


def test_probability_with_seed_strikes_the_same_again(sim, shop, receiver):
    def run():
        fault = sim.fault("drop", shop.match, args={"all": True}, probability=0.5, seed=7)
        for number in range(12):
            shop.pay(f"PR{number:08d}")
        sim.wait()
        sim.call("DELETE", f"faults/{fault['id']}")
        states = {row["out_trade_no"]: row["state"] for row in shop.notifies()}
        sim.post("reset")
        return sorted(states.values())

    first = run()
    assert (first, set(first)) == (run(), {"done", "dropped"})


def test_unreachable_address_is_logged_with_the_error(shop, sim):
    shop.notify_url = "http://127.0.0.1:9/nobody"
    pay(shop)
    [attempt] = shop.notifies()[0]["attempts"]
    assert (attempt["status"], attempt["error"].split(":")[0]) == (None, "ConnectionRefusedError")
