"""`WeixinClient`: api.weixin.qq.com for one mini-program (wechat.md §5)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from redis import Redis

from core.wechat.api import WeixinApi
from core.wechat.errors import Rejected, Unknown
from core.wechat.shipping import Shipment, WxOrder
from core.wechat.subscribe import SubscribeMessage, Template, fit
from core.wechat.tokens import WeixinApp
from core.wechat.watch import Observe, ignore

NOTHING_CHANGED = "10060023"
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")


@dataclass(frozen=True, slots=True)
class WxSession:
    """Who logged in. `session_key` never leaves the server."""

    openid: str
    session_key: str = field(repr=False)
    unionid: str | None = None


@dataclass(frozen=True, slots=True)
class WxPhone:
    """A phone number the user shared; `pure_phone` is without country code."""

    phone: str
    pure_phone: str
    country_code: str


class WeixinClient:
    """Cheap to make, safe to share. Every call may raise Retryable, Unknown (a write) or Rejected."""

    def __init__(self, app: WeixinApp, redis: Redis, base_url: str, observe: Observe = ignore) -> None:
        self.app = app
        self._api = WeixinApi(app, redis, base_url, observe)

    def code2session(self, js_code: str) -> WxSession:
        """Trade a login code, good once and for five minutes (§5.2); raises CodeInvalid, UserBlocked.

        After Retryable the code may be used up: the app logs in again with a new one.
        """
        query = {
            "appid": self.app.appid,
            "secret": self.app.secret,
            "js_code": js_code,
            "grant_type": "authorization_code",
        }
        reply = self._api.plain("code2session", "/sns/jscode2session", query)
        return reply.read(lambda data: WxSession(data["openid"], data["session_key"], data.get("unionid")))

    def get_phone_number(self, code: str) -> WxPhone:
        """Trade a getPhoneNumber code (§5.3), not the login code; costs money. Raises CodeInvalid."""
        reply = self._api.call("get_phone_number", "/wxa/business/getuserphonenumber", {"code": code})
        return reply.read(lambda data: _phone(data["phone_info"]))

    def get_unlimited_qrcode(
        self,
        scene: str,
        page: str,
        *,
        check_path: bool = True,
        env_version: str = "release",
        width: int = 430,
    ) -> bytes:
        """A mini-program code as image bytes (§5.4). `page` without leading slash and query.

        Raises ValueError when `scene` is not 1 to 32 of the characters WeChat takes.
        """
        if not _SCENE.fullmatch(scene):
            raise ValueError(f"scene must be 1 to 32 digits, letters or !#$&'()*+,/:;=?@-._~: {scene!r}")
        payload = {
            "scene": scene,
            "page": page.lstrip("/"),
            "check_path": check_path,
            "env_version": env_version,
            "width": width,
        }
        reply = self._api.call("get_unlimited_qrcode", "/wxa/getwxacodeunlimit", payload)
        if not reply.picture:
            raise Unknown(wx_message="answer is not a picture")
        return reply.picture

    def send_subscribe_message(self, message: SubscribeMessage) -> str:
        """Send one message (§5.5), its values cut to WeChat's limits; returns its msgid or "".

        Raises NotSubscribed when the user's permission is used up.
        """
        payload: dict[str, Any] = {
            "touser": message.openid,
            "template_id": message.template_id,
            "miniprogram_state": message.state,
            "lang": message.lang,
            "data": {key: {"value": fit(key, value)} for key, value in message.values.items()},
        }
        if message.page:
            payload["page"] = message.page
        reply = self._api.call("send_subscribe_message", "/cgi-bin/message/subscribe/send", payload)
        return str(reply.data.get("msgid", ""))

    def upload_shipping_info(self, shipment: Shipment) -> None:
        """Tell WeChat what was handed over (§5.7); telling the same again is no error.

        Raises Retryable also for 10060001: for some seconds after a payment its order is not yet known.
        """
        path = "/wxa/sec/order/upload_shipping_info"
        try:
            self._api.call("upload_shipping_info", path, shipment.payload())
        except Rejected as error:
            if error.wx_code != NOTHING_CHANGED:
                raise

    def get_order(self, transaction_id: str) -> WxOrder:
        """How far WeChat sees a paid order (§5.7); Retryable (10060001) while it does not know it yet."""
        payload = {"transaction_id": transaction_id}
        reply = self._api.call("get_order", "/wxa/sec/order/get_order", payload)
        return reply.read(lambda data: WxOrder.read(data["order"]))

    def is_trade_managed(self) -> bool:
        """Whether shipping info is demanded of this app, and money held until it comes."""
        payload = {"appid": self.app.appid}
        reply = self._api.call("is_trade_managed", "/wxa/sec/order/is_trade_managed", payload)
        return reply.read(lambda data: bool(data["is_trade_managed"]))

    def list_templates(self) -> tuple[Template, ...]:
        """The app's own subscribe-message templates."""
        reply = self._api.call("list_templates", "/wxaapi/newtmpl/gettemplate")
        return reply.read(lambda data: tuple(_template(item) for item in data.get("data") or ()))

    def add_template(self, tid: str, kid_list: Sequence[int], scene_desc: str) -> str:
        """Take a public template with these keywords into the app's list; returns its priTmplId."""
        payload = {"tid": tid, "kidList": list(kid_list), "sceneDesc": scene_desc}
        reply = self._api.call("add_template", "/wxaapi/newtmpl/addtemplate", payload)
        return reply.read(lambda data: str(data["priTmplId"]))


def _phone(info: Mapping[str, Any]) -> WxPhone:
    return WxPhone(str(info["phoneNumber"]), str(info["purePhoneNumber"]), str(info["countryCode"]))


def _template(item: Mapping[str, Any]) -> Template:
    return Template(item["priTmplId"], item["title"], item.get("content", ""), int(item.get("type", 0)))
