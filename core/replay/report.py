"""The shop's own figures beside the expected ones. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

COMPARED = (
    "orders",
    "online_orders",
    "lines",
    "members",
    "members_ge2_orders",
    "products",
    "qty",
    "list_fen",
    "member_disc_fen",
    "coupon_fen",
    "coupon_match_fen",
    "sales_value_fen",
    "paid_fen",
)
"""What the sales report tells."""

BY_STORE = "orders_by_store"
PERIOD = ("from_date", "to_date_exclusive")


class Row(NamedTuple):
    """A line of the table; `good` is None for a figure that is not compared here."""

    name: str
    expected: str
    reported: str
    good: bool | None

    @property
    def mark(self) -> str:
        return {True: "✓", False: "✗", None: "此处不比较"}[self.good]


def compare(expected: Mapping[str, Any], report: Mapping[str, Any]) -> list[Row]:
    """One row per expected figure; those that neither the sales report nor a plugin was asked for are not compared."""
    others = [name for name in expected if name not in {*COMPARED, *PERIOD, BY_STORE}]
    asked = [name for name in others if name in report]
    rows = [_row(name, expected[name], report.get(name)) for name in (*COMPARED, *asked)]
    reported = report.get(BY_STORE) or {}
    for store in sorted(expected[BY_STORE].keys() | reported.keys()):
        rows.append(_row(f"{BY_STORE}.{store}", expected[BY_STORE].get(store, 0), reported.get(store, 0)))
    return rows + [Row(name, "…", "", None) for name in others if name not in report]


def compare_rollups(expected: Mapping[str, Any], told: Mapping[str, Any]) -> list[Row]:
    """The rows of the figures that analytics tells from its roll-ups."""
    known = {name: expected[name] for name in (*COMPARED, BY_STORE)}
    return [row._replace(name=f"analytics.{row.name}") for row in compare(known, told)]


def all_equal(rows: Sequence[Row]) -> bool:
    return all(row.good is not False for row in rows)


def _row(name: str, expected: Any, reported: Any) -> Row:
    return Row(name, _shown(expected), _shown(reported), _number(reported) == expected)


def _number(value: Any) -> Any:
    """Quantities travel as text."""
    return Decimal(value) if isinstance(value, str) and value.replace(".", "", 1).isdigit() else value


def _shown(value: Any) -> str:
    number = _number(value)
    return f"{number:,}" if isinstance(number, int | Decimal) else str(value)
