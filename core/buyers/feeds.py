"""Members as other systems read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from core.db import db
from core.web.paging import encode_cursor, integer

_PAGE = text(
    """
    SELECT id, member_no, phone, name, joined_at, tags FROM buyer
    WHERE member_no IS NOT NULL AND (CAST(:after AS bigint) IS NULL OR id > :after)
      AND (CAST(:member_no AS text) IS NULL OR member_no = :member_no)
      AND (CAST(:phone AS text) IS NULL OR phone = :phone)
    ORDER BY id LIMIT :limit
    """
)


def member_page(query: Mapping[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
    """Members by age as a MemberQuerySchema asks for them, and the cursor of the page behind; raises Invalid."""
    limit = query["limit"]
    values = {"after": integer(query["cursor"]), "member_no": query["member_no"], "phone": query["phone"]}
    rows = [dict(row) for row in db.session.execute(_PAGE, {**values, "limit": limit + 1}).mappings()]
    shown = rows[:limit]
    return shown, encode_cursor(shown[-1]["id"]) if len(rows) > limit else None
