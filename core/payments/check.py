"""Are these keys right? (检测配置) Asked of WeChat itself, before a shopper is the first to find out. Stores nothing.

Every step is told in the words of a shopkeeper, with what to do. Each call to WeChat ends within 8 seconds.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from wechatpayv3.type import RequestType

from core.db import db
from core.payments import accounts, verdicts
from core.payments.errors import NotConfigured
from core.payments.heard import notifications
from core.payments.verdicts import CONSOLE, OFFLINE, Step, said_by
from core.services import services
from core.wechat import keys
from core.wechat.api import WeixinApi
from core.wechat.errors import ProfileInvalid, Rejected, Retryable, SignatureInvalid, TokenRefused
from core.wechat.sdk import Answer, Sdk
from core.wechat.tokens import WeixinApp
from core.wechat.types import PayProfile
from core.wechat.watch import ignore
from tenants.context import current

TIMEOUT = (3, 5)


def check_profile(data: dict[str, Any]) -> list[Step]:
    """Check a merchant account as entered (ProfileInSchema); keys that are left out are taken from the stored version.

    The transaction that read them is rolled back before WeChat is called. Never raises for wrong keys.
    """
    try:
        profile = accounts.trial(data)
        told = verdicts.of_notifications(None if data.get("apiv3_key") else notifications())
    except (ProfileInvalid, NotConfigured) as error:
        return [Step("private_key", False, error.message, "请填写完整后再检测")]
    finally:
        db.session.rollback()
    steps = list(_offline(profile))
    if not all(step.ok for step in steps):
        return steps
    return [*steps, *_online(profile, told)]


def check_app(appid: str, secret: str) -> list[Step]:
    """Check a mini-program's AppID and AppSecret by asking for an access token, which is kept nowhere."""
    app = WeixinApp(current().key, appid, secret)
    api = WeixinApi(app, services().redis, services().config.wxapi_base_url, ignore, TIMEOUT)
    try:
        api.fetch_token()
    except (Rejected, TokenRefused) as error:
        return [verdicts.of_secret(error)]
    except Retryable:
        return [Step("app_secret", None, "没有得到微信的答复", OFFLINE)]
    return [Step("app_secret", True, "AppID 与 AppSecret 正确")]


def _offline(profile: PayProfile) -> Iterator[Step]:
    checks: tuple[tuple[str, Callable[[PayProfile], None], str, str], ...] = (
        ("numbers", keys.check_numbers, "格式正确", f"请到{CONSOLE}核对商户号与“商户API证书”的序列号"),
        ("private_key", keys.check_private_key, "可以读取", "请粘贴 apiclient_key.pem 的全部内容，不是 apiclient_cert.pem"),
        ("apiv3_key", keys.check_apiv3_key, "长度正确", f"请到{CONSOLE}设置 APIv3 密钥，共 32 个字符，前后没有空格"),
        ("platform_key", keys.check_platform_keys, "可以读取", f"请到{CONSOLE} → 微信支付公钥，下载公钥并复制公钥 ID"),
    )
    for name, check, fine, advice in checks:
        try:
            check(profile)
        except ProfileInvalid as error:
            yield Step(name, False, error.message, advice)
        else:
            yield Step(name, True, fine)


def _online(profile: PayProfile, told: Step) -> Iterator[Step]:
    """`told` is what notifications say of the APIv3 key, for who has no certificates to decrypt."""
    try:
        sdk = Sdk(profile, TIMEOUT)
        answer, signature = sdk._core.probe(_impossible_query(profile))
    except Retryable:
        yield Step("request", None, "没有得到微信的答复", OFFLINE)
        return
    except ProfileInvalid as error:
        yield Step("platform_key", False, error.message, f"请到{CONSOLE}下载平台证书，或改用微信支付公钥")
        return
    request = verdicts.of_request(answer)
    yield request
    if not request.ok:
        return
    yield verdicts.of_signature(profile, signature)
    for name, ask in (("appid", _appid_step), ("decrypt", partial(_decrypt_step, told))):
        try:
            yield ask(profile, sdk)
        except Retryable:
            yield Step(name, None, "没有得到微信的答复", OFFLINE)


def _impossible_query(profile: PayProfile) -> str:
    """The query of a payment that can't exist: that WeChat does not find it proves everything before."""
    number = f"check_{secrets.token_hex(10)}"
    if not profile.partner:
        return f"/v3/pay/transactions/out-trade-no/{number}?mchid={profile.mchid}"
    where = f"sp_mchid={profile.mchid}&sub_mchid={profile.sub_mchid}"
    return f"/v3/pay/partner/transactions/out-trade-no/{number}?{where}"


def _appid_step(profile: PayProfile, sdk: Sdk) -> Step:
    """An order whose payer can't exist: WeChat looks at the pair of AppID and merchant first, and makes no order."""
    path = "/v3/pay/partner/transactions/jsapi" if profile.partner else "/v3/pay/transactions/jsapi"
    answer, _ = sdk._core.probe(path, RequestType.POST, _impossible_order(profile))
    code, said = said_by(answer)
    if code == "APPIDMCHIDNOTMATCH":
        advice = "请到微信商户平台 → 产品中心 → AppID账号管理，关联这个小程序，并在小程序后台确认"
        return Step("appid", False, f"微信拒绝：{said}", advice)
    if "openid" in said.lower() or code == "OPENIDMISMATCH":
        return Step("appid", True, "AppID 已绑定该商户号")
    if code == "NOAUTH":
        return Step("appid", False, f"微信拒绝：{said}", "请到微信商户平台 → 产品中心，开通 JSAPI 支付")
    return Step("appid", None, f"微信答复：{said or code}", "请用小程序下一笔 1 分钱的订单确认")


def _impossible_order(profile: PayProfile) -> dict[str, Any]:
    order = {
        "description": "配置检测",
        "out_trade_no": f"check_{secrets.token_hex(10)}",
        "notify_url": f"{services().config.public_url}/pay/wechat/check/payment",
        "amount": {"total": 1, "currency": "CNY"},
    }
    if not profile.partner:
        return order | {"appid": profile.appid, "mchid": profile.mchid, "payer": {"openid": "check"}}
    sub = {"sub_mchid": profile.sub_mchid} | ({"sub_appid": profile.sub_appid} if profile.sub_appid else {})
    payer = {"sub_openid" if profile.sub_appid else "sp_openid": "check"}
    return order | sub | {"sp_appid": profile.appid, "sp_mchid": profile.mchid, "payer": payer}


def _decrypt_step(told: Step, profile: PayProfile, sdk: Sdk) -> Step:
    """The list of platform certificates is encrypted with the APIv3 key; in public-key mode WeChat may refuse it."""
    answer, _ = sdk._core.probe("/v3/certificates")
    if answer.status == 200:
        return _judged_decryption(answer, sdk)
    if profile.verify_mode == "pubkey":
        return told
    _, said = said_by(answer)
    return Step("decrypt", False, f"微信拒绝下载平台证书：{said}", "商户号已使用微信支付公钥：请改用公钥模式")


def _judged_decryption(answer: Answer, sdk: Sdk) -> Step:
    try:
        for item in answer.json()["data"]:
            sdk._core.open_resource(item["encrypt_certificate"])
    except (SignatureInvalid, KeyError, TypeError):
        advice = f"请到{CONSOLE} → 解密回调 → APIv3 密钥核对；忘记了可以重新设置，再填到这里"
        return Step("decrypt", False, "APIv3 密钥解不开微信的数据", advice)
    return Step("decrypt", True, "APIv3 密钥正确")
