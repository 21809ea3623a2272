"""Access tokens of api.weixin.qq.com, shared by all processes through Redis (wechat.md §5.1)."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from redis import Redis, RedisError

log = structlog.get_logger("core.wechat")

MARGIN_SECONDS = 300
LOCK_MS = 15_000
WAIT_SECONDS = 14.0
POLL_SECONDS = 0.05

# Only the value one has seen may be removed: a newer one is somebody else's.
_DROP_IF_SAME = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


@dataclass(frozen=True, slots=True)
class WeixinApp:
    """A mini-program of a tenant, with its AppSecret."""

    tenant_key: str
    appid: str
    secret: str = field(repr=False)

    @property
    def token_key(self) -> str:
        return f"{{t:{self.tenant_key}}}:core:wx:token:{self.appid}"


Fetch = Callable[[], tuple[str, int]]
"""Asks WeChat for a token; returns it with its remaining life in seconds."""


class TokenCache:
    """One token per app. Only one caller fetches, the others wait for what it brings.

    Without Redis every caller fetches for itself: stable_token gives all of them the same token.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def get(self, app: WeixinApp, fetch: Fetch) -> str:
        """The token in use, or a fetched one; raises what `fetch` raises."""
        try:
            return self._shared(app, fetch)
        except RedisError as error:
            log.warning("wxapi_token_cache_unavailable", appid=app.appid, error=type(error).__name__)
        return fetch()[0]

    def drop(self, app: WeixinApp, failing: str) -> None:
        """Forget the token WeChat refused, unless another caller has already replaced it."""
        try:
            self._redis.eval(_DROP_IF_SAME, 1, app.token_key, failing)
        except RedisError as error:
            log.warning("wxapi_token_cache_unavailable", appid=app.appid, error=type(error).__name__)

    def _shared(self, app: WeixinApp, fetch: Fetch) -> str:
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            token = self._read(app)
            if token:
                return token
            owner = secrets.token_hex(8)
            if self._redis.set(f"{app.token_key}:lock", owner, nx=True, px=LOCK_MS):
                return self._fetch_locked(app, fetch, owner)
            time.sleep(POLL_SECONDS)
        return fetch()[0]

    def _fetch_locked(self, app: WeixinApp, fetch: Fetch, owner: str) -> str:
        try:
            # The one before may have brought it between our look and our lock.
            token = self._read(app)
            if token:
                return token
            token, expires_in = fetch()
            self._redis.set(app.token_key, token, ex=_life(expires_in))
            return token
        finally:
            self._redis.eval(_DROP_IF_SAME, 1, f"{app.token_key}:lock", owner)

    def _read(self, app: WeixinApp) -> str | None:
        value = self._redis.get(app.token_key)
        return value.decode() if isinstance(value, bytes) else value


def _life(expires_in: int) -> int:
    """Seconds to keep a token: until five minutes before its end; a short-lived one for half its life."""
    return max(expires_in - MARGIN_SECONDS, min(MARGIN_SECONDS, expires_in) // 2, 1)
