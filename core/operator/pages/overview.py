"""The platform at a glance: how many shops, what they sell, what is not well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import RowMapping

from core.clock import now, shop_time
from core.operator import directory, health
from core.operator.pages.auth import operates
from core.operator.pages.words import PARTS, PLACES, STATUSES
from core.ui.charts import Chart, Series
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, render

bp = Pages("operator_overview_pages", __name__)


@bp.route("/")
@operates
def index() -> str:
    days = directory.totals()
    state = health.overview()
    return render(
        "operator/overview.html", title=_("平台概览"), charts=True, counts=directory.counts(), statuses=STATUSES,
        today=_sum(days[-1:] if days and days[-1]["day"] == _today() else ()), month=_sum(days),
        charts_of_month=_charts(days), faults=[part for part in state.parts if not part.ok], parts=PARTS, places=PLACES,
        worst=state.worst,
    )


def _sum(days: Sequence[RowMapping]) -> dict[str, int]:
    return {name: sum(day[name] for day in days) for name in ("orders", "paid_fen")}


def _charts(days: Sequence[RowMapping]) -> list[Chart]:
    """The last 30 days, also those on which nobody sold anything."""
    known = {day["day"]: day for day in days}
    dates = [_today() - timedelta(days=back) for back in reversed(range(directory.DAYS))]
    labels = [f"{date:%m-%d}" for date in dates]

    def series(name: str) -> list[Any]:
        return [known[date][name] if date in known else 0 for date in dates]

    return [
        Chart(_("全平台成交额"), "line", labels, [Series(_("成交额"), series("paid_fen"))], "money"),
        Chart(_("全平台订单数"), "bar", labels, [Series(_("订单数"), series("orders"))]),
    ]


def _today() -> Any:
    return shop_time(now()).date()
