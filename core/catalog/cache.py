"""Answers of the catalog as finished bytes, valid for one version of the catalog.

Every change of a shop's catalog replaces its version after the commit. A version is a random token, so that a Redis
that came back empty, or with old data, can never make an old answer valid again. The process keeps answers in front of
Redis; both forget them after a while, which bounds how long an answer outlives a version that could not be replaced.

A process that made the change sees it at once, the others within VERSION_SECONDS: that long they don't ask again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple

import structlog
from redis.exceptions import RedisError
from sqlalchemy import event

from core.catalog.behind import Behind
from core.crypto import new_token
from core.db import db
from core.services import redis_key, services
from tenants.context import current
from tenants.db import TenantSession

log = structlog.get_logger()

KEEP_SECONDS = 300
VERSION_SECONDS = 0.1
MAX_ENTRIES = 4_000
MAX_BYTES = 32 * 1024 * 1024
_TOKEN_BYTES = 9


class Answer(NamedTuple):
    """A body and its entity tag, quotes included."""

    etag: str
    body: bytes


class Memory:
    """The process's own answers: least recently used first out, none older than KEEP_SECONDS."""

    def __init__(self, entries: int = MAX_ENTRIES, size: int = MAX_BYTES) -> None:
        self._limits = entries, size
        self._lock = Lock()
        self._size = 0
        self._kept: OrderedDict[tuple[str, ...], tuple[float, Answer]] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> Answer | None:
        with self._lock:
            until, answer = self._kept.get(key, (0.0, None))
            if answer is None or until < monotonic():
                return None
            self._kept.move_to_end(key)
            return answer

    def put(self, key: tuple[str, ...], answer: Answer) -> None:
        with self._lock:
            self._drop(key)
            self._kept[key] = monotonic() + KEEP_SECONDS, answer
            self._size += len(answer.body)
            while len(self._kept) > self._limits[0] or self._size > self._limits[1]:
                self._drop(next(iter(self._kept)))

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._size = 0

    def _drop(self, key: tuple[str, ...]) -> None:
        _, answer = self._kept.pop(key, (0.0, None))
        self._size -= len(answer.body) if answer else 0


memory = Memory()
behind = Behind()
_versions: dict[str, tuple[float, str]] = {}
_facts: dict[tuple[str, str], tuple[str, Any]] = {}


def touch() -> None:
    """The current transaction changes the catalog: once it commits, every answer made before is stale."""
    db.session.info["catalog_changed"] = True


@event.listens_for(TenantSession, "after_commit")
def _replace_version(session: TenantSession) -> None:
    if not session.info.pop("catalog_changed", False):
        return
    token = new_token(_TOKEN_BYTES)
    _versions.pop(current().key, None)
    try:
        services().redis.set(_version_key(), token)
    except (RedisError, OSError) as error:
        log.warning("catalog_version_not_replaced", error=str(error), stale_seconds=2 * KEEP_SECONDS)
        return
    _versions[current().key] = monotonic() + VERSION_SECONDS, token


@event.listens_for(TenantSession, "after_soft_rollback")
def _forget(session: TenantSession, previous: object) -> None:
    session.info.pop("catalog_changed", None)


def version() -> str | None:
    """The present version of the bound tenant's catalog; None when Redis can't be asked, then nothing is cached."""
    until, known = _versions.get(current().key, (0.0, None))
    if until > monotonic():
        return known
    asked = _ask_version()
    if asked is not None:
        _versions[current().key] = monotonic() + VERSION_SECONDS, asked
    return asked


def _ask_version() -> str | None:
    try:
        redis = services().redis
        found = redis.get(_version_key())
        if found is None:
            redis.set(_version_key(), new_token(_TOKEN_BYTES), nx=True)
            found = redis.get(_version_key())
    except (RedisError, OSError) as error:
        log.warning("catalog_cache_unreachable", error=str(error))
        return None
    return found.decode() if found else None


def remember(version: str | None, name: str, load: Callable[[], Any]) -> Any:
    """What `load` returned for this version of the bound tenant's catalog; only the latest version is kept."""
    place = (current().key, name)
    kept = _facts.get(place)
    if version is not None and kept is not None and kept[0] == version:
        return kept[1]
    loaded = load()
    if version is not None:
        _facts[place] = version, loaded
    return loaded


def forget() -> None:
    """Drop what this process keeps, for all tenants."""
    memory.clear()
    _versions.clear()
    _facts.clear()


def recall(version: str, exact: str) -> Answer | None:
    """What this process keeps for a request as it came in (path and query), without asking anybody."""
    return memory.get((current().key, version, exact))


def answer(version: str | None, exact: str, query: str, make: Callable[[], bytes]) -> Answer:
    """The answer to `query`, the request in one spelling: from Redis, or made now and kept in both places."""
    if version is None:
        return tagged(make())
    found = _fetch(version, query)
    if found is None:
        found = tagged(make())
        _store(version, query, found)
    memory.put((current().key, version, exact), found)
    return found


def tagged(body: bytes) -> Answer:
    """`body` with an entity tag made from its content."""
    return Answer(f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"', body)


def _fetch(version: str, query: str) -> Answer | None:
    try:
        stored = services().redis.get(_page_key(version, query))
    except (RedisError, OSError):
        return None
    if stored is None:
        return None
    etag, _, body = stored.partition(b"\n")
    return Answer(etag.decode(), body)


def _store(version: str, query: str, made: Answer) -> None:
    kept = made.etag.encode() + b"\n" + made.body
    behind.add(services().redis, "SET", _page_key(version, query), kept, "EX", KEEP_SECONDS)


def _version_key() -> str:
    return redis_key("catalog", "version")


def _page_key(version: str, query: str) -> str:
    return redis_key("catalog", "page", version, hashlib.blake2b(query.encode(), digest_size=16).hexdigest())
