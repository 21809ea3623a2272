"""Every call to WeChat is counted and logged once, with its Request-ID, never with bodies or keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from core.wechat.errors import WechatError

log = structlog.get_logger("core.wechat")


@dataclass(frozen=True, slots=True)
class Call:
    """One finished call, for metrics. `outcome` is "ok" or the error class; `status` 0 means no answer."""

    service: str
    operation: str
    outcome: str
    status: int
    seconds: float


Observe = Callable[[Call], None]


def ignore(call: Call) -> None:
    """The do-nothing observer."""


@dataclass(slots=True)
class Span:
    """Filled in while a call runs."""

    status: int = 0
    request_id: str = ""


@contextmanager
def watched(service: str, operation: str, observe: Observe, **facts: str) -> Iterator[Span]:
    """Log and count what happens inside; `facts` are harmless identifiers such as mchid and appid."""
    span = Span()
    started = time.perf_counter()
    outcome, wx_code, reason = "ok", "", ""
    try:
        yield span
    except WechatError as error:
        outcome, wx_code, reason = type(error).__name__, error.wx_code, getattr(error, "reason", "")
        span.request_id = span.request_id or error.request_id
        raise
    except Exception as error:
        outcome = type(error).__name__
        raise
    finally:
        call = Call(service, operation, outcome, span.status, time.perf_counter() - started)
        observe(call)
        log.info(
            f"{service}_call",
            operation=operation,
            outcome=outcome,
            status=span.status,
            wx_code=wx_code,
            reason=reason,
            request_id=span.request_id,
            ms=round(call.seconds * 1000, 1),
            **facts,
        )
