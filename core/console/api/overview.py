"""What needs attention, for the first page that people see."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from core.console.auth import COMMON, current_staff, requires
from core.overview import service
from core.overview.schemas import AttentionsSchema
from core.web.api import problems_documented
from core.web.fields import IdField

blp = Blueprint("console_overview", __name__)


class StoreQuerySchema(ma.Schema):
    store_id = IdField(load_default=None)


@blp.route("/overview/attention")
@requires()
@blp.arguments(StoreQuerySchema, location="query")
@blp.response(200, AttentionsSchema)
@problems_documented(blp, *COMMON)
def read_attention(query: dict[str, Any]) -> dict[str, Any]:
    """What waits for somebody, the most urgent first; only what this person may open, in the stores of this person."""
    staff = current_staff()
    stores = staff.scope
    if query["store_id"] is not None:
        staff.check_store(query["store_id"])
        stores = [query["store_id"]]
    return {"items": [item for item in service.attention(stores) if item.permission in staff.permissions]}
