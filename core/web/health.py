"""`GET /healthz`: 200 when a shopper could order, that is when PostgreSQL and Redis answer."""

from __future__ import annotations

import structlog
from flask import Flask, Response
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.db import db
from core.services import services
from core.web.problems import problem

log = structlog.get_logger()


def healthz() -> Response:
    for name, check in (("database", _database), ("redis", _redis)):
        try:
            check()
        except (SQLAlchemyError, RedisError, OSError):
            log.exception("health_check_failed", part=name)
            return problem(503, "unhealthy", f"{name} 无法连接", part=name)
    return Response(b'{"status":"ok"}', content_type="application/json")


def _database() -> None:
    with db.engines["platform"].connect() as connection:
        connection.execute(text("SELECT 1 FROM platform.tenant LIMIT 1"))


def _redis() -> None:
    services().redis.ping()


def register(app: Flask) -> None:
    app.add_url_rule("/healthz", "healthz", healthz)
