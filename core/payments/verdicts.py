"""What WeChat's answer to a check means, in the words of a shopkeeper, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from core.payments.heard import Heard
from core.wechat.errors import WechatError, normalise
from core.wechat.sdk import Answer
from core.wechat.types import PayProfile

CONSOLE = "微信商户平台 → 账户中心 → API安全"
OFFLINE = "暂时连不上微信，请稍后重试；若一直如此，请联系平台客服"

LABELS = {
    "numbers": "商户号、AppID 与证书序列号格式",
    "private_key": "商户 API 私钥",
    "apiv3_key": "APIv3 密钥长度",
    "platform_key": "微信支付公钥或平台证书",
    "request": "微信接受我们的签名",
    "answer": "我们能验证微信的签名",
    "appid": "AppID 与商户号已绑定",
    "decrypt": "APIv3 密钥能解开微信的通知",
    "app_secret": "小程序 AppSecret",
}


@dataclass(frozen=True, slots=True)
class Step:
    """What one step found; `ok` is None where it can't be told (yet). `advice` says what to do, empty when all is well."""

    step: str
    ok: bool | None
    message: str
    advice: str = ""

    @property
    def label(self) -> str:
        return LABELS[self.step]


def of_secret(error: WechatError) -> Step:
    """What a refused access token says about AppID and AppSecret."""
    message, advice = _APP.get(error.wx_code, (f"微信拒绝：{error.wx_message}", "请到小程序后台核对 AppID 与 AppSecret"))
    return Step("app_secret", False, message, advice)


_RESET = "请到小程序后台“开发管理 → 开发设置”重置 AppSecret，再填到这里"
_APP = {
    "40001": ("AppSecret 不正确", _RESET),
    "40013": ("没有这个 AppID", "请到小程序后台“开发管理 → 开发设置”复制 AppID"),
    "40125": ("AppSecret 不正确", _RESET),
    "40164": ("服务器地址不在小程序的 IP 白名单", "请到小程序后台“开发管理 → 开发设置 → IP 白名单”加入平台提供的地址"),
    "48001": ("小程序没有这个接口的权限", "请确认小程序已完成认证"),
}


def of_request(answer: Answer) -> Step:
    """Whether WeChat took our signature, seen from its answer to a query that finds nothing."""
    code, said = said_by(answer)
    if answer.status == 404 or code in {"ORDERNOTEXIST", "RESOURCENOTEXISTS"}:
        return Step("request", True, "微信确认商户号、证书序列号与私钥相符")
    if answer.status == 429 or answer.status >= 500:
        return Step("request", None, f"微信暂时没有给出结果：{said}", OFFLINE)
    if code == "SIGNERROR":
        return Step("request", False, f"微信拒绝了签名：{said}", _signature_advice(said))
    if "受理关系" in said:
        return Step("request", False, f"微信拒绝：{said}", "子商户号没有与服务商绑定，请联系平台客服完成特约商户进件")
    if code in {"MCHNOTEXISTS", "MCHNOTEXIST"}:
        return Step("request", False, f"微信拒绝：{said}", _WRONG_MCHID)
    return Step("request", False, f"微信拒绝：{said or code}", "请到微信商户平台查看商户号是否可用、是否已开通 JSAPI 支付")


_WRONG_MCHID = f"商户号不对，或还没有申请 API 证书：请到{CONSOLE}核对"


def _signature_advice(said: str) -> str:
    if "序列号" in said:
        return f"证书序列号与商户号不符：请到{CONSOLE} → 商户API证书，复制正在使用的证书序列号"
    if "商户号" in said:
        return _WRONG_MCHID
    if "证书" in said:
        return f"商户证书已作废：请到{CONSOLE}重新申请证书，并更换私钥与序列号"
    return "私钥与证书序列号不是一对：请使用申请这张证书时下载的 apiclient_key.pem"


def of_signature(profile: PayProfile, signature: str) -> Step:
    """Whether the keys at hand verify WeChat's answers; `signature` as `PayCore.probe` tells it."""
    if signature == "valid":
        return Step("answer", True, "微信的答复验签通过")
    if signature == "unsigned":
        return Step("answer", None, "微信这次的答复没有签名", "请稍后再检测一次")
    if signature == "unknown_serial" and profile.verify_mode == "pubkey":
        advice = f"公钥 ID 不对，或商户号仍在使用平台证书：请到{CONSOLE} → 微信支付公钥核对"
        return Step("answer", False, "微信用另一把密钥签名", advice)
    if signature == "unknown_serial":
        advice = "平台证书已更换，或商户号已切换为微信支付公钥：请改用公钥模式"
        return Step("answer", False, "微信用另一张证书或公钥签名", advice)
    return Step("answer", False, "微信的答复验签不通过", f"公钥内容与公钥 ID 不是一对：请到{CONSOLE} → 微信支付公钥重新下载")


def of_notifications(heard: Heard | None) -> Step:
    """What is known of the APIv3 key in public-key mode; None for a key that was only just typed."""
    if heard and heard.at:
        return Step("decrypt", True, "已用它解开微信的付款通知")
    if heard and heard.silent:
        advice = f"很可能是 APIv3 密钥不对：请到{CONSOLE} → 解密回调 → APIv3 密钥重新设置，再填到这里"
        return Step("decrypt", None, "有顾客付了款，但没有收到能解开的付款通知；钱已到账，订单由系统主动查询确认", advice)
    advice = "请用小程序付一笔 1 分钱的订单，十分钟后再点一次检测"
    return Step("decrypt", None, "用微信支付公钥时，只有付款通知才用到这个密钥，现在只能检查长度", advice)


def said_by(answer: Answer) -> tuple[str, str]:
    """WeChat's code without underscores, and its words."""
    try:
        body = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return "", f"HTTP {answer.status}"
    if not isinstance(body, dict):
        return "", f"HTTP {answer.status}"
    return normalise(str(body.get("code") or "")), str(body.get("message") or "")
