"""What is shown once: a link, a key, recovery codes. The form leads to a page that shows it; loaded again, it is gone."""

from __future__ import annotations

import re
from typing import Any

import orjson

from core.crypto import new_token
from core.services import redis_key, seal, services, unseal

LIFE_SECONDS = 600
_NUMBER = re.compile(r"[A-Za-z0-9_-]{16,40}")


def keep(holder: int, **values: Any) -> str:
    """A number under which `holder` (whose session it is) may look at `values` once, within ten minutes."""
    number = new_token(15)
    sealed = seal(orjson.dumps(values).decode(), f"reveal/{number}")
    services().redis.set(redis_key("reveal", holder, number), sealed, ex=LIFE_SECONDS)
    return number


def take(holder: int, number: str | None) -> dict[str, Any] | None:
    """The values, and forget them; None when they were seen before, are too old, or somebody else's."""
    if not number or not _NUMBER.fullmatch(number):
        return None
    sealed = services().redis.getdel(redis_key("reveal", holder, number))
    return orjson.loads(unseal(sealed, f"reveal/{number}")) if sealed else None
