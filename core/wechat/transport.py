"""HTTP to WeChat: one pooled session per base address and process, time-outs, no redirects, no retry.

An error never carries the address it was sent to, nor a cause that does: queries hold secrets and tokens.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from core.wechat.errors import Retryable, Unknown

Timeout = tuple[float, float]

TIMEOUT: Timeout = (3, 10)
"""Seconds to connect, seconds to wait for bytes: without them `requests` waits for ever (wechat.md §2.1)."""

_POOL = 32


@lru_cache(maxsize=16)
def pooled_session(base_url: str) -> requests.Session:
    """The session for one base address. Ignores proxies and .netrc of the environment, keeps no cookies."""
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.mount(base_url, HTTPAdapter(pool_connections=1, pool_maxsize=_POOL))
    return session


# Two processes must not speak over one inherited connection.
os.register_at_fork(after_in_child=pooled_session.cache_clear)


def send(
    base_url: str,
    method: str,
    path: str,
    *,
    headers: dict[str, str],
    body: bytes | None = None,
    timeout: Timeout | None = None,
) -> requests.Response:
    """One exchange; any HTTP status is a result. `timeout` is TIMEOUT unless somebody is waiting in front of a screen.

    Raises Retryable when nothing was sent or it was a read, Unknown when a write may have arrived.
    """
    try:
        return pooled_session(base_url).request(
            method,
            base_url + path,
            data=body,
            headers=headers,
            timeout=timeout or TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        failure = _failure(method, error)
    raise failure


@contextmanager
def streaming(base_url: str, path: str, headers: dict[str, str]) -> Iterator[requests.Response]:
    """A GET whose body is read piece by piece inside the block; raises Retryable, also when it breaks off there."""
    failure = None
    try:
        with pooled_session(base_url).get(
            base_url + path, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True
        ) as response:
            yield response
    except requests.RequestException as error:
        failure = _failure("GET", error)
    if failure is not None:
        raise failure


def _failure(method: str, error: requests.RequestException) -> Retryable:
    kind = type(error).__name__
    if method == "GET" or _never_sent(error):
        return Retryable(wx_message=kind)
    return Unknown(wx_message=kind)


def _never_sent(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError)
