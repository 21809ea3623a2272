"""Requests that outlive a server: what was refused for good is told, what got lost is sent again and counted."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import requests

PATIENCE_SECONDS = 120.0
FIRST_WAIT, LONGEST_WAIT = 0.1, 3.0
TIMEOUT = (5, 60)
_TOO_MANY = 429


class Refused(Exception):
    """The server understood and said no (4xx): `code` is its stable code, `body` the problem document."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(body.get("code") or body.get("error") or status)
        self.body = body
        super().__init__(f"{status} {self.code}: {body.get('detail') or body.get('message') or ''}")


class Unreachable(Exception):
    """Nobody answered for the whole of PATIENCE_SECONDS."""


class Trouble:
    """What went wrong on the way, by kind; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def note(self, kind: str) -> None:
        with self._lock:
            self._counts[kind] += 1

    def counts(self) -> dict[str, int]:
        with self._lock:
            return dict(self._counts.most_common())


class Http:
    """One server at `base`; `host` is the name it is asked for, if that differs. A session per thread."""

    def __init__(self, base: str, trouble: Trouble, host: str | None = None) -> None:
        self.base = base.rstrip("/")
        self._host = host
        self._trouble = trouble
        self._local = threading.local()

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """The JSON of the answer (None without one). Every call may be repeated, so it has to be idempotent.

        Raises Refused, Unreachable.
        """
        prepared = {"data": None if body is None else orjson.dumps(body), "params": query}
        prepared["headers"] = self._headers(body, token, headers)
        return self._patiently(lambda: self._session().request(method, self.base + path, timeout=TIMEOUT, **prepared))

    def _patiently(self, send: Callable[[], requests.Response]) -> Any:
        wait, deadline = FIRST_WAIT, time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                response = send()
                kind = f"HTTP {response.status_code}"
            except requests.RequestException as error:
                response, kind = None, kind_of(error)
            if response is not None and response.status_code < 500 and response.status_code != _TOO_MANY:
                return _read(response)
            self._trouble.note(kind)
            if time.monotonic() + wait > deadline:
                raise Unreachable(f"{self.base}: {kind}")
            time.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)

    def _session(self) -> requests.Session:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            session.trust_env = False
        return session

    def _headers(self, body: Any, token: str | None, more: Mapping[str, str] | None) -> dict[str, str]:
        headers = dict(more or {})
        if self._host:
            headers["Host"] = self._host
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        return headers


def kind_of(error: requests.RequestException) -> str:
    """A word for the table: what the network did to us."""
    if isinstance(error, requests.Timeout):
        return "timeout"
    text = str(error)
    if "refused" in text:
        return "connection refused"
    if "reset" in text or "aborted" in text or "closed connection" in text:
        return "connection reset"
    return type(error).__name__


def _read(response: requests.Response) -> Any:
    told = response.content and "json" in response.headers.get("Content-Type", "")
    body = orjson.loads(response.content) if told else None
    if response.status_code >= 400:
        raise Refused(response.status_code, body if isinstance(body, dict) else {})
    return body
