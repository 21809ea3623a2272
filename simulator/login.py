"""Tokens, login and phone numbers (spec §5.1–§5.3)."""

import math

from flask import Blueprint

from simulator.errors import WxError
from simulator.models import App, Code, Token, User
from simulator.schema import Flag, Record, Text
from simulator.state import State
from simulator.weixin import WxCall, mount, mount_open

_LIFE = 7200
_OVERLAP = 300
_DAY = 86400
_FORCED_PER_DAY = 20
_FORCED_GAP = 30
_CODE_LIFE = 300
_TOKEN = Record({
    "grant_type": Text(), "appid": Text(), "secret": Text(), "force_refresh": Flag(),
})


def stable_token(state: State, call: WxCall) -> dict:
    """``POST /cgi-bin/stable_token``: the same token until its last five minutes; forced refresh kills it."""
    body = call.read(_TOKEN)
    if body.get("grant_type") != "client_credential":
        raise WxError(40002)
    with state.store.change():
        row = state.store.get(Token, call.app.appid) or Token(call.app.appid)
        if body.get("force_refresh"):
            _force(state, row)
        elif not row.tokens or row.tokens[0][1] - state.now <= _OVERLAP:
            _issue(state, row, row.tokens[:1])
        state.store.save(row)
        text, expires = row.tokens[0]
    return {"access_token": text, "expires_in": math.ceil(expires - state.now)}


def _force(state: State, row: Token) -> None:
    now = state.now
    row.forced = [at for at in row.forced if now - at < _DAY]
    if len(row.forced) >= _FORCED_PER_DAY:
        raise WxError(45009)
    if row.forced and now - row.forced[-1] < _FORCED_GAP:
        raise WxError(45011)
    row.forced.append(now)
    _issue(state, row, [])


def _issue(state: State, row: Token, kept: list[list]) -> None:
    text = f"{state.ids.digits(2)}_{state.ids.word(40)}{state.ids.word(40)}{state.ids.word(40)}"
    row.tokens = [[text, state.now + _LIFE], *kept]
    state.by_token[text] = row.appid


def code_to_session(state: State, call: WxCall) -> dict:
    """``GET /sns/jscode2session`` → openid, session_key, unionid."""
    if not call.query.get("js_code"):
        raise WxError(41008)
    if call.query.get("grant_type") != "authorization_code":
        raise WxError(40002)
    user = use_code(state, call.app, call.query["js_code"], "login")
    if user.blocked:
        raise WxError(40226)
    data = {"session_key": user.session_key, "openid": user.openid}
    return data | {"unionid": user.unionid} if user.unionid else data


def use_code(state: State, app: App, text: str, kind: str) -> User:
    """The user behind a single-use code; raises 40029 unknown or older than five minutes, 40163 used."""
    with state.store.change():
        code = state.store.get(Code, text)
        if code is None or code.kind != kind or code.appid != app.appid:
            raise WxError(40029)
        if code.used:
            raise WxError(40163)
        if state.now - code.created > _CODE_LIFE:
            raise WxError(40029)
        code.used = True
        state.store.save(code)
    return state.store.get(User, f"{app.appid}/{code.openid}")


def phone_number(state: State, call: WxCall) -> dict:
    """``POST /wxa/business/getuserphonenumber`` → phone_info."""
    body = call.read(Record({"code": Text(1, required=True)}), 40029)
    user = use_code(state, call.app, body["code"], "phone")
    return {"errcode": 0, "errmsg": "ok", "phone_info": {
        "phoneNumber": user.phone,
        "purePhoneNumber": user.phone,
        "countryCode": "86",
        "watermark": {"timestamp": int(state.now), "appid": call.app.appid},
    }}


def routes(blueprint: Blueprint, state: State) -> None:
    """Mount everything of this module."""
    mount_open(blueprint, state, "POST", "/cgi-bin/stable_token", stable_token)
    mount_open(blueprint, state, "GET", "/sns/jscode2session", code_to_session)
    mount(blueprint, state, "POST", "/wxa/business/getuserphonenumber", phone_number)
