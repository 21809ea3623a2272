"""Events that a plugin or we could not work off (待处理事件): try again, or skip."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from core.console.auth import COMMON, current_staff, requires
from core.db import db
from core.errors import Invalid
from core.host import backlog
from core.staff import audit
from core.web.api import problems_documented
from core.web.fields import IdField, Moment
from core.web.lists import CursorQuerySchema, PageSchema
from core.web.paging import decode_cursor, encode_cursor
from core.web.paths import with_paths

blp = with_paths(Blueprint("console_deliveries", __name__))

MANAGE = "plugins.manage"


class DeliverySchema(ma.Schema):
    """`consumer` is the plugin, or a part of the shop itself (then `plugin` is null).

    `state` is `stuck` (tried too often) or `parked` (the plugin is off, missing or unfit); `since` is when it happened,
    `number` the order's.
    """

    event_id = IdField()
    consumer = ma.fields.String()
    plugin = ma.fields.String(allow_none=True)
    event = ma.fields.String()
    number = ma.fields.String(allow_none=True)
    state = ma.fields.String()
    attempts = ma.fields.Integer()
    error = ma.fields.String(allow_none=True)
    since = Moment()


class DeliveriesSchema(PageSchema):
    items = ma.fields.List(ma.fields.Nested(DeliverySchema))


class CountsSchema(ma.Schema):
    """Deliveries to plugins: under way, and waiting for a person."""

    pending = ma.fields.Integer()
    stuck = ma.fields.Integer()
    parked = ma.fields.Integer()


@blp.route("/deliveries/counts")
@requires(MANAGE)
@blp.response(200, CountsSchema)
@problems_documented(blp, *COMMON)
def count_deliveries() -> Any:
    """How many events plugins have still to be told."""
    return backlog.counts()


@blp.route("/deliveries")
@requires(MANAGE)
@blp.arguments(CursorQuerySchema, location="query")
@blp.response(200, DeliveriesSchema)
@problems_documented(blp, *COMMON)
def list_deliveries(query: dict[str, Any]) -> dict[str, Any]:
    """What is stuck or parked, the newest event first."""
    rows = backlog.waiting(before(query["cursor"]), query["limit"] + 1)
    shown = rows[: query["limit"]]
    last = shown[-1] if len(rows) > len(shown) else None
    return {"items": shown, "next_cursor": last and encode_cursor(last["event_id"], last["consumer"])}


@blp.route("/deliveries/<id:event_id>/<consumer>/retry", methods=["POST"])
@requires(MANAGE)
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def retry_delivery(event_id: int, consumer: str) -> None:
    """Try a stuck one again; 409 `delivery_parked` while its plugin can't be told."""
    current_staff().check_every_store()
    backlog.retry(event_id, consumer)
    audit.record("deliveries.retry", f"event:{event_id}", consumer=consumer)
    db.session.commit()


@blp.route("/deliveries/<id:event_id>/<consumer>/skip", methods=["POST"])
@requires(MANAGE)
@blp.response(204)
@problems_documented(blp, *COMMON)
def skip_delivery(event_id: int, consumer: str) -> None:
    """Never tell this consumer of this event. There is no way back."""
    current_staff().check_every_store()
    backlog.skip(event_id, consumer)
    audit.record("deliveries.skip", f"event:{event_id}", consumer=consumer)
    db.session.commit()


def before(cursor: str | None) -> tuple[int, str] | None:
    """(event id, consumer) of a cursor; raises Invalid."""
    key = decode_cursor(cursor, 2)
    if key is None:
        return None
    event_id, consumer = key
    if type(event_id) is not int or abs(event_id) >= 2**63 or not isinstance(consumer, str) or "\x00" in consumer:
        raise Invalid("翻页游标无效，请从第一页重新开始", code="bad_cursor", field="cursor")
    return event_id, consumer
