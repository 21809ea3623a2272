"""The first page: how business goes and what waits; for who has no reports, the work that there is."""

from __future__ import annotations

from typing import Any

from flask_babel import format_date
from sqlalchemy import text

from core.analytics import dirty
from core.analytics.headline import summary
from core.analytics.periods import shop_day
from core.analytics.sources import sources
from core.clock import now, shop_time
from core.console.api.extensions import shown_cards
from core.console.auth import current_staff, requires
from core.console.shell import stores_in_view
from core.console.views import dashboard_rows, spans
from core.console.views.analytics_charts import orders_by_source
from core.console.views.attention_rows import Matter, matters
from core.db import db
from core.orders.listing import Wanted, capped, counts, list_orders
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, render

bp = Pages("console_dashboard_pages", __name__)

_SOLD = text("SELECT EXISTS (SELECT 1 FROM orders WHERE paid_at IS NOT NULL)")
_WORK = ("to_prepare", "to_collect", "to_ship", "on_the_way")


@bp.route("/")
@requires()
def index() -> str:
    """Everybody's first page."""
    return _business() if "reports.view" in current_staff().permissions else _work()


def _business() -> str:
    span = spans.asked("today", ("today", "7d", "30d"))
    found = matters(span.stores)
    read = summary(span.period, span.stores)
    return render(
        "console/dashboard/index.html", title=_("概览"), charts=True, span=span, today=_today(), greeting=_greeting(),
        read=read, matters=found, waiting=_waiting(found), until=dirty.counted_until(),
        trend=dashboard_rows.trend_chart(span.period, span.stores),
        sources=orders_by_source(sources(span.period, span.stores)),
        best=dashboard_rows.best_sellers(span.period, span.stores), cards=shown_cards(),
        is_new=not read.current.orders and not db.session.execute(_SOLD).scalar_one(),
    )


def _work() -> str:
    stores, allowed = stores_in_view(), current_staff().permissions
    wanted = Wanted(scope=stores)
    seen = counts(wanted) if "orders.view" in allowed else {}
    first = list_orders(Wanted(scope=stores, tab="to_prepare"), limit=6).items if "orders.view" in allowed else []
    shown = {name: capped(seen[name]) for name in _WORK if name in seen}
    return render(
        "console/dashboard/work.html", title=_("概览"), today=_today(), greeting=_greeting(), counts=shown,
        orders=first, matters=[one for one in matters(stores) if one.kind not in {"to_pick", "to_ship"}],
        may=allowed,
    )


def _waiting(found: list[Matter]) -> dict[str, Any]:
    """What waits, by kind, as people read it."""
    shown = {one.kind: one.shown for one in found}
    return {kind: shown.get(kind, "0") for kind in ("to_pick", "to_ship", "low_stock")}


def _today() -> str:
    return format_date(shop_day(now()), "full")


def _greeting() -> str:
    hour, name = shop_time(now()).hour, current_staff().name
    if hour < 5:
        return _("夜深了，%(name)s", name=name)
    if hour < 12:
        return _("早上好，%(name)s", name=name)
    return _("下午好，%(name)s", name=name) if hour < 18 else _("晚上好，%(name)s", name=name)
