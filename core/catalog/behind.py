"""Redis commands that nobody waits for: collected, and sent in one pipeline a moment later."""

from __future__ import annotations

from threading import Lock, Timer

import structlog
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger()

WAIT_SECONDS = 0.2
MAX_WAITING = 2_000


class Behind:
    """Commands on their way. What waits is lost with the process, and beyond MAX_WAITING new ones are dropped."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[tuple[str | bytes | int, ...]] = []
        self._timer: Timer | None = None
        self._redis: Redis | None = None

    def add(self, redis: Redis, *command: str | bytes | int) -> None:
        """Send `command` to `redis` soon."""
        with self._lock:
            if len(self._waiting) >= MAX_WAITING:
                return
            self._waiting.append(command)
            if self._timer is None:
                self._redis = redis
                self._timer = Timer(WAIT_SECONDS, self.push)
                self._timer.daemon = True
                self._timer.start()

    def push(self) -> None:
        """Send everything that waits."""
        with self._lock:
            waiting, redis = self._waiting, self._redis
            self._waiting, self._timer = [], None
        if redis is None or not waiting:
            return
        try:
            pipeline = redis.pipeline(transaction=False)
            for command in waiting:
                pipeline.execute_command(*command)
            pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("redis_commands_lost", count=len(waiting), error=str(error))
