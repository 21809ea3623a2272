"""What points know about an order, kept row by row; whoever changes it holds the row's lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from .domain import Line


@dataclass(frozen=True, slots=True)
class OrderPoints:
    """`use_state`: none, held, spent, returned; `award_state`: none, waiting (for `moment`), given, void."""

    order_id: int
    number: str
    buyer_id: int | None
    seen_at: datetime
    lines: tuple[Line, ...]
    used: int = 0
    used_fen: int = 0
    use_state: str = "none"
    gift_id: int | None = None
    gift_quantity: int = 0
    award_state: str = "none"
    moment: str | None = None
    due_at: datetime | None = None
    awarded_at: datetime | None = None
    lot_id: int | None = None
    refunds: tuple[str, ...] = ()

    @property
    def returned(self) -> int:
        return sum(line.returned for line in self.lines)

    @property
    def award(self) -> int:
        """Points that the order earns, those taken back included."""
        return sum(line.award for line in self.lines)

    @property
    def taken_back(self) -> int:
        return sum(line.taken_back for line in self.lines)


_COLUMNS = (
    "order_id", "number", "buyer_id", "seen_at", "used", "used_fen", "use_state", "gift_id", "gift_quantity",
    "award_state", "moment", "due_at", "awarded_at", "lot_id", "refunds",
)  # fmt: skip
_LINE_COLUMNS = tuple(Line.__dataclass_fields__)

_FIND = text(f"SELECT {', '.join(_COLUMNS)} FROM points_order WHERE order_id = :order FOR UPDATE")
_LINES = text(f"SELECT {', '.join(_LINE_COLUMNS)} FROM points_line WHERE order_id = :order ORDER BY position")


def find(session: Any, order_id: int) -> OrderPoints | None:
    """The order, locked until commit; None when points never had to do with it."""
    row = session.execute(_FIND, {"order": order_id}).mappings().first()
    if row is None:
        return None
    lines = tuple(Line(*line) for line in session.execute(_LINES, {"order": order_id}))
    return OrderPoints(**{**row, "refunds": tuple(row["refunds"])}, lines=lines)


_PUT = text(
    f"""
    WITH kept AS (
        INSERT INTO points_order ({", ".join(_COLUMNS)}) VALUES ({", ".join(f":{name}" for name in _COLUMNS)})
        ON CONFLICT (order_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[2:])}
    )
    INSERT INTO points_line (order_id, {", ".join(_LINE_COLUMNS)})
    SELECT :order_id, * FROM unnest(CAST(:line_position AS int[]), CAST(:line_quantity AS numeric[]),
        CAST(:line_paid_fen AS bigint[]), CAST(:line_used AS bigint[]), CAST(:line_returned AS bigint[]),
        CAST(:line_award AS bigint[]), CAST(:line_taken_back AS bigint[]),
        CAST(:line_refunded_quantity AS numeric[]), CAST(:line_refunded_fen AS bigint[]))
    ON CONFLICT (order_id, position) DO UPDATE SET
        {", ".join(f"{name} = excluded.{name}" for name in _LINE_COLUMNS[1:])}
    """
)


def put(session: Any, order: OrderPoints) -> None:
    """Write the order and its lines as they are now, in one statement."""
    values: dict[str, Any] = {name: getattr(order, name) for name in _COLUMNS} | {"refunds": list(order.refunds)}
    values |= {f"line_{name}": [getattr(line, name) for line in order.lines] for name in _LINE_COLUMNS}
    session.execute(_PUT, values)


def whole(quantity: Decimal) -> int | None:
    """A quantity as a number of pieces; None for a weighed one."""
    return int(quantity) if quantity == quantity.to_integral_value() else None


_PEEK = text(f"SELECT {', '.join(_COLUMNS)} FROM points_order WHERE order_id = ANY(:orders)")
_PEEK_LINES = text(
    f"SELECT order_id, {', '.join(_LINE_COLUMNS)} FROM points_line WHERE order_id = ANY(:orders) ORDER BY position"
)


def look(session: Any, order_ids: Sequence[int]) -> dict[int, OrderPoints]:
    """What points know about these orders, without locks; two statements however many."""
    lines: dict[int, list[Line]] = {}
    for order_id, *line in session.execute(_PEEK_LINES, {"orders": list(order_ids)}):
        lines.setdefault(order_id, []).append(Line(*line))
    rows = session.execute(_PEEK, {"orders": list(order_ids)}).mappings()
    return {
        row["order_id"]: OrderPoints(
            **{**row, "refunds": tuple(row["refunds"])}, lines=tuple(lines.get(row["order_id"], ()))
        )
        for row in rows
    }


def peek(session: Any, order_id: int) -> OrderPoints | None:
    """The same for one order."""
    return look(session, [order_id]).get(order_id)
