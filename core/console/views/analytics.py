"""Figures of the business, each with its chart, its table and the way to the rows behind it."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.wrappers import Response

from core.analytics import dirty
from core.analytics.campaigns import campaigns as read_campaigns
from core.analytics.exporting import export_rows
from core.analytics.finance import finance as read_finance
from core.analytics.goods import SORTS
from core.analytics.goods import products as read_products
from core.analytics.headline import summary as read_summary
from core.analytics.reading import repurchase as read_repurchase
from core.analytics.reading import trend as read_trend
from core.analytics.reading import trends
from core.analytics.sources import TOUCHES
from core.analytics.sources import sources as read_sources
from core.console.auth import current_staff, requires
from core.console.views import analytics_charts as charts
from core.console.views import analytics_rows as rows
from core.console.views import spans
from core.console.views.dashboard_rows import hours, with_shelf
from core.console.views.drilldown_rows import filters
from core.console.views.spans import Span
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, render
from core.web.exports import csv_response, xlsx_response

bp = Pages("console_analytics_pages", __name__)

VIEW, EXPORT = "reports.view", "analytics.export"
_PAGE = 50
_WRITE = {"csv": csv_response, "xlsx": xlsx_response}


@bp.route("/analytics")
@requires(VIEW)
def index() -> str:
    """概况: the period day by day, against the one before."""
    span = spans.asked("7d")
    days, earlier = trends(span.period, span.stores)
    first = hours(span.period, span.stores) if span.period.length == 1 else charts.turnover(days, earlier)
    return _report(
        "index", span, read=read_summary(span.period, span.stores), charts=[first, charts.visitors(days)],
        listing=rows.days(days, _exports("trend", span)),
    )


@bp.route("/analytics/sources")
@requires(VIEW)
def sources() -> str:
    """来源: by first or last touch."""
    span, touch = spans.asked("7d"), _touch()
    found = read_sources(span.period, span.stores, touch)
    return _report(
        "sources", span, touch=touch, touches=_touches(span), charts=charts.sources(found),
        listing=rows.sources(found, touch, span.args, _exports("sources", span, touch=touch)),
    )


@bp.route("/analytics/products")
@requires(VIEW)
def products() -> str:
    """商品: what sold, by SKU."""
    span = spans.asked("7d")
    sort = request.args.get("by") if request.args.get("by") in SORTS else "paid"
    page = read_products(span.period, span.stores, sort, request.args.get("cursor"), _PAGE)
    best = page.rows if not request.args.get("cursor") else []
    listing = rows.products(with_shelf(page.rows, span.stores), span.args, _exports("products", span, sort=sort))
    listing.next = page.next_cursor
    return _report("products", span, charts=charts.products(best[:10]), listing=listing)


@bp.route("/analytics/repurchase")
@requires(VIEW)
def repurchase() -> str:
    """复购: both definitions, in words."""
    span = spans.asked("30d")
    days = read_trend(span.period, span.stores)
    return _report(
        "repurchase", span, read=read_repurchase(span.period, span.stores), previous=span.period.previous(),
        charts=charts.buyers(days), names="members.view" in current_staff().permissions,
        listing=rows.buyers(days, _exports("trend", span)),
    )


@bp.route("/analytics/campaigns")
@requires(VIEW)
def campaigns() -> str:
    """活动: what each rule of the price ledger brought and cost."""
    span = spans.asked("30d")
    found = read_campaigns(span.period, span.stores)
    return _report(
        "campaigns", span, charts=charts.campaigns(found),
        listing=rows.campaigns(found, span.args, _exports("campaigns", span)),
    )


@bp.route("/analytics/finance")
@requires(VIEW)
def finance() -> str:
    """财务: money in and out, day by day."""
    span = spans.asked("month")
    read = read_finance(span.period, span.stores)
    bills = "bills.view" in current_staff().permissions and current_staff().stores is None
    return _report(
        "finance", span, money=read.total, charts=charts.finance(read), bills=bills,
        listing=rows.finance(read, bills, _exports("finance", span)),
    )


@bp.route("/analytics/export/<any(trend,sources,products,campaigns,finance,orders,refunds):report>.<any(csv,xlsx):kind>")
@requires(VIEW)
def export(report: str, kind: str) -> Response:
    """The report of the period as a file; what opens as a formula is made harmless."""
    current_staff().check_permission(EXPORT)
    span = spans.asked("7d")
    table = export_rows(report, span.period, span.stores, **filters(report, span))
    name = f"{rows.REPORT_NAMES[report]} {span.period.first} {span.period.last}"
    return _WRITE[kind](name, table.header, table.rows)


def _report(name: str, span: Span, **values: Any) -> str:
    return render(
        f"console/analytics/{name}.html", title=_("数据分析"), span=span, tab=name, tabs=rows.tabs(span),
        until=dirty.counted_until(), **values,
    )


def _exports(report: str, span: Span, **given: str) -> list[Any]:
    return rows.exports(report, span.args, given) if EXPORT in current_staff().permissions else []


def _touch() -> str:
    return request.args.get("touch") if request.args.get("touch") in TOUCHES else "last"


def _touches(span: Span) -> list[tuple[str, str]]:
    """(touch, address) of both."""
    return [(touch, rows.address(".sources", span.args, touch=touch)) for touch in ("last", "first")]
