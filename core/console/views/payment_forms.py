"""The forms of the shop's WeChat keys, with where to find each of them. Secrets are typed and never drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow.validate import OneOf, Regexp

from core.payments import typed
from core.payments.schemas import MAX_PEM, ProfileInSchema
from core.ui.forms import Form
from core.ui.i18n import lazy_gettext as _l
from core.web.text import Text

SECRETS = ("private_key_pem", "apiv3_key", "secret")
_APPID = Regexp(r"^wx[0-9A-Za-z_-]{1,30}\Z", error="AppID 以 wx 开头，由字母和数字组成")
_MCHID = Regexp(r"^[0-9]{1,32}\Z", error="商户号应为数字")
_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL)

WHERE = {
    "mchid": _l("登录 pay.weixin.qq.com（微信商户平台）→ 账户中心 → 商户信息，找到“微信支付商户号”，是一串数字。"),
    "appid": _l("登录 mp.weixin.qq.com（小程序后台）→ 管理 → 开发管理 → 开发设置，复制“AppID(小程序ID)”。"),
    "bind": _l("微信商户平台 → 产品中心 → AppID账号管理 → 关联AppID，填上面的 AppID；再到小程序后台的微信支付里点确认。"),
    "cert": _l("微信商户平台 → 账户中心 → API安全 → 商户API证书 → 申请证书。按提示用证书工具生成，会得到一个压缩包。"),
    "serial": _l("同一页“商户API证书”旁点“管理证书”，复制正在使用的“证书序列号”（40 位字母数字）。"),
    "key": _l("解开证书压缩包，用记事本打开 apiclient_key.pem，全选复制，连开头结尾的横线一起粘贴。"),
    "apiv3": _l("API安全 → 解密回调 → 设置 APIv3 密钥。自己定 32 个字母或数字，两边填一样的。"),
    "public": _l("API安全 → 微信支付公钥，复制“公钥ID”（PUB_KEY_ID_ 开头），并下载公钥文件，用记事本打开后全部粘贴。"),
}


class AppSchema(ma.Schema):
    """A new mini-program."""

    appid = ma.fields.String(
        required=True, validate=_APPID,
        metadata={"label": "AppID", "help": "小程序后台 → 开发管理 → 开发设置，wx 开头"},
    )
    name = Text(64, required=True, metadata={"label": "小程序名称", "help": "自己看的，方便分辨"})
    secret = Text(
        64, 16, load_default=None, allow_none=True,
        metadata={"label": "AppSecret", "secret": True, "help": "同一页“AppSecret(小程序密钥)”，没有保存过就点“重置”"},
    )


class ProfileFormSchema(ma.Schema):
    """A merchant account of the shop's own (直连)."""

    mchid = ma.fields.String(required=True, validate=_MCHID, metadata={"label": "商户号"})
    appid = ma.fields.String(required=True, validate=_APPID, metadata={"label": "小程序 AppID", "help": "要收款的小程序"})
    cert_serial_no = Text(64, required=True, metadata={"label": "商户API证书序列号"})
    private_key_pem = Text(
        MAX_PEM, load_default=None, allow_none=True,
        metadata={"label": "商户私钥（apiclient_key.pem 的全部内容）", "secret": True},
    )
    apiv3_key = Text(
        64, load_default=None, allow_none=True, metadata={"label": "APIv3 密钥（32 个字符）", "secret": True}
    )
    verify_mode = ma.fields.String(
        load_default="pubkey",
        validate=OneOf(["pubkey", "cert"], labels=["微信支付公钥（新商户都用这个）", "平台证书（早期商户）"]),
        metadata={"label": "验证微信答复的方式"},
    )
    wxpay_public_key_id = Text(
        64, load_default=None, allow_none=True, metadata={"label": "微信支付公钥 ID", "help": "PUB_KEY_ID_ 开头"}
    )
    wxpay_public_key_pem = Text(
        MAX_PEM, load_default=None, allow_none=True,
        metadata={"label": "微信支付公钥", "multiline": True, "help": "公钥文件的全部内容"},
    )
    platform_certs = Text(
        10 * MAX_PEM, load_default=None, allow_none=True,
        metadata={"label": "平台证书", "multiline": True, "help": "只有选“平台证书”时才填，可以粘贴多张；之后会自动更新"},
    )


class PartnerFormSchema(ma.Schema):
    """The platform is the service provider (服务商)."""

    sub_mchid = ma.fields.String(
        required=True, validate=_MCHID, metadata={"label": "特约商户号", "help": "平台为您进件后得到的商户号"}
    )
    appid = ma.fields.String(required=True, validate=_APPID, metadata={"label": "小程序 AppID", "help": "要收款的小程序"})


def profile_data(values: Mapping[str, Any], mode: str) -> dict[str, Any]:
    """What ProfileInSchema makes of a form; raises ma.ValidationError by the form's names."""
    entered = {"mode": mode, **values}
    if mode == "partner":
        entered["sub_appid"] = entered["appid"]
    else:
        entered["platform_certs"] = _PEM.findall(values["platform_certs"] or "")
    return ProfileInSchema().load({name: value for name, value in entered.items() if value is not None})


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values as the form takes them."""
    renamed = {"public_key_id": "wxpay_public_key_id", "public_key_pem": "wxpay_public_key_pem"}
    plain = {renamed.get(name, name): value for name, value in values.items()}
    return plain | {"platform_certs": "\n".join(values["platform_certs"])}


class Kept:
    """Secrets of a form that was drawn again: `number` goes with it, so that they need not be typed twice."""

    def __init__(self, number: str) -> None:
        self.number, self.values = number, typed.take(number)

    def fill(self, data: dict[str, Any]) -> None:
        """Put in what was typed before where nothing was typed now."""
        for name, value in self.values.items():
            data[name] = data.get(name) or value

    def renew(self, form: Form) -> None:
        """Keep what stands in `form` for its next drawing, but for what was found wrong."""
        now = {name: form.typed.get(name, "").strip() for name in SECRETS} if form.typed is not None else {}
        known = self.values | {name: value for name, value in now.items() if value}
        self.values = {name: value for name, value in known.items() if name not in form.errors}
        self.number = typed.keep(self.values)
