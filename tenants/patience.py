"""A change of tables gives way to whoever writes them, and comes back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from psycopg import errors

GAVE_WAY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)

Result = TypeVar("Result")


def patiently(
    attempt: Callable[[], Result],
    retries: int = 3,
    backoff: float = 0.2,
    gave_way: Callable[[int, Exception], None] = lambda count, error: None,
) -> Result:
    """What `attempt` returns, a transaction with a short `lock_timeout`: it is made anew after losing to a lock.

    Up to `retries` times, after `backoff` seconds, doubling; `gave_way(count, error)` is told of each loss before
    that. Raises the last one's error, one of GAVE_WAY, and at once whatever else `attempt` raises.
    """
    for count in range(retries):
        try:
            return attempt()
        except GAVE_WAY as error:
            gave_way(count + 1, error)
            time.sleep(backoff * 2**count)
    return attempt()
