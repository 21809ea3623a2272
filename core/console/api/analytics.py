"""Figures of the business as the console's clients read them: every figure within the reader's stores."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from core.analytics import dirty, schemas
from core.analytics.campaigns import Campaign
from core.analytics.campaigns import campaigns as read_campaigns
from core.analytics.drilldown import Touched, orders_of
from core.analytics.finance import Finance, figures
from core.analytics.finance import finance as read_finance
from core.analytics.goods import products as read_products
from core.analytics.headline import Summary
from core.analytics.headline import summary as read_summary
from core.analytics.periods import Period, named, shop_day
from core.analytics.reading import Repurchase, Stores
from core.analytics.reading import repurchase as read_repurchase
from core.analytics.reading import trend as read_trend
from core.analytics.sources import SourceRow
from core.analytics.sources import sources as read_sources
from core.clock import now
from core.console.auth import COMMON, current_staff, requires
from core.web.api import problems_documented
from core.web.fields import quantity_text

blp = Blueprint("console_analytics", __name__)

PERMISSION = "reports.view"


def asked(query: dict[str, Any]) -> tuple[Period, Stores]:
    """The period and the stores of a query; raises BadPeriod, OtherStore."""
    period = named(query["period"], shop_day(now()), query["first"], query["last"])
    return period, scope(query["store_id"])


def scope(store_id: int | None) -> Stores:
    """The stores that the reader may see, or the one of them that was asked for; raises OtherStore."""
    staff = current_staff()
    if store_id is None:
        return staff.scope
    staff.check_store(store_id)
    return [store_id]


@blp.route("/analytics/summary")
@requires(PERMISSION)
@blp.arguments(schemas.PeriodQuerySchema, location="query")
@blp.response(200, schemas.SummarySchema)
@problems_documented(blp, *COMMON)
def summary(query: dict[str, Any]) -> Summary:
    """Turnover, orders, buyers, visitors and refunds beside those of the period before."""
    return read_summary(*asked(query))


@blp.route("/analytics/trend")
@requires(PERMISSION)
@blp.arguments(schemas.TrendQuerySchema, location="query")
@blp.response(200, schemas.TrendSchema)
@problems_documented(blp, *COMMON)
def trend(query: dict[str, Any]) -> dict[str, Any]:
    """Day by day, or hour by hour of a single day."""
    return {"items": read_trend(*asked(query), query["by"])}


@blp.route("/analytics/sources")
@requires(PERMISSION)
@blp.arguments(schemas.SourcesQuerySchema, location="query")
@blp.response(200, schemas.SourcesSchema)
@problems_documented(blp, *COMMON)
def sources(query: dict[str, Any]) -> dict[str, list[SourceRow]]:
    """Where orders came from, by first or last touch."""
    return {"items": read_sources(*asked(query), query["touch"])}


@blp.route("/analytics/products")
@requires(PERMISSION)
@blp.arguments(schemas.ProductsQuerySchema, location="query")
@blp.response(200, schemas.ProductsSchema)
@problems_documented(blp, *COMMON)
def products(query: dict[str, Any]) -> dict[str, Any]:
    """What sold, by SKU."""
    page = read_products(*asked(query), query["sort"], query["cursor"], query["limit"])
    return {"items": [_readable(row) for row in page.rows], "next_cursor": page.next_cursor}


@blp.route("/analytics/repurchase")
@requires(PERMISSION)
@blp.arguments(schemas.PeriodQuerySchema, location="query")
@blp.response(200, schemas.RepurchaseSchema)
@problems_documented(blp, *COMMON)
def repurchase(query: dict[str, Any]) -> Repurchase:
    """复购率 and 回购率, each with what it is a part of."""
    return read_repurchase(*asked(query))


@blp.route("/analytics/campaigns")
@requires(PERMISSION)
@blp.arguments(schemas.PeriodQuerySchema, location="query")
@blp.response(200, schemas.CampaignsSchema)
@problems_documented(blp, *COMMON)
def campaigns(query: dict[str, Any]) -> dict[str, list[Campaign]]:
    """What each rule brought and cost."""
    return {"items": read_campaigns(*asked(query))}


@blp.route("/analytics/finance")
@requires(PERMISSION)
@blp.arguments(schemas.PeriodQuerySchema, location="query")
@blp.response(200, schemas.FinanceSchema)
@problems_documented(blp, *COMMON)
def finance(query: dict[str, Any]) -> Finance:
    """Money in and out, altogether and per day."""
    return read_finance(*asked(query))


@blp.route("/analytics/orders")
@requires(PERMISSION)
@blp.arguments(schemas.OrdersQuerySchema, location="query")
@blp.response(200, schemas.OrdersSchema)
@problems_documented(blp, *COMMON)
def orders(query: dict[str, Any]) -> dict[str, Any]:
    """The orders behind a figure."""
    page = orders_of(
        *asked(query),
        channel=query["channel"],
        sku_id=query["sku_id"],
        rule=(query["rule_source"], query["rule"]) if query["rule"] else None,
        source=Touched(query["touch"], (query["scene"],)) if query["touch"] else None,
        cursor=query["cursor"],
        limit=query["limit"],
    )
    return {"items": [_readable(row) for row in page.rows], "next_cursor": page.next_cursor}


@blp.route("/analytics/figures")
@requires(PERMISSION)
@blp.arguments(schemas.FiguresQuerySchema, location="query")
@blp.response(200, schemas.FiguresSchema)
@problems_documented(blp, *COMMON)
def read_figures(query: dict[str, Any]) -> dict[str, Any]:
    """The figures of the sales report from roll-ups, to compare with a retailer's own books."""
    pending = dirty.pending()
    return {**figures(Period(query["first"], query["last"]), scope(query["store_id"])), "pending": pending}


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    quantities = {name: quantity_text(value) for name, value in row.items() if name.endswith("quantity")}
    return {**row, **quantities}
