"""From a figure to its rows: orders and refunds with their sum, beside what the roll-ups say."""

from __future__ import annotations

from flask import request

from core.analytics import dirty, returning, sums
from core.analytics.drilldown import orders_of, refunds_of
from core.analytics.reading import repurchase
from core.console.auth import current_staff, requires
from core.console.views import analytics_rows, drilldown_rows, spans
from core.ui.i18n import gettext as _
from core.ui.listing import Action
from core.ui.pages import Pages, render

bp = Pages("console_drilldown_pages", __name__)

_PAGE = 50


@bp.route("/analytics/orders")
@requires("reports.view")
def orders() -> str:
    """The orders paid in a period: all, or those of a SKU, a rule, a source."""
    span = spans.asked("7d")
    found = drilldown_rows.asked(span)
    page = orders_of(
        span.period, span.stores, channel=found.channel, sku_id=found.sku_id, rule=found.rule, source=found.source,
        cursor=request.args.get("cursor"), limit=_PAGE,
    )
    listing = drilldown_rows.orders(found, page.rows, _exports("orders", span))
    listing.next = page.next_cursor
    rows, rolled = sums.of_rows(span.period, span.stores, found), sums.of_rollup(span.period, span.stores, found)
    listing.totals = drilldown_rows.totals(_("订单合计"), rows.orders, rows.amount_fen)
    amount = _("这个商品的实付") if found.sku_id else _("这个活动的优惠") if found.rule else _("实付")
    return render(
        "console/analytics/rows.html", title=_("订单明细"), span=span, listing=listing, rows=rows, rolled=rolled,
        words=drilldown_rows.described(found, span.period), back=_back(found, span), until=dirty.counted_until(),
        amount=amount, count=_("订单"),
    )


@bp.route("/analytics/refunds")
@requires("reports.view")
def refunds() -> str:
    """The refunds that arrived in a period."""
    span = spans.asked("7d")
    page = refunds_of(span.period, span.stores, cursor=request.args.get("cursor"), limit=_PAGE)
    listing = drilldown_rows.refunds(page.rows, _exports("refunds", span))
    listing.next = page.next_cursor
    rows = sums.refunds_of_rows(span.period, span.stores)
    listing.totals = drilldown_rows.totals(_("退款合计"), rows.orders, rows.amount_fen)
    return render(
        "console/analytics/rows.html", title=_("退款明细"), span=span, listing=listing, rows=rows,
        rolled=sums.refunds_of_rollup(span.period, span.stores), words=_("这段时间到账的退款"),
        back=analytics_rows.address("console_analytics_pages.finance", span.args), until=dirty.counted_until(),
        amount=_("退款"), count=_("退款笔数"),
    )


@bp.route("/analytics/buyers")
@requires("reports.view")
def buyers() -> str:
    """The people behind the rates of repurchase."""
    current_staff().check_permission("members.view")
    span = spans.asked("30d")
    kind = request.args.get("kind") if request.args.get("kind") in returning.KINDS else "repeat"
    page = returning.buyers_of(span.period, span.stores, kind, request.args.get("cursor"), _PAGE)
    listing = drilldown_rows.buyers(page.rows)
    listing.next = page.next_cursor
    read = repurchase(span.period, span.stores)
    counted = {
        "bought": read.repeat.denominator, "repeat": read.repeat.numerator, "earlier": read.again.denominator,
        "again": read.again.numerator,
    }  # fmt: skip
    return render(
        "console/analytics/buyers.html", title=_("顾客名单"), span=span, listing=listing, until=dirty.counted_until(),
        words=drilldown_rows.BUYERS[kind], count=counted[kind],
        back=analytics_rows.address("console_analytics_pages.repurchase", span.args),
    )


def _back(found: sums.Asked, span: spans.Span) -> str:
    name = "products" if found.sku_id else "campaigns" if found.rule else "sources" if found.source else "index"
    return analytics_rows.address(f"console_analytics_pages.{name}", span.args)


def _exports(report: str, span: spans.Span) -> list[Action]:
    if "analytics.export" not in current_staff().permissions:
        return []
    return analytics_rows.exports(report, span.args, span.kept)
