"""Holds: reasons why a paid order may not be handed out yet, kept as rows (architecture §5)."""

from __future__ import annotations

from sqlalchemy import text

from core.clock import now
from core.db import db
from core.orders.errors import OnHold

_LOCK = text("SELECT id FROM orders WHERE id = :order FOR UPDATE")
_HOLD = text(
    """
    INSERT INTO order_hold (order_id, source, code, message, created_at)
    SELECT id, :source, :code, :message, :now FROM orders WHERE id = :order
    ON CONFLICT (order_id, source, code) DO NOTHING
    """
)
_RELEASE = text(
    """
    UPDATE order_hold SET released_at = :now
    WHERE order_id = :order AND source = :source AND code = :code AND released_at IS NULL
    """
)
_OPEN = text(
    "SELECT source, code, message FROM order_hold WHERE order_id = :order AND released_at IS NULL ORDER BY id"
)


class Holds:
    """The core's `OrderHolds` (core.plugin.ports). The caller commits."""

    def hold(self, order_id: int, source: str, code: str, message: str) -> None:
        """Waits for a hand-over that is under way: afterwards the hold counts or the goods are gone.

        A hold that was released stays released, so that an event delivered twice does not bring it back.
        """
        db.session.execute(_LOCK, {"order": order_id})
        values = {"order": order_id, "source": source, "code": code, "message": message, "now": now()}
        db.session.execute(_HOLD, values)

    def release(self, order_id: int, source: str, code: str) -> None:
        db.session.execute(_RELEASE, {"order": order_id, "source": source, "code": code, "now": now()})


def check_holds(order_id: int) -> None:
    """Raise OnHold while anything holds the order, which the caller has locked; `holds` lists every reason."""
    found = db.session.execute(_OPEN, {"order": order_id}).mappings().all()
    if found:
        raise OnHold(found[0]["message"], holds=[dict(row) for row in found])
