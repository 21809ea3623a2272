"""The notify engine: content, schedule, manual mode (wechat.md §4.8, §7.4)."""

import pytest

from simulator.notify import SCHEDULE


def test_payment_notify_is_verified_and_decrypted_by_the_sdk(shop, receiver):
    transaction_id = shop.pay("N00000001")["transaction_id"]
    assert shop.sim.wait()
    [request] = receiver.at("/pay/one")
    event = shop.wx.callback(request.headers, request.body)
    assert (event["event_type"], event["summary"], event["resource_type"]) == (
        "TRANSACTION.SUCCESS", "支付成功", "encrypt-resource")
    assert event["resource"] == shop.query("N00000001")[1]
    assert event["resource"]["transaction_id"] == transaction_id
    assert [row["state"] for row in shop.notifies()] == ["done"]


def test_partner_notify_is_sealed_with_the_providers_key(partner, receiver):
    partner.pay("N00000002")
    partner.sim.wait()
    [request] = receiver.at("/pay/sub")
    assert partner.wx.callback(request.headers, request.body)["resource"]["sub_mchid"] == "1800000003"


def test_failed_notify_follows_the_whole_schedule_then_gives_up(shop, receiver):
    receiver.statuses[:] = [500] * 20
    shop.pay("N00000003")
    shop.sim.wait()
    counts = [len(receiver.requests)]
    for pause in SCHEDULE[1:]:
        shop.sim.advance(pause)
        counts.append(len(receiver.requests))
    shop.sim.advance(86400)
    assert counts == list(range(1, 17))
    assert len(receiver.requests) == 16
    assert [(row["state"], row["tries"]) for row in shop.notifies()] == [("failed", 16)]


def test_retry_repeats_id_and_ciphertext_with_a_fresh_signature(shop, receiver):
    receiver.statuses[:] = [500]
    shop.pay("N00000004")
    shop.sim.wait()
    shop.sim.advance(15)
    first, second = receiver.requests
    assert first.body == second.body
    assert first.headers["Wechatpay-Nonce"] != second.headers["Wechatpay-Nonce"]
    assert [a["status"] for a in shop.notifies()[0]["attempts"]] == [500, 204]


@pytest.mark.parametrize(("status", "state"), [(200, "done"), (204, "done"), (201, "pending"), (302, "pending"),
                                               (401, "pending")])
def test_only_200_and_204_are_taken_and_redirects_are_not_followed(shop, receiver, status, state):
    receiver.statuses[:] = [status]
    shop.pay("N00000005")
    shop.sim.wait()
    assert ([row["state"] for row in shop.notifies()], receiver.at("/elsewhere")) == ([state], [])


def test_manual_mode_sends_nothing_until_told(shop, receiver):
    shop.sim.post("notifies/mode", {"mode": "manual"})
    shop.pay("N00000006")
    shop.sim.advance(3600)
    assert receiver.requests == []
    [row] = shop.notifies()
    [attempt] = shop.sim.post(f"notifies/{row['id']}/resend")["attempts"]
    assert (attempt["status"], len(receiver.requests)) == (204, 1)


def test_manual_mode_of_one_merchant_leaves_the_other_automatic(shop, other, receiver):
    shop.sim.post("notifies/mode", {"mode": "manual", "mchid": "1600000001"})
    try:
        shop.pay("N00000007")
        other.pay("N00000007")
        shop.sim.wait()
        assert [request.path for request in receiver.requests] == ["/pay/two"]
    finally:
        shop.sim.post("notifies/mode", {"mode": "auto", "mchid": "1600000001"})
    shop.sim.wait()
    assert [request.path for request in receiver.requests] == ["/pay/two", "/pay/one"]


def test_resend_of_a_done_notify_is_a_duplicate(shop, receiver):
    shop.pay("N00000008")
    shop.sim.wait()
    [row] = shop.notifies()
    shop.sim.post(f"notifies/{row['id']}/resend")
    assert (receiver.requests[0].body == receiver.requests[1].body, shop.notifies()[0]["state"]) == (True, "done")


def test_no_close_or_expiry_is_ever_announced(shop):
    shop.order("N00000009")
    shop.wx.close("N00000009")
    shop.sim.advance(8 * 86400)
    assert shop.notifies() == []


def test_switching_to_auto_again_sends_nothing_twice(shop, receiver):
    shop.sim.post("notifies/mode", {"mode": "manual"})
    for number in range(20):
        shop.pay(f"NA{number:08d}")
    for _ in range(3):
        shop.sim.post("notifies/mode", {"mode": "auto"})
    shop.sim.wait()
    assert len(receiver.requests) == 20


def test_address_below_localhost_is_this_machine(shop, receiver):
    shop.notify_url = shop.notify_url.replace("127.0.0.1", "shop-one.localhost")
    shop.pay("N00000010")
    shop.sim.wait()
    assert receiver.requests[0].headers["Host"].startswith("shop-one.localhost:")
