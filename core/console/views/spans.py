"""The period and the stores that a page of figures is about, as its address and the store switch say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from flask import request

from core.analytics.errors import BadPeriod
from core.analytics.periods import Period, named, shop_day
from core.clock import now
from core.console.shell import stores_in_view
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.i18n import told

LABELS = {
    "today": _l("今天"), "7d": _l("近 7 天"), "30d": _l("近 30 天"), "month": _l("本月"), "custom": _l("自选"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """`problem` says why another period is shown than was asked for."""

    name: str
    period: Period
    stores: Sequence[int] | None
    problem: str = ""
    choices: tuple[str, ...] = field(default=("today", "7d", "30d", "month"))

    @property
    def args(self) -> dict[str, str]:
        """What keeps the period in an address."""
        if self.name != "custom":
            return {"period": self.name}
        return days(self.period.first, self.period.last)

    @property
    def links(self) -> list[tuple[str, str, bool]]:
        """(address, label, is it this one) of every period to choose; the rest of the address stays."""
        return [(self._at(name), str(LABELS[name]), name == self.name) for name in self.choices]

    def _at(self, name: str) -> str:
        return "?" + urlencode({**self.kept, "period": name})

    @property
    def kept(self) -> dict[str, str]:
        """What a form that changes the days sends along."""
        return {key: value for key, value in request.args.items() if key not in {"period", "from", "to", "cursor"}}

    @property
    def is_running(self) -> bool:
        return self.period.cut_before(now()) is not None

    @property
    def against(self) -> str:
        """What the figures are compared with, as `Summary.previous` counts it."""
        if not self.is_running:
            return _("上期")
        return _("昨天同时段") if self.period.length == 1 else _("上期同时段")

    @property
    def words(self) -> str:
        """`2026-11-16 至 2026-11-22`, or the one day."""
        first, last = self.period.first, self.period.last
        return f"{first}" if first == last else _("%(first)s 至 %(last)s", first=first, last=last)


def asked(otherwise: str, choices: tuple[str, ...] = ("today", "7d", "30d", "month")) -> Span:
    """The period in the address, `otherwise` where there is none or it can't be."""
    today, stores = shop_day(now()), stores_in_view()
    name = request.args.get("period") or otherwise
    try:
        period = named(name, today, _day("from"), _day("to"))
    except BadPeriod as error:
        return Span(otherwise, named(otherwise, today), stores, told(error.message), choices)
    return Span(name, period, stores, "", choices)


def days(first: date, last: date) -> dict[str, str]:
    """The arguments of an address for days of one's choice."""
    return {"period": "custom", "from": first.isoformat(), "to": last.isoformat()}


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


