"""Secrets that were typed but not saved yet: a form that found a mistake elsewhere need not ask for them again.

They lie sealed in Redis for a quarter of an hour, under a number that only the form knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import orjson
from redis.exceptions import RedisError

from core.crypto import SecretUnreadable, new_token
from core.services import redis_key, seal, services, unseal

LIFE_SECONDS = 900
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,40}")


def keep(secrets: Mapping[str, str]) -> str:
    """The number under which `secrets` can be taken back; empty when there is nothing to keep, or nowhere."""
    if not secrets:
        return ""
    number = new_token(18)
    sealed = seal(orjson.dumps(dict(secrets)).decode(), f"typed/{number}")
    try:
        services().redis.set(redis_key("typed", number), sealed, ex=LIFE_SECONDS)
    except (RedisError, OSError):
        return ""
    return number


def take(number: str) -> dict[str, str]:
    """What was kept under `number`; nothing once it is too old."""
    if not _TOKEN.fullmatch(number):
        return {}
    try:
        sealed = services().redis.get(redis_key("typed", number))
        return orjson.loads(unseal(sealed, f"typed/{number}")) if sealed else {}
    except (RedisError, OSError, SecretUnreadable):
        return {}


def drop(number: str) -> None:
    """Forget it: it was saved."""
    if _TOKEN.fullmatch(number):
        try:
            services().redis.delete(redis_key("typed", number))
        except (RedisError, OSError):
            return
