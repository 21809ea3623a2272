"""How much of its plan the bound shop uses.

The orders of a month are counted on the index of `paid_at` and kept in Redis for a minute: whatever the number of
checkouts, the shop counts once a minute, and nothing has to be right but the orders themselves. A counter that grows
with every order would need repair after each lost increment, for an exactness that the limit's tenth of grace ignores.
"""

from __future__ import annotations

from datetime import datetime

import orjson
from redis.exceptions import RedisError
from sqlalchemy import text

from core.clock import now, shop_time
from core.db import db
from core.services import redis_key, services

KEPT_SECONDS = 60

_MONTH = text("SELECT count(*) FROM orders WHERE paid_at >= :start")
_COUNTS = text(
    """
    SELECT (SELECT count(*) FROM store WHERE active) AS stores, (SELECT count(*) FROM staff WHERE active) AS staff,
           (SELECT count(*) FROM orders WHERE paid_at >= :start) AS orders_month
    """
)


def counts() -> dict[str, int]:
    """Stores, staff and orders paid this month, counted now in one statement."""
    return dict(db.session.execute(_COUNTS, {"start": month_start()}).mappings().one())


def kept_counts() -> dict[str, int]:
    """`counts`, at most a minute old."""
    redis, key = services().redis, redis_key("limit_counts")
    try:
        kept = redis.get(key)
        if kept is not None:
            return orjson.loads(kept)
        counted = counts()
        redis.set(key, orjson.dumps(counted), ex=KEPT_SECONDS)
    except (RedisError, OSError):
        return counts()
    return counted


def month_orders() -> int:
    """Orders paid this month, till and online, at most a minute old."""
    redis, key = services().redis, redis_key("orders_paid", f"{month_start():%Y-%m-%d}")
    try:
        kept = redis.get(key)
        if kept is not None:
            return int(kept)
        counted = _count()
        redis.set(key, counted, ex=KEPT_SECONDS)
    except (RedisError, OSError):
        return _count()
    return counted


def month_start() -> datetime:
    """The first moment of this month on the shop's wall clock."""
    return shop_time(now()).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _count() -> int:
    return db.session.execute(_MONTH, {"start": month_start()}).scalar_one()
