"""Platform certificates, rotation, revoked merchant certificate, skewed server clock (wechat.md §4.14, §7.5)."""

import json

import pytest
from wechatpayv3 import WeChatPay, WeChatPayType

from simulator.testing import running


@pytest.fixture
def own():
    """A simulator whose platform keys a test may change."""
    with running() as sim:
        yield sim


def certificate_client(sim, profile, folder):
    for entry in sim.get("keys")["certificates"]:
        (folder / f"{entry['serial_no']}.pem").write_text(entry["cert_pem"])
    wx = WeChatPay(WeChatPayType.MINIPROG, profile["mchid"], profile["private_key_pem"], profile["cert_serial_no"],
                   profile["appid"], profile["apiv3_key"], cert_dir=str(folder), timeout=(3, 10))
    wx._core._gate_way = sim.url
    return wx


def order(sim, wx, number="K00000001"):
    openid = sim.login("wxk", "李四")["openid"]
    return wx.pay("牛奶", number, {"total": 1}, {"openid": openid}, notify_url="http://127.0.0.1:9/")


def test_certificates_are_refused_in_public_key_mode(shop):
    status, body = shop.wx._core.request("/v3/certificates")
    assert (status, json.loads(body)["code"]) == (403, "NO_AUTH")


def test_certificate_mode_verifies_with_the_platform_certificate(own, tmp_path):
    wx = certificate_client(own, own.provision("wxk", verify_mode="cert"), tmp_path)
    assert order(own, wx)[0] == 200


@pytest.mark.parametrize(("overlap", "listed"), [(True, 2), (False, 1)])
def test_rotation_in_certificate_mode_is_followed_by_one_download(own, tmp_path, overlap, listed):
    wx = certificate_client(own, own.provision("wxk", verify_mode="cert"), tmp_path)
    own.post("faults", {"fault": "rotate_platform_key", "args": {"overlap": overlap}})
    assert len(own.get("keys")["certificates"]) == listed
    assert order(own, wx)[0] == 200
    assert len(wx._core._certificates) == listed


def test_rotation_of_the_public_key_with_overlap_honours_the_old_id(own):
    profile = own.provision("wxk")
    wx = public_key_client(own, profile)
    order(own, wx)
    own.post("keys/rotate", {"overlap": True})
    assert order(own, wx, "K00000002")[0] == 200
    assert own.get("keys")["public_key_id"] != profile["wxpay_public_key_id"]


def test_hard_rotation_of_the_public_key_cuts_the_old_id(own):
    wx = public_key_client(own, own.provision("wxk"))
    order(own, wx)
    own.post("keys/rotate", {"overlap": False})
    with pytest.raises(Exception, match="failed to verify"):
        order(own, wx, "K00000002")


def public_key_client(sim, profile):
    wx = WeChatPay(WeChatPayType.MINIPROG, profile["mchid"], profile["private_key_pem"], profile["cert_serial_no"],
                   profile["appid"], profile["apiv3_key"], public_key=profile["wxpay_public_key_pem"],
                   public_key_id=profile["wxpay_public_key_id"], timeout=(3, 10))
    wx._core._gate_way = sim.url
    return wx


def test_switched_verify_mode_signs_with_the_other_kind(shop):
    shop.pay("K00000003")
    # Only answers, not notifications: a late attempt of one would use the fault up.
    shop.sim.fault("switch_verify_mode", shop.match | {"path": "^/v3/"}, times=2)
    status, _ = shop.query("K00000003")
    assert (status, len(shop.wx._core._certificates)) == (200, 1)


def test_revoked_merchant_certificate_is_401(shop):
    shop.sim.fault("revoke_merchant_cert", shop.match, times=1)
    answers = [shop.order("K00000004") for _ in range(2)]
    assert [(status, body.get("code")) for status, body in answers] == [(401, "SIGN_ERROR"), (200, None)]


def test_skewed_server_refuses_good_timestamps(shop):
    shop.sim.fault("clock_skew", shop.match, args={"seconds": 301}, times=1)
    assert [shop.order("K00000005")[0] for _ in range(2)] == [401, 200]


def test_disabled_merchant_is_403(shop):
    shop.sim.call("PATCH", "merchants/1600000001", {"disabled": True})
    try:
        assert shop.order("K00000006")[1]["code"] == "NO_AUTH"
    finally:
        shop.sim.call("PATCH", "merchants/1600000001", {"disabled": False})


def test_merchant_without_apiv3_key_is_never_notified(own):
    profile = own.provision("wxk")
    own.post("merchants", {"mchid": "1600000077", "appids": ["wxk"], "cert_pem": profile["cert_pem"]})
    wx = public_key_client(own, profile | {"mchid": "1600000077"})
    package = "prepay_id=" + json.loads(order(own, wx)[1])["prepay_id"]
    params = {"appId": "wxk", "timeStamp": "1", "nonceStr": "n", "package": package, "signType": "RSA",
              "paySign": wx.sign(["wxk", "1", "n", package])}
    assert own.pay(params, own.login("wxk", "李四")["openid"])["errMsg"] == "requestPayment:ok"
    assert own.get("notifies")["total"] == 0
