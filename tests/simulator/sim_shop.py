"""A tenant that talks to the simulator through the wechatpayv3 SDK."""

import json
from dataclasses import dataclass

import requests
from wechatpayv3 import WeChatPay, WeChatPayType

from simulator.testing import Remote


def client(profile: dict, base: str, **more) -> WeChatPay:
    """The SDK of a tenant, pointed at the simulator."""
    wx = WeChatPay(
        WeChatPayType.MINIPROG, profile["mchid"], profile["private_key_pem"], profile["cert_serial_no"],
        profile["appid"], profile["apiv3_key"], public_key=profile["wxpay_public_key_pem"],
        public_key_id=profile["wxpay_public_key_id"], partner_mode=profile["mode"] == "partner", timeout=(3, 10),
        **more,
    )
    wx._core._gate_way = base
    return wx


@dataclass
class Shop:
    """One tenant: ``order`` and ``pay`` are what its server and its buyer's phone do."""

    sim: Remote
    profile: dict
    wx: WeChatPay
    openid: str
    notify_url: str

    @property
    def match(self) -> dict:
        return {"mchid": self.profile["sub_mchid"] or self.profile["mchid"]}

    @property
    def appid(self) -> str:
        return self.profile["sub_appid"] or self.profile["appid"]

    def order(self, number: str, total: int = 1990, **more) -> tuple[int, dict]:
        payer = {"sub_openid": self.openid} if self.profile["sub_appid"] else {"openid": self.openid}
        options = {"description": "可口可乐 330ml×6 🥤", "payer": payer, "notify_url": self.notify_url} | self.sub
        options = options | ({"sub_appid": self.appid} if self.profile["sub_appid"] else {}) | more
        status, body = self.wx.pay(out_trade_no=number, amount={"total": total, "currency": "CNY"}, **options)
        return status, json.loads(body)

    @property
    def sub(self) -> dict:
        return {"sub_mchid": self.profile["sub_mchid"]} if self.profile["sub_mchid"] else {}

    def params(self, prepay_id: str) -> dict:
        package = f"prepay_id={prepay_id}"
        sign = self.wx.sign([self.appid, "1700000000", "n0nce", package])
        return {"appId": self.appid, "timeStamp": "1700000000", "nonceStr": "n0nce", "package": package,
                "signType": "RSA", "paySign": sign}

    def pay(self, number: str, total: int = 1990, **more) -> dict:
        """Order and pay; the answer of requestPayment."""
        status, body = self.order(number, total)
        assert (status, sorted(body)) == (200, ["prepay_id"])
        return self.sim.pay(self.params(body["prepay_id"]), self.openid, **more)

    def query(self, number: str) -> tuple[int, dict]:
        status, body = self.wx.query(out_trade_no=number, **self.sub)
        return status, json.loads(body)

    def refund(self, number: str, refund_no: str, fen: int, total: int = 1990, **more) -> tuple[int, dict]:
        amount = {"refund": fen, "total": total, "currency": "CNY"}
        options = {"notify_url": f"{self.notify_url}/refund"} | self.sub | more
        status, body = self.wx.refund(refund_no, amount, out_trade_no=number, **options)
        return status, json.loads(body)

    def notifies(self, **query) -> list[dict]:
        return self.sim.get("notifies", **query)["notifies"]


def open_shop(sim: Remote, profile: dict, notify_url: str) -> Shop:
    """The tenant of a payment profile with one buyer."""
    openid = sim.login(profile["sub_appid"] or profile["appid"], "张三")["openid"]
    return Shop(sim, profile, client(profile, sim.url), openid, notify_url)


class Wx:
    """One app at api.weixin, with its token."""

    def __init__(self, sim, appid, secret):
        self.sim, self.appid, self.secret = sim, appid, secret

    def token(self, **more):
        body = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret} | more
        return requests.post(f"{self.sim.url}/cgi-bin/stable_token", json=body, timeout=5).json()

    def session(self, code, **more):
        query = {"appid": self.appid, "secret": self.secret, "js_code": code, "grant_type": "authorization_code"}
        return requests.get(f"{self.sim.url}/sns/jscode2session", params=query | more, timeout=5).json()

    def raw(self, path, body, token=None):
        query = {"access_token": token or self.token()["access_token"]}
        return requests.post(self.sim.url + path, params=query, json=body, timeout=5)

    def post(self, path, body, token=None):
        answer = self.raw(path, body, token)
        assert answer.status_code == 200
        return answer.json()

    def get(self, path, **query):
        query["access_token"] = self.token()["access_token"]
        return requests.get(self.sim.url + path, params=query, timeout=5).json()
