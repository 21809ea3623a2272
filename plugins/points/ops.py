"""What shoppers do with a tap: sign in, claim a task's reward. The same tap again changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.plugin import Context, Refused, Reply
from core.plugin.build import A

from . import tasks
from .messages import say
from .settings import settings


def run(session: Any, ctx: Context, op: str, params: Mapping[str, Any]) -> Reply | None:
    """`sign_in`, `claim` with the task's key; None for anything else. Raises Refused."""
    if op not in {"sign_in", "claim"}:
        return None
    if ctx.buyer_id is None:
        raise Refused("points_login_needed", say("login"))
    return _sign_in(session, ctx) if op == "sign_in" else _claim(session, ctx, params)


def _sign_in(session: Any, ctx: Context) -> Reply:
    points = tasks.sign_in(session, ctx, ctx.buyer_id, settings())
    if points is None:
        return _told(say("signed_already"), "muted")
    return _told(say("signed_toast", points=points), "success")


def _claim(session: Any, ctx: Context, params: Mapping[str, Any]) -> Reply:
    if params.get("task") != "phone":
        raise Refused("points_task_not_yet", say("task_not_yet"))
    points = tasks.claim_phone(session, ctx, ctx.buyer_id, settings())
    if points is None:
        return _told(say("task_done"), "muted")
    return _told(say("task_claimed", points=points), "success")


def _told(text: str, tone: str) -> Reply:
    return Reply(actions=(A.toast(text=text, tone=tone), A.refresh()))
