"""`POST /pay/wechat/<token>/payment|refund`: what WeChat tells us (wechat.md §4.8).

Order of checks: tenant by path token (before the request gets here), then freshness, serial, signature, decryption and
merchant in the gateway, then one row per business key and state, then the booking. Answers 204 once it is booked; every
refusal is a 4xx with WeChat's `FAIL`, so that it comes again.
"""

from __future__ import annotations

import structlog
from flask import Blueprint, Flask, Response, request
from sqlalchemy import text

from core.clock import now
from core.db import db
from core.errors import AppError
from core.payments import profiles, refunds, service
from core.web import reply
from core.wechat.types import NotifyEvent

log = structlog.get_logger()

blp = Blueprint("wechat_pay", __name__, url_prefix="/pay/wechat/<token>")

_TAKE = text(
    """
    INSERT INTO payment_notice (kind, key, state, notify_id, received_at) VALUES (:kind, :key, :state, :notify, :now)
    ON CONFLICT DO NOTHING
    """
)


@blp.post("/payment")
@blp.post("/refund")
def notify(token: str) -> Response:
    """One callback; which of the two paths it takes says the event itself."""
    event = profiles.gateway().parse_notify(request.headers, request.get_data())
    if _is_new(event):
        _book(event)
    db.session.commit()
    return Response(status=204)


def _is_new(event: NotifyEvent) -> bool:
    kind, key, state = event.replay_key
    values = {"kind": kind, "key": key, "state": state, "notify": event.id, "now": now()}
    return db.session.execute(_TAKE, values).rowcount == 1


def _book(event: NotifyEvent) -> None:
    if event.trade is not None:
        service.book(event.trade)
    elif event.refund is not None:
        refunds.book(event.refund)
    else:
        log.info("notify_ignored", event_type=event.event_type)


@blp.errorhandler(AppError)
def _fail(error: AppError) -> Response:
    db.session.rollback()
    log.warning("notify_refused", code=error.code, error=str(error))
    return reply.json({"code": "FAIL", "message": error.message}, error.status)


def register(app: Flask) -> None:
    app.register_blueprint(blp)
