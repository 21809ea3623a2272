"""Ties the switches to the app: every minute closing plugins that nothing keeps any more go off."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from core.db import db
from core.host import duties, jobs
from core.services import services
from core.switches import service
from tenants.context import bind
from tenants.db import PLATFORM

EVERY_SECONDS = 60

_CLOSING = text(
    """
    SELECT DISTINCT t.key FROM platform.tenant_plugin p JOIN platform.tenant t ON t.id = p.tenant_id
    WHERE p.state = 'closing' AND t.status = 'active'
    """
)


def wire(app: Flask) -> None:
    duties.register("closing_plugins", EVERY_SECONDS, hand_out)


def hand_out() -> None:
    """Give the workers every shop that has a closing plugin."""
    with db.engines[PLATFORM].connect() as connection:
        keys = connection.execute(_CLOSING).scalars().all()
    for key in keys:
        ref = services().registry.by_key(key)
        if ref is not None:
            with bind(ref):
                jobs.enqueue(service.end_closing, queue="plugins", job_id=f"closing-{key}")
