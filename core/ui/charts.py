"""Charts as data: ECharts draws them, a table says the same to who can't see them or has no JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Number = int | float


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one set of bars; `dashed` for what it is compared with. Money is given in fen."""

    name: str
    values: Sequence[Number]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """`kind`: line, bar, rows (bars lying down), pie, funnel. A pie or funnel has one series over `labels`.

    `unit`: money (fen), number or percent.
    """

    title: str
    kind: str
    labels: Sequence[str]
    series: Sequence[Series]
    unit: str = "number"

    @property
    def data(self) -> dict[str, object]:
        """What console.js reads."""
        return {
            "kind": self.kind,
            "unit": self.unit,
            "labels": list(self.labels),
            "series": [{"name": one.name, "values": list(one.values), "dashed": one.dashed} for one in self.series],
        }

    @property
    def is_empty(self) -> bool:
        return not any(value for one in self.series for value in one.values)
