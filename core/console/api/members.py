"""Members (会员) as staff look them up."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import Response
from flask_smorest import Blueprint

from core.buyers.feeds import member_page
from core.buyers.memberschemas import MemberPageSchema, MemberQuerySchema, MemberSchema
from core.console.api.columns import ColumnsSchema, columns
from core.console.auth import COMMON, context, requires
from core.web import reply
from core.web.api import problems_documented
from core.web.fields import IdField

blp = Blueprint("console_members", __name__)


class StaffMemberSchema(MemberSchema):
    id = IdField()


class StaffMembersSchema(MemberPageSchema, ColumnsSchema):
    """Members with the columns of plugins."""

    items = ma.fields.List(ma.fields.Nested(StaffMemberSchema))


@blp.route("/members")
@requires("members.view")
@blp.arguments(MemberQuerySchema, location="query")
@blp.response(200, StaffMembersSchema)
@problems_documented(blp, *COMMON)
def list_members(query: dict[str, Any]) -> Response:
    """Members by age, or the one with a number or phone."""
    shown, more = member_page(query)
    own = columns(context(), "members", [row["id"] for row in shown])
    return reply.json({"items": [{**row, "id": str(row["id"])} for row in shown], "columns": own, "next_cursor": more})
