"""One structured line per request with tenant and request id, and the figures behind `/metrics`."""

from __future__ import annotations

import logging
import os
import re
import sys
from time import perf_counter
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from core.crypto import new_token

log = structlog.get_logger("http")

REQUESTS = Counter("jishi_http_requests_total", "Requests answered", ["endpoint", "status"])
LATENCY = Histogram("jishi_http_request_seconds", "Time to answer", ["endpoint"])

_UNREMARKABLE = {"healthz", "metrics"}
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def configure_logging(level: str = "INFO") -> None:
    """JSON lines on stdout; what libraries log through `logging` goes the same way, warnings and worse only."""
    shared = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_line)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.BytesLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    render = structlog.processors.JSONRenderer(serializer=lambda data, **_: _line(data).decode())
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=render, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _line(data: dict[str, Any], **_: Any) -> bytes:
    return orjson.dumps(data, default=str)


def _start() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else new_token(12)
    g.started = perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _finish(response: Response) -> Response:
    endpoint = request.endpoint or "unmatched"
    seconds = perf_counter() - g.get("started", perf_counter())
    response.headers["X-Request-ID"] = g.get("request_id", "")
    REQUESTS.labels(endpoint, response.status_code).inc()
    LATENCY.labels(endpoint).observe(seconds)
    if endpoint in _UNREMARKABLE:
        return response
    log.info(
        "request",
        method=request.method,
        path=request.path,
        endpoint=endpoint,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
    )
    return response


def metrics() -> Response:
    """Prometheus text of all web processes together."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def register(app: Flask) -> None:
    app.before_request(_start)
    app.after_request(_finish)
    app.add_url_rule("/metrics", "metrics", metrics)
