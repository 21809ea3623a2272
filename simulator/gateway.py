"""The door of pay v3: request signature in, faults around the handler, signed answer out (spec §4.1, §4.2, §7.5)."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson
from flask import Blueprint, Response, request

from simulator import crypto
from simulator.errors import PayError, pay_error
from simulator.faults import Where
from simulator.mishaps import Instead, after_commit, before_commit, spoil
from simulator.models import Merchant
from simulator.schema import Record, Violation
from simulator.state import State

SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
JSON = "application/json; charset=utf-8"
_PAIR = re.compile(r'(\w+)="([^"]*)"')
_WINDOW = 300
_NONCE_MEMORY = 600
_KINDS = {"unknown": "unknown_field", "missing": "param", "type": "param", "range": "range"}


@dataclass
class Call:
    """One verified request. ``mchid`` is the signer's."""

    merchant: Merchant
    path: str
    method: str
    body: dict
    query: dict
    names: dict
    switched: bool = False
    skew: float = 0.0
    where: Where = field(init=False)

    def __post_init__(self):
        named = {self.body.get("sub_mchid"), self.query.get("sub_mchid"), self.merchant.mchid}
        appids = {self.body.get(name) for name in ("appid", "sp_appid", "sub_appid")}
        self.where = Where(
            frozenset(filter(None, map(str, named - {None}))),
            frozenset(name for name in appids if isinstance(name, str)),
            self.path,
            self.method,
            self.names.get("out_trade_no") or self.body.get("out_trade_no"),
            self.names.get("out_refund_no") or self.body.get("out_refund_no"),
        )

    @property
    def mchid(self) -> str:
        return self.merchant.mchid

    def read(self, record: Record) -> dict:
        """The body when it fits the record; raises PARAM_ERROR naming the field otherwise (spec §7.6)."""
        try:
            record.check(self.body)
        except Violation as error:
            raise violation(error) from error
        return self.body


def violation(error: Violation, location: str = "body") -> PayError:
    """PARAM_ERROR with ``detail`` {field, value, issue, location}."""
    value = error.value if isinstance(error.value, str | int) else None
    detail = {"field": error.field, "value": value, "issue": error.kind, "location": location}
    texts = {"missing": f"缺少必填参数{error.field}", "unknown": None}
    return pay_error(_KINDS[error.kind], texts.get(error.kind, f"参数{error.field}不合法"), **detail)


Handler = Callable[..., dict | Response | None]


def mount(blueprint: Blueprint, state: State, method: str, rule: str, handler: Handler) -> None:
    """Serve ``handler(state, call, **names)``; it returns a JSON object, None for 204, or a ready Response."""

    def view(**names):
        return _serve(state, handler, names)

    blueprint.add_url_rule(rule, f"{method} {rule}", view, methods=[method])


def _serve(state: State, handler: Handler, names: dict) -> Response:
    raw, path = request.get_data(), request.environ["RAW_URI"]
    try:
        call = _authenticate(state, raw, path, names)
    except PayError as error:
        return _refusal(state, error)
    try:
        before_commit(state, call)
        data = handler(state, call, **names)
        after_commit(state, call)
    except PayError as error:
        return _signed(state, call, error.status, orjson.dumps(error.body), error.numeric)
    except Instead as instead:
        return instead.response
    if isinstance(data, Response):
        return data
    if data is None:
        return _signed(state, call, 204, b"", 0)
    return _signed(state, call, 200, orjson.dumps(data), 0)


def _authenticate(state: State, raw: bytes, path: str, names: dict) -> Call:
    if not request.headers.get("User-Agent") or not request.headers.get("Accept"):
        raise pay_error("param", "Http头缺少Accept或User-Agent")
    scheme, _, pairs = request.headers.get("Authorization", "").partition(" ")
    claims = dict(_PAIR.findall(pairs))
    if scheme != SIGNATURE_TYPE or {"mchid", "nonce_str", "signature", "timestamp", "serial_no"} - set(claims):
        raise _bad_signature("Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》")
    merchant = state.store.get(Merchant, claims["mchid"])
    if merchant is None or merchant.kind == "sub":
        raise _bad_signature("商户号不存在或没有API证书")
    where = Where(frozenset({merchant.mchid}), path=path)
    skew = state.faults.take("clock_skew", where)
    seconds = float(skew.args.get("seconds", 600)) if skew else 0.0
    _verify(state, merchant, claims, raw, path, time.time() + seconds)
    if state.faults.take("revoke_merchant_cert", where):
        raise _bad_signature("商户证书已作废")
    if merchant.disabled:
        raise pay_error("merchant_unusable")
    _remember_serial(state, merchant)
    switched = state.faults.take("switch_verify_mode", where) is not None
    return Call(merchant, path, request.method, _json(raw), request.args.to_dict(), names, switched, seconds)


def _verify(state: State, merchant: Merchant, claims: dict, raw: bytes, path: str, now: float) -> None:
    if claims["serial_no"].upper() != merchant.serial_no.upper():
        raise _bad_signature("商户证书序列号有误")
    stamp = claims["timestamp"]
    if not stamp.isdigit() or abs(now - int(stamp)) > _WINDOW:
        raise _bad_signature("Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
    lines = (request.method, path, stamp, claims["nonce_str"], raw)
    if not crypto.verify(merchant.public_key_pem, claims["signature"], *lines):
        raise _bad_signature(None, method=request.method, url=path, truncated_sign_message=stamp)
    _once(state, merchant.mchid, claims["nonce_str"])


def _once(state: State, mchid: str, nonce: str) -> None:
    now = time.monotonic()
    with state.nonce_lock:
        while state.nonces and now - next(iter(state.nonces.values())) > _NONCE_MEMORY:
            state.nonces.pop(next(iter(state.nonces)))
        if (mchid, nonce) in state.nonces:
            raise _bad_signature("nonce_str重复")
        state.nonces[mchid, nonce] = now


def _bad_signature(message: str | None, **signed) -> PayError:
    detail = {"field": "signature", "issue": "sign not match", "location": "authorization"}
    if signed:
        detail["sign_information"] = signed
    return pay_error("sign", message, **detail)


def _remember_serial(state: State, merchant: Merchant) -> None:
    serial = request.headers.get("Wechatpay-Serial")
    if serial and serial != merchant.serial_seen:
        with state.store.change():
            merchant.serial_seen = serial
            state.store.save(merchant)


def _json(raw: bytes) -> dict:
    if not raw:
        return {}
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise pay_error("param", "请求体不是合法的JSON") from error
    if not isinstance(data, dict):
        raise pay_error("param", "请求体必须是JSON对象")
    return data


def _signed(state: State, call: Call, status: int, body: bytes, numeric: int) -> Response:
    body, faults = spoil(state, call, body)
    signer = state.keys.signer(call.merchant, call.switched)
    stamp, nonce = str(int(time.time() + call.skew)), state.ids.word(32)
    response = Response(body, status, content_type=JSON)
    response.headers.update({
        "Request-ID": f"{state.ids.hex(32).upper()}-{numeric}",
        "Wechatpay-Timestamp": stamp,
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Signature": signer.sign(stamp, nonce, body),
        "Wechatpay-Serial": signer.serial,
        "Wechatpay-Signature-Type": SIGNATURE_TYPE,
    })
    for change in faults:
        change(response)
    return response


def _refusal(state: State, error: PayError) -> Response:
    response = Response(orjson.dumps(error.body), error.status, content_type=JSON)
    response.headers["Request-ID"] = f"{state.ids.hex(32).upper()}-{error.numeric}"
    return response
