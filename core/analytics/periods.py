"""Periods of shop days, and the one before with which figures are compared. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from core.analytics.errors import BadPeriod
from core.clock import SHOP_ZONE, shop_time

MAX_DAYS = 366
NAMES = ("today", "7d", "30d", "month", "custom")
_LENGTHS = {"today": 1, "7d": 7, "30d": 30}


@dataclass(frozen=True, slots=True)
class Period:
    """Shop days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """Days."""
        return (self.last - self.first).days + 1

    @property
    def since(self) -> datetime:
        """Its first instant, UTC."""
        return first_instant(self.first)

    @property
    def until(self) -> datetime:
        """The first instant after it, UTC."""
        return first_instant(self.last + timedelta(days=1))

    def previous(self) -> Period:
        """As many days, ending on the day before."""
        return Period(self.first - timedelta(days=self.length), self.first - timedelta(days=1))

    def cut_before(self, moment: datetime) -> datetime | None:
        """Where the period before ends when, at `moment`, this one is still running: after as much time as has passed.

        None when this one is over or has not begun: then whole periods are compared.
        """
        return moment - timedelta(days=self.length) if self.since <= moment < self.until else None

    def days(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range(self.length))


def first_instant(day: date) -> datetime:
    """The first instant of a shop day, in UTC."""
    return datetime.combine(day, time(), SHOP_ZONE).astimezone(UTC)


def shop_day(instant: datetime) -> date:
    """The shop day in which an instant lies."""
    return shop_time(instant).date()


def named(name: str, today: date, first: date | None = None, last: date | None = None) -> Period:
    """The period `name` (one of NAMES) as of `today`; `custom` needs both days. Raises BadPeriod."""
    if name in _LENGTHS:
        return Period(today - timedelta(days=_LENGTHS[name] - 1), today)
    if name == "month":
        return Period(today.replace(day=1), today)
    if name != "custom":
        raise BadPeriod(f"没有“{name}”这样的时间段", field="period")
    return between(first, last)


def between(first: date | None, last: date | None) -> Period:
    """A period of the reader's choice; raises BadPeriod naming the field."""
    if first is None or last is None:
        raise BadPeriod("请选择开始和结束日期", field="from" if first is None else "to")
    if last < first:
        raise BadPeriod("结束日期不能早于开始日期", field="to")
    if first.year < 2000 or last.year > 2999:
        raise BadPeriod("日期超出范围", field="from")
    period = Period(first, last)
    if period.length > MAX_DAYS:
        raise BadPeriod(f"时间段最长 {MAX_DAYS} 天，现为 {period.length} 天", field="to")
    return period
