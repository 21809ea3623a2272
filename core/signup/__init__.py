"""Opening a shop by oneself (商户入驻): pages under `/signup`, and `/platform/api/v1`, which belongs to no shop."""

from __future__ import annotations

from flask import Flask

from core.host import duties
from core.signup import pages, service, views
from core.web.api import build_api

PREFIX = "/platform/api/v1"


def register(app: Flask) -> None:
    """Mount the API, serve `/platform/api/v1/openapi.json`, and let the clock look after lost sign-ups and spares."""
    bearer = {"type": "http", "scheme": "bearer", "description": "not needed to sign up"}
    build_api(app, "platform", "Jishi platform", PREFIX, bearer).register_blueprint(views.blp, url_prefix=PREFIX)
    app.register_blueprint(pages.bp)
    duties.register("lost_signups", service.LOST_AFTER_SECONDS, service.retry_lost)
    duties.register("spare_schemas", service.REFILL_SECONDS, service.refill_spares)
