"""Who is who, for plugins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Row, text

from core.db import db
from core.plugin.ports import BuyerFacts

_FACTS = "SELECT id, member_no, right(phone, 4) FROM buyer WHERE erased_at IS NULL"
_BY_ID = text(f"{_FACTS} AND id = ANY(CAST(:ids AS bigint[]))")
_FIND = text(f"{_FACTS} AND (member_no = :term OR phone = :term) ORDER BY member_no = :term DESC NULLS LAST LIMIT 1")
_ORDERS = text(
    """
    SELECT count(*) FROM orders o
    WHERE o.buyer_id = :buyer AND o.state NOT IN ('pending', 'closed', 'cancelled')
      AND EXISTS (SELECT 1 FROM order_line l WHERE l.order_id = o.id AND l.refunded_quantity < l.quantity)
    """
)


class BuyerBook:
    """The core's `Buyers`: one statement a call."""

    def by_id(self, ids: Sequence[int]) -> Mapping[int, BuyerFacts]:
        """Facts by id; unknown and erased ones are missing."""
        return {row[0]: _facts(row) for row in db.session.execute(_BY_ID, {"ids": list(ids)})}

    def find(self, term: str) -> BuyerFacts | None:
        """By member number, or by whole phone number."""
        row = db.session.execute(_FIND, {"term": term.replace("\x00", "").strip()}).first()
        return None if row is None else _facts(row)

    def orders_of(self, buyer_id: int) -> int:
        """Orders that were paid, or completed at the till, of which something was kept."""
        return db.session.execute(_ORDERS, {"buyer": buyer_id}).scalar_one()


def _facts(row: Row) -> BuyerFacts:
    return BuyerFacts(*row)
