"""A form counts once: who presses twice, or goes back and sends it again, is led to what the first time did."""

from __future__ import annotations

import re
import time

import structlog
from flask import Response, g, redirect, request
from markupsafe import Markup
from redis.exceptions import RedisError

from core.crypto import new_token
from core.errors import Conflict
from core.services import services
from tenants.context import current_or_none

log = structlog.get_logger()

FIELD = "once"
LIFE_SECONDS = 24 * 3600
_PATIENCE_SECONDS = 10.0
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,40}")


class StillRunning(Conflict):
    code = "still_running"
    message = "上一次提交还在处理，请稍候再刷新查看结果"


def field() -> Markup:
    """The number of this drawing of a form."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, new_token(15))


def begin() -> Response | None:
    """Where the same form led before; None for one that is new, or has no number. Raises StillRunning."""
    number = request.form.get(FIELD, "")
    if not _TOKEN.fullmatch(number):
        return None
    ref = current_or_none()
    key = f"{{t:{ref.key if ref else 'platform'}}}:ui:once:{number}"
    try:
        if services().redis.set(key, "", nx=True, ex=LIFE_SECONDS):
            g.once_key = key
            return None
        return redirect(_answer(key), 303)
    except RedisError as error:
        log.warning("once_unknown", error=str(error))
        return None


def _answer(key: str) -> str:
    """Where the first one led, waiting for it; raises StillRunning."""
    patience = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < patience:
        place = services().redis.get(key)
        if place:
            return place.decode() if isinstance(place, bytes) else place
        if place is None:
            break
        time.sleep(0.1)
    raise StillRunning


def end(response: Response) -> None:
    """Remember where the form led; one that was refused may be sent again."""
    key = g.pop("once_key", None)
    if key is None:
        return
    try:
        if 300 <= response.status_code < 400:
            services().redis.set(key, response.headers["Location"], ex=LIFE_SECONDS)
        else:
            services().redis.delete(key)
    except RedisError as error:
        log.warning("once_not_kept", error=str(error))
