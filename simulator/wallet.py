"""The user's side: login, phone, requestPayment, requestSubscribeMessage (spec §7.3)."""

from flask import Blueprint, request

from simulator import control, crypto, trades
from simulator.errors import ControlError
from simulator.ids import openid_of, phone_of, unionid_of
from simulator.models import App, Code, Grant, Merchant, Order, Template, User
from simulator.schema import Flag, Record, Text, Whole
from simulator.state import State

_PREPAY_LIFE = 7200
_PHONE = Text(1, 20, r"\+?\d{6,15}")
_LOGIN = Record({"appid": Text(1, required=True), "openid": Text(1, 64), "user": Text(1, 64)})
_CODE = Record({"appid": Text(1, required=True), "openid": Text(1, required=True), "phone": _PHONE})
_USER = Record({
    "appid": Text(1, required=True), "openid": Text(1, required=True), "phone": _PHONE, "blocked": Flag(),
    "nickname": Text(0, 64),
})
_PAY = Record({
    "appId": Text(1, required=True), "timeStamp": Text(1, 32, required=True), "nonceStr": Text(1, 32, required=True),
    "package": Text(1, 128, required=True), "signType": Text(required=True), "paySign": Text(1, required=True),
    "openid": Text(1, required=True), "outcome": Text(choices=("ok", "cancel", "fail", "balance")),
    "coupon_fen": Whole(0),
})
_SUBSCRIBE = Record({
    "appid": Text(1, required=True), "openid": Text(1, required=True), "template_id": Text(1, required=True),
    "n": Whole(1, 1000), "result": Text(choices=("accept", "reject")),
})
_OUTCOMES = {
    "cancel": ("requestPayment:fail cancel", "CANCEL"),
    "fail": ("requestPayment:fail", "BANK_FAIL"),
    "balance": ("requestPayment:fail 余额不足", "BALANCE"),
}


class _Declined(Exception):
    """The wallet refuses; ``args`` are the reason code and the text."""


class Wallet:
    """What a WeChat client does, for the dev build of the shopper app and for tests."""

    def __init__(self, state: State):
        self._state = state
        self._store = state.store

    def login(self, body: dict) -> dict:
        """``wx.login``: a js_code of five minutes; an unknown ``user`` becomes a new one."""
        app = self._app(body["appid"])
        person = body.get("user") or body.get("openid") or self._state.ids.word(12)
        openid = body.get("openid") or openid_of(self._state.seed, app.appid, person)
        with self._store.change():
            user = self._store.get(User, f"{app.appid}/{openid}") or self._new_user(app, openid, person)
            user.session_key = self._state.ids.word(22) + "=="
            self._store.save(user)
            code = self._code("login", user)
        return {"code": code, "openid": openid, "unionid": user.unionid}

    def phone(self, body: dict) -> dict:
        """``getPhoneNumber``: a phone code of five minutes."""
        user = self._user(body)
        with self._store.change():
            user.phone = body.get("phone") or user.phone
            self._store.save(user)
            code = self._code("phone", user)
        return {"code": code, "phone": user.phone}

    def change_user(self, body: dict) -> User:
        """Block a user, or change phone and nickname."""
        user = self._user(body)
        with self._store.change():
            for name in ("phone", "blocked", "nickname"):
                setattr(user, name, body.get(name, getattr(user, name)))
            self._store.save(user)
        return user

    def subscribe(self, body: dict) -> dict:
        """``wx.requestSubscribeMessage``: accepts add up, a reject takes what is left."""
        self._user(body)
        if self._store.get(Template, f"{body['appid']}/{body['template_id']}") is None:
            raise ControlError(404, "NO_TEMPLATE", f"{body['appid']} has no template {body['template_id']}")
        with self._store.change():
            grant = Grant(body["appid"], body["openid"], body["template_id"])
            grant = self._store.get(Grant, grant.key) or grant
            grant.left = grant.left + body.get("n", 1) if body.get("result", "accept") == "accept" else 0
            self._store.save(grant)
        return {"granted": grant.left}

    def pay(self, body: dict) -> dict:
        """``wx.requestPayment``: verifies paySign and everything else WeChat verifies, then pays."""
        try:
            with self._store.change():
                order = self._payable(body)
                self._outcome(body)
                trades.settle(self._state, order, body.get("coupon_fen", 0))
        except _Declined as declined:
            reason, text = declined.args
            return {"errMsg": text, "reason": reason, "transaction_id": None, "out_trade_no": None}
        return {"errMsg": "requestPayment:ok", "reason": None, "transaction_id": order.transaction_id,
                "out_trade_no": order.out_trade_no}

    def prepay(self) -> dict:
        """What the cashier shows for ``?prepay_id=``."""
        found = self._state.by_prepay.get(request.args.get("prepay_id", ""))
        if not found:
            raise ControlError(404, "NO_PREPAY", "unknown prepay_id")
        order = trades.refresh(self._state, found[0])
        payee = self._store.get(Merchant, order.sub_mchid or order.mchid)
        return {"out_trade_no": order.out_trade_no, "description": order.body["description"],
                "total_fen": order.total_fen, "state": order.state, "merchant": payee.name or payee.mchid,
                "openid": order.payer_openid}

    def _payable(self, body: dict) -> Order:
        found = self._state.by_prepay.get(body["package"].removeprefix("prepay_id="))
        if not found or not body["package"].startswith("prepay_id="):
            raise _fail("NO_PREPAY", "预支付交易会话不存在")
        order, at = found
        self._verify(order, body)
        if self._state.now - at > _PREPAY_LIFE:
            raise _fail("PREPAY_EXPIRED", "预支付交易会话已过期")
        if body["openid"] != order.payer_openid:
            raise _fail("OPENID_MISMATCH", "支付者与下单用户不一致")
        return self._open(order)

    def _verify(self, order: Order, body: dict) -> None:
        if body["appId"] != order.payer_app:
            raise _fail("APPID_MISMATCH", "appId与下单时不一致")
        merchant = self._store.get(Merchant, order.mchid)
        lines = (body["appId"], body["timeStamp"], body["nonceStr"], body["package"])
        if body["signType"] != "RSA" or not crypto.verify(merchant.public_key_pem, body["paySign"], *lines):
            raise _fail("SIGN_MISMATCH", "支付验证签名失败")

    def _open(self, order: Order) -> Order:
        trades.refresh(self._state, order)
        if order.state in trades.PAID:
            raise _fail("ORDER_PAID", "该订单已支付")
        if order.state == "CLOSED":
            raise _fail("ORDER_CLOSED", "该订单已关闭")
        if trades.expired(self._state, order):
            raise _fail("ORDER_EXPIRED", "该订单已过期")
        return order

    def _outcome(self, body: dict) -> None:
        if body.get("outcome", "ok") != "ok":
            text, reason = _OUTCOMES[body["outcome"]]
            raise _Declined(reason, text)

    def _app(self, appid: str) -> App:
        app = self._store.get(App, appid)
        if app is None:
            raise ControlError(404, "NO_APP", f"no app {appid}")
        return app

    def _user(self, body: dict) -> User:
        user = self._store.get(User, f"{body['appid']}/{body['openid']}")
        if user is None:
            raise ControlError(404, "NO_USER", f"{body['appid']} has no user {body['openid']}")
        return user

    def _new_user(self, app: App, openid: str, person: str) -> User:
        unionid = unionid_of(self._state.seed, person) if app.unionid else None
        return User(app.appid, openid, person, unionid, phone_of(person), person)

    def _code(self, kind: str, user: User) -> str:
        code = Code(self._state.ids.word(32), kind, user.appid, user.openid, self._state.now)
        self._store.save(code)
        return code.code


def _fail(reason: str, text: str) -> _Declined:
    return _Declined(reason, f"requestPayment:fail {text}")


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    wallet = Wallet(state)
    for name, handler, record in (
        ("login", wallet.login, _LOGIN),
        ("phone", wallet.phone, _CODE),
        ("user", wallet.change_user, _USER),
        ("subscribe", wallet.subscribe, _SUBSCRIBE),
        ("pay", wallet.pay, _PAY),
    ):
        control.mount(blueprint, "POST", f"/_sim/wallet/{name}", handler, record)
    control.mount(blueprint, "GET", "/_sim/wallet/prepay", wallet.prepay)
