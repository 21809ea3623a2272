"""How api.weixin.qq.com is spoken to: tokens, UTF-8 JSON, errcodes (wechat.md §5)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

import requests
from redis import Redis

from core.wechat.errors import (
    CodeInvalid,
    NotSubscribed,
    Rejected,
    Retryable,
    TokenRefused,
    Unknown,
    UserBlocked,
    WechatError,
)
from core.wechat.tokens import TokenCache, WeixinApp
from core.wechat.transport import Timeout, send
from core.wechat.watch import Observe, watched

_ERRORS: dict[int, type[WechatError]] = {
    -1: Retryable,
    45009: Retryable,
    45011: Retryable,
    10060001: Retryable,
    10060012: Retryable,
    40001: TokenRefused,
    40014: TokenRefused,
    42001: TokenRefused,
    40029: CodeInvalid,
    40163: CodeInvalid,
    40226: UserBlocked,
    43101: NotSubscribed,
}
_RID = re.compile(r"rid:\s*([0-9A-Za-z-]+)")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer: an object, or the bytes of a picture."""

    data: dict[str, Any]
    picture: bytes = b""

    def read(self, pick: Callable[[dict[str, Any]], T]) -> T:
        """What `pick` makes of the object; raises Unknown when a field is missing or of another type."""
        try:
            return pick(self.data)
        except (KeyError, TypeError, ValueError) as error:
            raise Unknown(wx_message=f"answer lacks {error}") from error


class WeixinApi:
    """One app's calls. Paths hold secrets and tokens in their query: neither logs nor errors show them."""

    def __init__(
        self, app: WeixinApp, redis: Redis, base_url: str, observe: Observe, timeout: Timeout | None = None
    ) -> None:
        self.app = app
        self._tokens = TokenCache(redis)
        self._base_url = base_url.rstrip("/")
        self._observe = observe
        self._timeout = timeout

    def call(self, operation: str, path: str, payload: Mapping[str, Any] | None = None) -> Reply:
        """A call with an access token, GET without a payload; a refused token is replaced once."""
        token = self._tokens.get(self.app, self.fetch_token)
        try:
            return self._with_token(operation, path, payload, token)
        except TokenRefused:
            self._tokens.drop(self.app, token)
        return self._with_token(operation, path, payload, self._tokens.get(self.app, self.fetch_token))

    def plain(
        self, operation: str, path: str, query: Mapping[str, str], payload: Mapping[str, Any] | None = None
    ) -> Reply:
        """A call without a token, GET without a payload."""
        method = "GET" if payload is None else "POST"
        body = None if payload is None else json.dumps(payload, ensure_ascii=False).encode()
        target = f"{path}?{urlencode(query)}" if query else path
        with watched("wxapi", operation, self._observe, appid=self.app.appid) as span:
            headers = {"Content-Type": "application/json; charset=utf-8"}
            response = send(self._base_url, method, target, headers=headers, body=body, timeout=self._timeout)
            span.status = response.status_code
            return _reply(method, response)

    def _with_token(self, operation: str, path: str, payload: Mapping[str, Any] | None, token: str) -> Reply:
        return self.plain(operation, path, {"access_token": token}, payload)

    def fetch_token(self) -> tuple[str, int]:
        """A token and its remaining life in seconds, straight from WeChat and kept nowhere: proves appid and secret."""
        payload = {
            "grant_type": "client_credential",
            "appid": self.app.appid,
            "secret": self.app.secret,
            "force_refresh": False,
        }
        reply = self.plain("stable_token", "/cgi-bin/stable_token", {}, payload)
        return reply.read(lambda data: (str(data["access_token"]), int(data["expires_in"])))


def _reply(method: str, response: requests.Response) -> Reply:
    if response.status_code == 200 and response.headers.get("Content-Type", "").startswith("image/"):
        return Reply({}, response.content)
    data = _object(response.content) if response.status_code == 200 else None
    if data is None:
        raise _unreadable(method, response.status_code)
    errcode = data.get("errcode") or 0
    if errcode:
        raise _error(errcode, str(data.get("errmsg", "")))
    return Reply(data)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        data = json.loads(body, strict=False)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _unreadable(method: str, status: int) -> Retryable:
    kind = Retryable if method == "GET" or status == 429 else Unknown
    return kind(wx_message=f"HTTP {status} without an answer")


def _error(errcode: Any, errmsg: str) -> WechatError:
    rid = _RID.search(errmsg)
    kind = _ERRORS.get(errcode, Rejected)
    return kind(wx_code=str(errcode), wx_message=errmsg, request_id=rid.group(1) if rid else "")
