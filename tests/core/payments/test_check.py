"""The live check of WeChat keys against the simulator: right ones, and wrong ones of every kind."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, text

from core.db import db
from core.payments import check, profiles
from tenants.models import PlatformSetting
from tests.core.payments.conftest import profile_data

FINE = [
    ("numbers", True),
    ("private_key", True),
    ("apiv3_key", True),
    ("platform_key", True),
    ("request", True),
    ("answer", True),
    ("appid", True),
    ("decrypt", None),
]


def entered(account, **changes):
    """What ProfileInSchema makes of a form."""
    return profile_data(account) | {"sub_mchid": None, "sub_appid": None, "platform_certs": []} | changes


def outcome(steps):
    return [(step.step, step.ok) for step in steps]


def failed(steps):
    """The one step that is wrong, with its advice."""
    (wrong,) = [step for step in steps if step.ok is False]
    return wrong.step, wrong.message, wrong.advice


@pytest.fixture
def account(shop, wechat):
    return wechat.provision(shop.appid)


@pytest.fixture(scope="module")
def stranger(wechat):
    """Another merchant, whose keys are right for somebody else."""
    return wechat.provision("wxstranger00000001")


def test_right_keys_pass_every_step(shop, account):
    with shop.bound():
        assert outcome(check.check_profile(entered(account))) == FINE


def test_checking_stores_nothing(shop, account, wechat):
    with shop.bound():
        check.check_profile(entered(account))
        check.check_app(shop.appid, account["secret"])
        assert db.session.execute(text("SELECT count(*) FROM payment_profile")).scalar() == 0
        assert db.session.execute(text("SELECT count(*) FROM wechat_app")).scalar() == 0
    assert [order for order in wechat.get("orders")["orders"] if order["mchid"] == account["mchid"]] == []


def test_stored_keys_stand_in_for_those_left_out(paying):
    with paying.shop.bound():
        data = entered(paying.account, private_key_pem=None, apiv3_key=None)
        assert outcome(check.check_profile(data)) == FINE


def test_first_check_without_keys_asks_for_them(shop, account):
    with shop.bound():
        steps = check.check_profile(entered(account, private_key_pem=None))
        assert failed(steps)[:2] == ("private_key", "首次设置必须填写密钥")


@pytest.mark.parametrize(
    ("field", "value", "step"),
    [
        ("mchid", "16a", "numbers"),
        ("cert_serial_no", "xyz", "numbers"),
        ("private_key_pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "private_key"),
        ("apiv3_key", "short", "apiv3_key"),
        ("public_key_id", "PUBKEY", "platform_key"),
        ("public_key_pem", "nothing", "platform_key"),
    ],
)
def test_unreadable_value_is_told_without_asking_wechat(shop, account, field, value, step):
    with shop.bound():
        steps = check.check_profile(entered(account, **{field: value}))
        assert (failed(steps)[0], len(steps)) == (step, 4)
        assert failed(steps)[2].startswith("请")


@pytest.mark.parametrize(
    ("field", "step", "told", "advice"),
    [
        ("private_key_pem", "request", "微信拒绝了签名：错误的签名，验签失败", "私钥与证书序列号不是一对"),
        ("cert_serial_no", "request", "微信拒绝了签名：商户证书序列号有误", "证书序列号与商户号不符"),
        ("mchid", "request", "微信拒绝了签名：商户证书序列号有误", "证书序列号与商户号不符"),
        ("appid", "appid", "微信拒绝：appid和mch_id不匹配", "请到微信商户平台 → 产品中心 → AppID账号管理"),
    ],
)
def test_value_of_another_merchant_is_found_by_wechat(shop, account, stranger, field, step, told, advice):
    with shop.bound():
        steps = check.check_profile(entered(account, **{field: stranger[field]}))
        assert failed(steps)[:2] == (step, told)
        assert failed(steps)[2].startswith(advice)


def test_unknown_merchant_number(shop, account):
    with shop.bound():
        steps = check.check_profile(entered(account, mchid="1999999999"))
        assert failed(steps)[1:] == (
            "微信拒绝了签名：商户号不存在或没有API证书",
            "商户号不对，或还没有申请 API 证书：请到微信商户平台 → 账户中心 → API安全核对",
        )


def test_wrong_public_key_id_and_wrong_public_key(shop, account, wechat):
    with shop.bound():
        steps = check.check_profile(entered(account, public_key_id="PUB_KEY_ID_0100000000000000000000000001"))
        assert failed(steps)[:2] == ("answer", "微信用另一把密钥签名")
        other = check.check_profile(entered(account, public_key_pem=public_pem(account["private_key_pem"])))
        assert failed(other)[:2] == ("answer", "微信的答复验签不通过")


def public_pem(private_pem):
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    key = load_pem_private_key(private_pem.encode(), None).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def with_certificates(shop, wechat):
    account = wechat.provision(shop.appid, verify_mode="cert")
    certificates = [entry["cert_pem"] for entry in wechat.get("keys")["certificates"]]
    return entered(account, verify_mode="cert", public_key_id=None, public_key_pem=None, platform_certs=certificates)


def test_certificate_mode_proves_the_apiv3_key(shop, with_certificates):
    with shop.bound():
        assert outcome(check.check_profile(with_certificates)) == [*FINE[:-1], ("decrypt", True)]
        steps = check.check_profile(with_certificates | {"apiv3_key": "x" * 32})
        assert failed(steps)[:2] == ("decrypt", "APIv3 密钥解不开微信的数据")


def test_merchant_that_moved_to_the_public_key_is_told_so(shop, wechat, with_certificates):
    wechat.call("PATCH", f"merchants/{with_certificates['mchid']}", {"verify_mode": "pubkey"})
    with shop.bound():
        steps = check.check_profile(with_certificates)
        wrong = [(step.step, step.message) for step in steps if step.ok is False]
        assert wrong == [
            ("answer", "微信用另一张证书或公钥签名"),
            ("decrypt", "微信拒绝下载平台证书：商户已切换为微信支付公钥，无法下载平台证书"),
        ]


def test_wechat_that_does_not_answer_proves_nothing(shop, account, wechat):
    wechat.fault("connection_reset", {"mchid": account["mchid"]}, times=1)
    with shop.bound():
        steps = check.check_profile(entered(account))
        assert [(s.step, s.ok, s.message) for s in steps[4:]] == [("request", None, "没有得到微信的答复")]


def test_every_call_ends_within_eight_seconds():
    assert sum(check.TIMEOUT) <= 8


@pytest.mark.parametrize(
    ("change", "ok", "message"),
    [
        ({}, True, "AppID 与 AppSecret 正确"),
        ({"secret": "0" * 32}, False, "AppSecret 不正确"),
        ({"appid": "wxnobody"}, False, "没有这个 AppID"),
    ],
)
def test_app_secret(shop, account, change, ok, message):
    with shop.bound():
        values = {"appid": shop.appid, "secret": account["secret"]} | change
        assert [(s.step, s.ok, s.message) for s in check.check_app(**values)] == [("app_secret", ok, message)]


def test_server_outside_the_allow_list_is_told(shop, account, wechat):
    wechat.fault("40164", {"appid": shop.appid}, times=1)
    with shop.bound():
        (step,) = check.check_app(shop.appid, account["secret"])
        assert (step.ok, step.message) == (False, "服务器地址不在小程序的 IP 白名单")


def test_partner_mode_checks_the_sub_merchant(shop, wechat):
    account = wechat.provision(shop.appid, mode="partner", sub_mchid=f"15{shop.ref.id:08d}", mchid="1900000777")
    public = {"verify_mode": "pubkey"} | {
        name: account[name] for name in ("appid", "mchid", "cert_serial_no", "wxpay_public_key_id", "wxpay_public_key_pem")
    }
    data = entered(account, mode="partner", sub_mchid=account["sub_mchid"], sub_appid=shop.appid)
    with shop.bound():
        profiles.save_provider(public, {name: account[name] for name in ("private_key_pem", "apiv3_key")})
        try:
            assert outcome(check.check_profile(data)) == FINE
            steps = check.check_profile(data | {"sub_mchid": "1555555555"})
            assert failed(steps)[2] == "子商户号没有与服务商绑定，请联系平台客服完成特约商户进件"
        finally:
            db.session.execute(delete(PlatformSetting))
            db.session.commit()
