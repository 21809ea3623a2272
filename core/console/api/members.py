"""Members (会员) as staff look them up."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from core.buyers.feeds import member_page
from core.buyers.memberschemas import MemberQuerySchema, MemberSchema
from core.console.api.columns import ColumnsSchema, columns
from core.console.auth import COMMON, context, requires
from core.web import reply
from core.web.api import problems_documented
from core.web.fields import IdField
from core.web.paging import encode_cursor, integer

blp = Blueprint("console_members", __name__)


class StaffMemberSchema(MemberSchema):
    id = IdField()


class StaffMembersSchema(ColumnsSchema):
    """Members with the columns of plugins."""

    items = ma.fields.List(ma.fields.Nested(StaffMemberSchema))
    next_cursor = ma.fields.String(allow_none=True)


@blp.route("/members")
@requires("members.view")
@blp.arguments(MemberQuerySchema, location="query")
@blp.response(200, StaffMembersSchema)
@problems_documented(blp, *COMMON)
def list_members(query: dict[str, Any]) -> Response:
    """Members by age, or the one with a number or phone."""
    limit, after = query.pop("limit"), integer(query.pop("cursor"))
    rows = member_page(limit + 1, after, **query)
    shown = rows[:limit]
    more = encode_cursor(shown[-1]["id"]) if len(rows) > limit else None
    own = columns(context(), "members", [row["id"] for row in shown])
    return reply.json({"items": [{**row, "id": str(row["id"])} for row in shown], "columns": own, "next_cursor": more})
