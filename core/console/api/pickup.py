"""The counter: what to pick, and handing out by code or phone (核销)."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from core.console.auth import COMMON, current_staff, requires
from core.db import db
from core.fulfilment import reading, service
from core.fulfilment.schemas import HandedOverSchema, PicklistQuerySchema, PicklistSchema, VerifySchema
from core.staff import audit
from core.web import reply
from core.web.api import problems_documented

blp = Blueprint("console_pickup", __name__)


@blp.route("/pickup/picklist")
@requires("orders.view")
@blp.arguments(PicklistQuerySchema, location="query")
@blp.response(200, PicklistSchema)
@problems_documented(blp, *COMMON)
def read_picklist(query: dict[str, Any]) -> Response:
    """What a store has to prepare, the most urgent order first, with shelf locations and totals by SKU."""
    current_staff().check_store(query["store_id"])
    return reply.json(reading.picklist(query["store_id"], query["limit"]))


@blp.route("/pickup/verify", methods=["POST"])
@requires("orders.pickup")
@blp.arguments(VerifySchema)
@blp.response(200, HandedOverSchema)
@problems_documented(blp, *COMMON, 409)
def verify(data: dict[str, Any]) -> Response:
    """Hand out once and only once; a second time answers 409 `already_handed_over` with when (`at`) and by whom (`by`).

    By `phone_tail` several orders may match: 409 `several_orders` lists them, send the `number` along to choose.
    """
    staff = current_staff()
    staff.check_store(data["store_id"])
    given = _hand_out(data)
    audit.record("orders.pickup", f"order:{given.number}", method="code" if "code" in data else "phone")
    body = {"number": given.number, "state": "completed", "at": given.at, "by": given.by}
    body["lines"] = reading.goods(given.order_id)
    db.session.commit()
    return reply.json(body)


def _hand_out(data: dict[str, Any]) -> service.HandedOver:
    if "code" in data:
        return service.verify_code(data["store_id"], data["code"], current_staff())
    return service.verify_phone(data["store_id"], data["phone_tail"], data.get("number"), current_staff())
