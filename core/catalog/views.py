"""Who looked at what: views per product and shop day, and the browsing history (足迹) of shoppers who are logged in.

A look must not slow down an answer from the cache, so the process counts for a second, pushes one entry to Redis, and
the clock brings it to the tables. A token's fingerprint stands for the shopper until then. What is lost with a process
or with Redis are a few seconds of counting; an entry that was written when the process died is counted twice.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from threading import Lock, Timer

import orjson
import structlog
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from core.clock import now, shop_time
from core.db import db
from core.host import chores, due
from core.services import redis_key, services
from tenants.context import current

log = structlog.get_logger()

PUSH_SECONDS = 1.0
FLUSH_SECONDS = 30
KEEP_HISTORY = 200
MAX_WAITING = 20_000
_CHUNK = 500
_LOCK_SECONDS = 60

Look = tuple[str, int, str]
"""Shop day, product, and the fingerprint of the shopper's token in hex or nothing."""


class Trail:
    """What was looked at since the last push, by the Redis key it goes to."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[tuple[str, str], Counter[Look]] = {}
        self._timer: Timer | None = None
        self._redis: Redis | None = None

    def note(self, product_id: int, fingerprint: str) -> None:
        """The bound tenant's product was looked at; costs a few microseconds."""
        look = (shop_time(now()).date().isoformat(), product_id, fingerprint)
        place = (redis_key("catalog", "looks"), current().key)
        with self._lock:
            self._waiting.setdefault(place, Counter())[look] += 1
            if self._timer is None:
                self._redis = services().redis
                self._timer = Timer(PUSH_SECONDS, self.push)
                self._timer.daemon = True
                self._timer.start()

    def push(self) -> None:
        """Bring what was noted to Redis and let the clock know."""
        with self._lock:
            waiting, redis = self._waiting, self._redis
            self._waiting, self._timer = {}, None
        if redis is None or not waiting:
            return
        moment = now()
        try:
            pipeline = redis.pipeline(transaction=False)
            for (key, tenant), looks in waiting.items():
                pipeline.rpush(key, orjson.dumps([moment.timestamp(), [[*look, n] for look, n in looks.items()]]))
                pipeline.ltrim(key, -MAX_WAITING, -1)
                soon = (moment + timedelta(seconds=FLUSH_SECONDS)).timestamp()
                pipeline.zadd(due.due_set("core"), {tenant: soon}, lt=True)
            pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("looks_lost", count=sum(map(len, waiting.values())), error=str(error))


trail = Trail()

_COUNT = text(
    """
    INSERT INTO product_views AS v (product_id, day, views)
    SELECT p.id, w.day, w.views
    FROM unnest(CAST(:products AS bigint[]), CAST(:days AS date[]), CAST(:views AS int[])) AS w(product_id, day, views)
    JOIN product p ON p.id = w.product_id
    ORDER BY p.id, w.day
    ON CONFLICT (product_id, day) DO UPDATE SET views = v.views + excluded.views
    """
)
_REMEMBER = text(
    """
    INSERT INTO browsed AS b (buyer_id, product_id, times, last_at)
    SELECT s.buyer_id, p.id, sum(w.times), max(to_timestamp(w.at))
    FROM unnest(CAST(:tokens AS text[]), CAST(:products AS bigint[]), CAST(:times AS int[]), CAST(:moments AS float8[]))
         AS w(token, product_id, times, at)
    JOIN buyer_session s ON s.token_hash = decode(w.token, 'hex') AND s.revoked_at IS NULL AND s.expires_at > :now
    JOIN product p ON p.id = w.product_id
    GROUP BY s.buyer_id, p.id ORDER BY s.buyer_id, p.id
    ON CONFLICT (buyer_id, product_id)
    DO UPDATE SET times = b.times + excluded.times, last_at = greatest(b.last_at, excluded.last_at)
    RETURNING b.buyer_id
    """
)
_FORGET_OLDEST = text(
    """
    DELETE FROM browsed b USING (
        SELECT buyer_id, product_id, row_number() OVER (PARTITION BY buyer_id ORDER BY last_at DESC) AS place
        FROM browsed WHERE buyer_id = ANY(:buyers)
    ) AS old
    WHERE b.buyer_id = old.buyer_id AND b.product_id = old.product_id AND old.place > :keep
    """
)


def flush_looks() -> int:
    """Bring the bound tenant's looks from Redis to its tables; returns how many entries. One flush at a time."""
    redis, key = services().redis, redis_key("catalog", "looks")
    if not redis.set(redis_key("catalog", "looks-lock"), b"1", nx=True, ex=_LOCK_SECONDS):
        return 0
    flushed = 0
    while entries := redis.lrange(key, 0, _CHUNK - 1):
        _write([orjson.loads(entry) for entry in entries])
        db.session.commit()
        redis.ltrim(key, len(entries), -1)
        flushed += len(entries)
    redis.delete(redis_key("catalog", "looks-lock"))
    return flushed


def _write(entries: list[tuple[float, list[tuple[str, int, str, int]]]]) -> None:
    views: Counter[tuple[str, int]] = Counter()
    times: Counter[tuple[str, int]] = Counter()
    moments: dict[tuple[str, int], float] = {}
    for at, looks in entries:
        for day, product_id, token, count in looks:
            views[day, product_id] += count
            if token:
                times[token, product_id] += count
                moments[token, product_id] = max(at, moments.get((token, product_id), at))
    _count(views)
    if times:
        _remember(times, moments)


def _count(views: Counter[tuple[str, int]]) -> None:
    values = {
        "products": [product for _, product in views],
        "days": [day for day, _ in views],
        "views": list(views.values()),
    }
    db.session.execute(_COUNT, values)


def _remember(times: Counter[tuple[str, int]], moments: dict[tuple[str, int], float]) -> None:
    values = {
        "tokens": [token for token, _ in times],
        "products": [product for _, product in times],
        "times": list(times.values()),
        "moments": [moments[key] for key in times],
        "now": now(),
    }
    buyers = sorted(set(db.session.execute(_REMEMBER, values).scalars()))
    db.session.execute(_FORGET_OLDEST, {"buyers": buyers, "keep": KEEP_HISTORY})


chores.register("catalog_looks", flush_looks, "NULL::timestamptz")
