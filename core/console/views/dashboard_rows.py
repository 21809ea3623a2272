"""What the dashboard draws: the trend against the period before, where orders came from, what sold best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, text

from core.analytics.goods import products
from core.analytics.periods import Period, shop_day
from core.analytics.reading import Stores, trend, trends
from core.catalog.pictures import picture_urls, placeholder_url
from core.clock import now, shop_time
from core.console.views.analytics_charts import turnover
from core.db import db
from core.ui.charts import Chart, Series
from core.ui.i18n import gettext as _

BEST = 6

_SHELF = text(
    """
    SELECT s.id, p.id AS product_id, p.updated_at, pp.digest, pp.widths,
           (SELECT coalesce(sum(k.on_hand - k.reserved - k.safety), 0) FROM stock k
            WHERE k.sku_id = s.id
              AND (CAST(:stores AS bigint[]) IS NULL OR k.store_id = ANY(CAST(:stores AS bigint[])))) AS sellable
    FROM sku s JOIN product p ON p.id = s.product_id
    LEFT JOIN LATERAL (SELECT digest, widths FROM product_picture x WHERE x.product_id = p.id
                       ORDER BY position LIMIT 1) pp ON true
    WHERE s.id = ANY(CAST(:skus AS bigint[]))
    """
)


def trend_chart(period: Period, stores: Stores) -> Chart:
    """Turnover hour by hour of a single day, else day by day, with the period before beside it."""
    return hours(period, stores) if period.length == 1 else turnover(*trends(period, stores))


def hours(period: Period, stores: Stores) -> Chart:
    """A single day beside the day before. Two statements.

    The hour that is not over is called so; hours that are still to come have no figure, rather than none sold.
    """
    rows, earlier = trend(period, stores, "hour"), trend(period.previous(), stores, "hour")
    running = shop_time(now()).hour if period.last == shop_day(now()) else None
    labels = [_("现在") if at == running else f"{row['key']}:00" for at, row in enumerate(rows)]
    values = [None if running is not None and at > running else row["turnover_fen"] for at, row in enumerate(rows)]
    lines = [Series(_("当天"), values), Series(_("前一天"), [row["turnover_fen"] for row in earlier], dashed=True)]
    return Chart(_("营业额"), "line", labels, lines, "money")


def best_sellers(period: Period, stores: Stores) -> list[dict[str, Any]]:
    """What brought most: the rows of `products` with picture and what can be sold of it now. Two statements."""
    rows = products(period, stores, "paid", limit=BEST).rows
    return with_shelf([row for row in rows if row["paid_fen"] or row["quantity"]], stores)


def with_shelf(rows: Sequence[Mapping[str, Any]], stores: Stores) -> list[dict[str, Any]]:
    """Rows with a `sku_id`, and of each its `product_id`, `picture` (an address) and `sellable`. One statement."""
    if not rows:
        return []
    values = {"skus": [row["sku_id"] for row in rows], "stores": None if stores is None else list(stores)}
    shelf = {row["id"]: row for row in db.session.execute(_SHELF, values).mappings()}
    return [{**row, **_shown(shelf[row["sku_id"]])} for row in rows]


def _shown(row: RowMapping) -> dict[str, Any]:
    drawn = placeholder_url(row["product_id"], row["updated_at"])
    picture = picture_urls(row["digest"], row["widths"]).get("160", drawn) if row["digest"] else drawn
    return {"product_id": row["product_id"], "picture": picture, "sellable": row["sellable"]}
