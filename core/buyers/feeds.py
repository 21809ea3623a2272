"""Members as other systems read them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, text

from core.db import db

_PAGE = text(
    """
    SELECT id, member_no, phone, name, joined_at, tags FROM buyer
    WHERE member_no IS NOT NULL AND (CAST(:after AS bigint) IS NULL OR id > :after)
      AND (CAST(:member_no AS text) IS NULL OR member_no = :member_no)
      AND (CAST(:phone AS text) IS NULL OR phone = :phone)
    ORDER BY id LIMIT :limit
    """
)


def member_page(limit: int, after: int | None, member_no: str | None, phone: str | None) -> Sequence[RowMapping]:
    """Members behind the id `after`."""
    values = {"after": after, "member_no": member_no, "phone": phone, "limit": limit}
    return db.session.execute(_PAGE, values).mappings().all()
