"""What a measurement says: a figure, what it is measured against, and the target."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` of `unit`; `ceiling` from the same run; `ratio` is what the target speaks of (`at_least` or at most)."""

    name: str
    value: float
    unit: str
    ceiling: float | None
    ratio: float
    target: float
    at_least: bool = True

    @property
    def met(self) -> bool:
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target
