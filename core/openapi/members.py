"""Members for tills and CRM systems (会员)."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from core.buyers.feeds import member_page
from core.buyers.members import upsert_members
from core.buyers.memberschemas import MemberBatchSchema, MemberPageSchema, MemberQuerySchema
from core.catalog.schemas import BatchResultSchema
from core.db import db
from core.openapi.auth import COMMON, scope
from core.openapi.batches import batch_body
from core.web import reply
from core.web.api import problems_documented

blp = Blueprint("openapi_members", __name__)


@blp.route("/members")
@scope("members:read")
@blp.arguments(MemberQuerySchema, location="query")
@blp.response(200, MemberPageSchema)
@problems_documented(blp, *COMMON)
def list_members(query: dict[str, Any]) -> Response:
    """Members by age, or the one with a number or phone."""
    shown, more = member_page(query)
    items = [{name: value for name, value in row.items() if name != "id"} for row in shown]
    return reply.json({"items": items, "next_cursor": more})


@blp.route("/members:batch", methods=["PUT"])
@scope("members:write")
@blp.arguments(MemberBatchSchema)
@blp.response(200, BatchResultSchema)
@problems_documented(blp, *COMMON)
def put_members(data: dict[str, Any]) -> Response:
    """Create or change up to 500 members by number; one result per row, a bad row does not stop its neighbours."""
    done = upsert_members(data["members"])
    db.session.commit()
    return reply.json(batch_body(done))
