"""WeChat's keys: typed, asked of WeChat, stored, and never drawn."""

from __future__ import annotations

import re

import pytest

from core.db import db
from core.payments import profiles
from tests.core.console_http.acting import actions, one, staff_token
from tests.core.console_pages.visitor import Visitor
from tests.core.payments.conftest import profile_data

PATH = "/console/payments"
KEPT = re.compile(r'name="kept" value="([^"]*)"')


@pytest.fixture
def account(shop, wechat):
    return wechat.provision(shop.appid)


def typed(account, **changes):
    names = ("mchid", "appid", "cert_serial_no", "private_key_pem", "apiv3_key", "wxpay_public_key_id",
             "wxpay_public_key_pem")  # fmt: skip
    return {name: account[name] for name in names} | {"verify_mode": "pubkey", "platform_certs": ""} | changes


def secrets_of(account):
    return [account["apiv3_key"], account["secret"], account["private_key_pem"].split("\n")[2]]


def shows_a_secret(account, page):
    return any(secret in page for secret in secrets_of(account))


def test_right_keys_are_checked_and_stored(visitor, shop, account):
    answer = visitor.post(f"{PATH}/account", typed(account))
    assert (answer.status_code, answer.location) == (303, PATH)
    page = visitor.get(PATH)
    assert "微信确认商户号、证书和公钥正确，已保存；APIv3 密钥要等第一笔付款的通知来确认" in page
    assert "第一笔付款后才知道 APIv3 密钥对不对" in page
    assert account["mchid"] in page
    assert not shows_a_secret(account, page)
    assert not shows_a_secret(account, visitor.get(f"{PATH}/account"))
    assert actions(shop) == ["payments.profile", "payments.check"]


def test_wrong_key_is_told_kept_and_not_stored(visitor, shop, account):
    wrong = visitor.post(f"{PATH}/account", typed(account, wxpay_public_key_id="PUB_KEY_ID_0100000000000000000000000001"))
    assert wrong.status_code == 200
    assert "微信用另一把密钥签名" in wrong.text
    assert "公钥 ID 不对，或商户号仍在使用平台证书" in wrong.text
    assert f'value="{account["mchid"]}"' in wrong.text
    assert not shows_a_secret(account, wrong.text)
    assert one(shop, "SELECT count(*) FROM payment_profile") == 0
    again = typed(account, private_key_pem="", apiv3_key="") | {"kept": KEPT.search(wrong.text)[1]}
    assert visitor.post(f"{PATH}/account", again).status_code == 303
    assert one(shop, "SELECT count(*) FROM payment_profile") == 1


def test_faults_stand_beside_their_fields(visitor, account):
    answer = visitor.post(f"{PATH}/account", typed(account, mchid="16a", apiv3_key="short", private_key_pem="x"))
    assert re.search(r'id="f-mchid-error">商户号应为数字<', answer.text)
    answer = visitor.post(f"{PATH}/account", typed(account, apiv3_key="short", private_key_pem="x"))
    assert re.search(r'id="f-apiv3_key-error">APIv3 密钥必须是 32 个字节<', answer.text)
    assert re.search(r'id="f-private_key_pem-error">密钥或证书内容无法读取', answer.text)


def test_keys_that_are_left_empty_stay(visitor, shop, account):
    visitor.post(f"{PATH}/account", typed(account))
    prints = re.findall(r"指纹 ([0-9A-F]{4}-[0-9A-F]{4})", visitor.get(PATH))
    assert len(prints) == 2
    assert visitor.post(f"{PATH}/account", typed(account, private_key_pem="", apiv3_key="")).status_code == 303
    assert re.findall(r"指纹 ([0-9A-F]{4}-[0-9A-F]{4})", visitor.get(PATH)) == prints
    assert one(shop, "SELECT count(*) FROM payment_profile") == 2


def test_keys_may_be_stored_unchecked(visitor, shop, account, wechat):
    other = wechat.provision("wxsomebodyelse0001")
    answer = visitor.post(f"{PATH}/account", typed(account, mchid=other["mchid"], act="unchecked"))
    assert answer.status_code == 303
    checked = visitor.post(f"{PATH}/check", page=PATH)
    assert checked.status_code == 200
    assert "有一项不对，照下面说的改好后再检测" in checked.text
    assert "证书序列号与商户号不符" in checked.text
    assert one(shop, "SELECT detail->>'ok' FROM audit_log WHERE action = 'payments.check'") == "false"


def test_stored_keys_are_checked_again(visitor, shop, account):
    with shop.bound():
        profiles.save_profile(profile_data(account))
        db.session.commit()
    checked = visitor.post(f"{PATH}/check", page=PATH)
    assert "没有发现问题" in checked.text
    assert not shows_a_secret(account, checked.text)


def test_mini_program_is_checked_and_stored(visitor, shop, account):
    form = {"appid": shop.appid, "name": "<b>小程序</b>", "secret": account["secret"]}
    wrong = visitor.post(f"{PATH}/apps/new", form | {"secret": "0" * 32})
    assert wrong.status_code == 200
    assert re.search(r'id="f-secret-error">AppSecret 不正确<', wrong.text)
    assert "0" * 32 not in wrong.text
    assert visitor.post(f"{PATH}/apps/new", form).status_code == 303
    page = visitor.get(PATH)
    assert "&lt;b&gt;小程序&lt;/b&gt;" in page
    assert not shows_a_secret(account, page)
    renamed = visitor.post(f"{PATH}/apps/{shop.appid}", {"name": "新名字", "secret": ""})
    assert renamed.status_code == 303
    with shop.bound():
        assert profiles.app_secret(shop.appid) == account["secret"]
    assert "AppID 与 AppSecret 正确" in visitor.post(f"{PATH}/apps/{shop.appid}/check", page=PATH).text


def test_mini_program_of_another_shop_is_refused(visitor, shop, other_shop, account):
    with other_shop.bound():
        profiles.save_app(shop.appid, account["secret"], "app")
        db.session.commit()
    form = {"appid": shop.appid, "name": "x", "secret": account["secret"]}
    answer = visitor.post(f"{PATH}/apps/new", form)
    assert re.search(r'id="f-appid-error">这个小程序已被其他店铺使用<', answer.text)
    assert one(shop, "SELECT count(*) FROM wechat_app") == 0
    assert visitor.open(f"{PATH}/apps/{shop.appid}").status_code == 404


def test_first_time_needs_the_secret(visitor, shop):
    answer = visitor.post(f"{PATH}/apps/new", {"appid": shop.appid, "name": "x", "secret": ""})
    assert re.search(r'id="f-secret-error">首次设置必须填写 AppSecret<', answer.text)


def test_end_of_platform_certificates_is_shown(visitor, shop, wechat):
    account = wechat.provision(shop.appid, verify_mode="cert")
    certificates = "\n".join(entry["cert_pem"] for entry in wechat.get("keys")["certificates"])
    form = typed(account | {"wxpay_public_key_id": "", "wxpay_public_key_pem": ""}, verify_mode="cert")
    assert visitor.post(f"{PATH}/account", form | {"platform_certs": certificates}).status_code == 303
    until = one(shop, "SELECT certs_until FROM payment_profile")
    page = visitor.get(PATH)
    assert re.search(rf"平台证书到期</dt><dd>{until:%Y-%m}", page)


def test_partner_mode_needs_the_platforms_keys(visitor):
    assert visitor.open(f"{PATH}/account?mode=partner").status_code == 404
    assert "平台代办" not in visitor.get(f"{PATH}/account")


def test_payments_are_for_the_owner(shop):
    manager = Visitor(shop, staff_token(shop, "manager"))
    assert [manager.open(f"{PATH}{tail}").status_code for tail in ("", "/account", "/apps/new")] == [403, 403, 403]


def test_few_statements(visitor, shop, account):
    with shop.bound():
        profiles.save_app(shop.appid, account["secret"], "app")
        profiles.save_profile(profile_data(account))
        db.session.commit()
    for path in (PATH, f"{PATH}/account", f"{PATH}/apps/{shop.appid}"):
        visitor.get(path)
        assert len(visitor.statements) <= 15
