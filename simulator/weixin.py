"""The door of api.weixin.qq.com: access_token in, faults, errcodes out, always HTTP 200 (spec §5)."""

from collections.abc import Callable
from dataclasses import dataclass

import orjson
from flask import Blueprint, Response, request

from simulator.errors import PayError, WxError
from simulator.faults import Where
from simulator.mishaps import Instead, after_commit, before_commit
from simulator.models import App, Token
from simulator.schema import Record, Violation
from simulator.state import State

_JSON = "application/json; charset=utf-8"


@dataclass
class WxCall:
    """One request. ``app`` is the token's owner; None for the calls that carry appid and secret."""

    app: App | None
    body: dict
    query: dict
    where: Where

    def read(self, record: Record, errcode: int = 47001) -> dict:
        """The body when it fits; raises ``errcode`` naming the field otherwise. An unknown key is 47001."""
        try:
            record.check(self.body)
        except Violation as error:
            code = 47001 if error.kind == "unknown" else errcode
            raise WxError(code, f"data format error: {error.field} {error.kind}") from error
        return self.body


def mount(blueprint: Blueprint, state: State, method: str, rule: str, handler: Callable) -> None:
    """Serve ``handler(state, call)`` behind an access_token; it returns fields, {} or a ready Response."""

    def view():
        return _serve(state, handler, _with_token)

    blueprint.add_url_rule(rule, f"{method} {rule}", view, methods=[method])


def mount_open(blueprint: Blueprint, state: State, method: str, rule: str, handler: Callable) -> None:
    """The same for calls that carry appid and secret instead of a token."""

    def view():
        return _serve(state, handler, _with_secret)

    blueprint.add_url_rule(rule, f"{method} {rule}", view, methods=[method])


def _serve(state: State, handler: Callable, identify: Callable) -> Response:
    try:
        call = identify(state, _body(), request.args.to_dict())
        before_commit(state, call)
        _errcode_faults(state, call)
        data = handler(state, call)
        after_commit(state, call)
    except WxError as error:
        return _json({"errcode": error.errcode, "errmsg": f"{error.errmsg} rid: {_rid(state)}"}, 200)
    except PayError as error:
        return _json({"errcode": -1, "errmsg": f"system error: {error.message}"}, error.status)
    except Instead as instead:
        return instead.response
    return data if isinstance(data, Response) else _json(data, 200)


def _json(data: dict, status: int) -> Response:
    return Response(orjson.dumps(data), status, content_type=_JSON)


def _rid(state: State) -> str:
    return f"{state.ids.hex(8)}-{state.ids.hex(8)}-{state.ids.hex(8)}"


def _body() -> dict:
    raw = request.get_data()
    if not raw:
        return {}
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise WxError(47001) from error
    if not isinstance(data, dict):
        raise WxError(47001)
    return data


def _with_secret(state: State, body: dict, query: dict) -> WxCall:
    given = body or query
    if not given.get("appid"):
        raise WxError(41002)
    if not given.get("secret"):
        raise WxError(41004)
    app = state.store.get(App, str(given["appid"]))
    if app is None:
        raise WxError(40013)
    if app.secret != given["secret"]:
        raise WxError(40125)
    return WxCall(app, body, query, _where(state, app))


def _with_token(state: State, body: dict, query: dict) -> WxCall:
    text = query.get("access_token")
    if not text:
        raise WxError(41001)
    app = state.store.get(App, state.by_token.get(text, ""))
    if app is None:
        raise WxError(40001)
    where = _where(state, app)
    _token_faults(state, app, where)
    _check_token(state, app, text)
    return WxCall(app, body, query, where)


def _where(state: State, app: App) -> Where:
    return Where(state.merchants_of(app.appid), frozenset({app.appid}), request.path, request.method)


def _token_faults(state: State, app: App, where: Where) -> None:
    expired = state.faults.take("token_expired", where)
    if expired:
        raise WxError(int(expired.args.get("errcode", 42001)))
    if state.faults.take("token_revoked_by_force_refresh", where):
        with state.store.change():
            state.store.save(Token(app.appid))


def _check_token(state: State, app: App, text: str) -> None:
    row = state.store.get(Token, app.appid)
    expires = dict(row.tokens).get(text) if row else None
    if expires is None:
        raise WxError(40001)
    if expires <= state.now:
        raise WxError(42001)


def _errcode_faults(state: State, call: WxCall) -> None:
    fault = state.faults.take_errcode(call.where)
    if fault:
        raise WxError(int(fault.fault))
