"""Whether the platform is well: servers, queues, the clock, migrations, deliveries. Binds no tenant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

from redis.exceptions import RedisError
from sqlalchemy import RowMapping, text
from sqlalchemy.exc import SQLAlchemyError

from core.clock import now
from core.db import db
from core.host import jobs
from core.host.clock import BEAT
from core.host.due import due_set
from core.operator import queues
from core.operator.directory import head
from core.operator.queues import QueueRow, WorkerRow
from core.services import services
from tenants.db import PLATFORM

CLOCK_LATE = timedelta(seconds=30)
WORKER_LATE = timedelta(minutes=10)
QUEUE_LATE = timedelta(minutes=2)
DUE_LATE = timedelta(minutes=2)
SHOWN = 20

_DATABASE = text(
    "SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes,"
    " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections"
)
_BEHIND = text(
    """
    SELECT r.history, r.revision, r.state, r.error, r.updated_at, t.id AS tenant_id, t.slug
    FROM platform.tenant_revision r JOIN platform.tenant t ON t.key = r.key AND t.status NOT IN ('closed', 'deleted')
    WHERE r.state = 'failed' OR (r.history = 'core' AND r.revision <> :head)
    ORDER BY r.state = 'failed' DESC, t.id LIMIT :limit
    """
)
_BEHIND_COUNT = text(
    """
    SELECT count(*) FILTER (WHERE r.state = 'failed') AS failed,
           count(*) FILTER (WHERE r.state <> 'failed' AND r.history = 'core' AND r.revision <> :head) AS behind
    FROM platform.tenant_revision r JOIN platform.tenant t ON t.key = r.key AND t.status NOT IN ('closed', 'deleted')
    """
)
_DELIVERIES = text(
    """
    SELECT coalesce(sum(pending), 0)::bigint AS pending, coalesce(sum(stuck), 0)::bigint AS stuck,
           coalesce(sum(parked), 0)::bigint AS parked, min(oldest_due) AS oldest_due
    FROM platform.tenant_health
    """
)
_WORST = text(
    """
    SELECT t.id AS tenant_id, t.slug, t.name, h.pending, h.stuck, h.parked, h.oldest_due, h.at
    FROM platform.tenant_health h JOIN platform.tenant t ON t.id = h.tenant_id
    WHERE h.stuck > 0 OR h.oldest_due < :late ORDER BY h.stuck DESC, h.oldest_due LIMIT :limit
    """
)


@dataclass(frozen=True, slots=True)
class Part:
    """One server or process: `ok`, what to say, and its figures."""

    name: str
    ok: bool
    words: str
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Due:
    """The tenant that has waited longest for its tick, since when."""

    queue: str
    slug: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """`parts`: database, redis, clock, workers, queues, migrations, deliveries, in this order."""

    parts: Sequence[Part]
    queues: Sequence[QueueRow]
    workers: Sequence[WorkerRow]
    behind: Sequence[RowMapping]
    worst: Sequence[RowMapping]
    due: Sequence[Due]

    @property
    def ok(self) -> bool:
        return all(part.ok for part in self.parts)


def overview() -> Health:
    """Everything at a glance; a server that does not answer is a part that is not ok, never an error."""
    with db.engines[PLATFORM].connect() as connection:
        values = {"head": head(), "limit": SHOWN, "late": now() - DUE_LATE}
        behind = connection.execute(_BEHIND, values).mappings().all()
        worst = connection.execute(_WORST, values).mappings().all()
        fleet = dict(connection.execute(_BEHIND_COUNT, values).mappings().one())
        deliveries = dict(connection.execute(_DELIVERIES).mappings().one())
    rows, people, due = _or_none(queues.queues), _or_none(queues.workers), _or_none(oldest_due)
    parts = [
        database(), redis(), clock(), _workers(people), _queues(rows), _migrations(fleet), _deliveries(deliveries)
    ]  # fmt: skip
    return Health(parts, rows, people, behind, worst, due)


def database() -> Part:
    """Version, size, connections and the time of one round trip."""
    started = perf_counter()
    try:
        with db.engines[PLATFORM].connect() as connection:
            figures = dict(connection.execute(_DATABASE).mappings().one())
    except (SQLAlchemyError, OSError):
        return Part("database", False, "数据库无法连接", {})
    milliseconds = round((perf_counter() - started) * 1000, 1)
    return Part("database", True, f"PostgreSQL {figures['version']}", {**figures, "ms": milliseconds})


def redis() -> Part:
    """Version, memory and the time of one round trip."""
    started = perf_counter()
    try:
        info = services().redis.info()
    except (RedisError, OSError):
        return Part("redis", False, "Redis 无法连接", {})
    figures = {"version": info.get("redis_version"), "bytes": info.get("used_memory")}
    milliseconds = round((perf_counter() - started) * 1000, 1)
    return Part("redis", True, f"Redis {figures['version']}", {**figures, "ms": milliseconds})


def clock() -> Part:
    """When a clock last beat: without one nothing that is due is done."""
    beat = last_beat()
    if beat is None:
        return Part("clock", False, "没有定时进程在运行（jishi clock）", {"beat": None})
    if now() - beat > CLOCK_LATE:
        return Part("clock", False, "定时进程已停止（jishi clock）", {"beat": beat})
    return Part("clock", True, "定时进程正常", {"beat": beat})


def last_beat() -> datetime | None:
    """The last beat of any clock process; None when none was ever seen, or Redis does not answer."""
    try:
        kept = services().redis.get(BEAT)
    except (RedisError, OSError):
        return None
    return None if kept is None else datetime.fromtimestamp(float(kept), UTC)


def oldest_due() -> list[Due]:
    """Per queue the tenant whose work has been due longest, if any is; raises RedisError."""
    found = []
    for queue in jobs.QUEUES:
        for key, score in services().redis.zrange(due_set(queue), 0, 0, withscores=True):
            ref = services().registry.by_key(key.decode())
            if ref is not None and score <= now().timestamp():
                found.append(Due(queue, ref.slug, datetime.fromtimestamp(score, UTC)))
    return found


def _or_none(ask: Callable[[], list[Any]]) -> list[Any]:
    try:
        return ask()
    except (RedisError, OSError):
        return []


def _workers(rows: list[WorkerRow]) -> Part:
    alive = [row for row in rows if row.heartbeat is not None and now() - row.heartbeat <= WORKER_LATE]
    unserved = [name for name in jobs.QUEUES if not any(name in row.queues for row in alive)]
    words = f"没有工作进程处理队列 {'、'.join(unserved)}（jishi worker）" if unserved else f"{len(alive)} 个工作进程"
    return Part("workers", not unserved, words, {"alive": len(alive), "known": len(rows)})


def _queues(rows: list[QueueRow]) -> Part:
    late = [row.name for row in rows if row.oldest is not None and now() - row.oldest > QUEUE_LATE]
    figures = {"waiting": sum(row.waiting for row in rows), "failed": sum(row.failed for row in rows)}
    words = f"队列 {'、'.join(late)} 积压" if late else f"{figures['waiting']} 个任务在等待"
    return Part("queues", not late, words, figures)


def _migrations(fleet: dict[str, Any]) -> Part:
    ok = not fleet["failed"] and not fleet["behind"]
    words = "所有商户都在最新版本" if ok else f"{fleet['failed']} 项迁移失败，{fleet['behind']} 家商户待升级"
    return Part("migrations", ok, words, {**fleet, "head": head()})


def _deliveries(figures: dict[str, Any]) -> Part:
    ok = not figures["stuck"]
    words = f"{figures['pending']} 条待投递" if ok else f"{figures['stuck']} 条事件投递受阻，需要处理"
    return Part("deliveries", ok, words, figures)
