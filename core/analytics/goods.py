"""What sold (商品销售), by SKU."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import RowMapping, TextClause, text

from core.analytics.periods import Period
from core.analytics.reading import IN_PERIOD, Stores, within
from core.db import db
from core.errors import Invalid
from core.web.paging import decode_cursor, encode_cursor

SORTS = {
    "paid": "paid_fen",
    "quantity": "quantity",
    "orders": "orders",
    "net": "paid_fen - refunded_fen",
    "refunded": "refunded_fen",
}
"""Sort key to the figure, greatest first."""


class Page(NamedTuple):
    """Rows and the cursor of the next page, None on the last."""

    rows: list[dict[str, Any]]
    next_cursor: str | None


def _statement(figure: str) -> TextClause:
    return text(
        f"""
        WITH sold AS (
            SELECT sku_id, sum(orders) AS orders, sum(quantity) AS quantity, sum(list_fen) AS list_fen,
                   sum(paid_fen) AS paid_fen, sum(refunded_quantity) AS refunded_quantity,
                   sum(refunded_fen) AS refunded_fen
            FROM rollup_sku WHERE {IN_PERIOD} GROUP BY sku_id
        ), page AS (
            SELECT *, {figure} AS rank FROM sold
            WHERE CAST(:rank AS numeric) IS NULL OR ({figure}, sku_id) < (CAST(:rank AS numeric), CAST(:sku AS bigint))
            ORDER BY rank DESC, sku_id DESC LIMIT :limit
        )
        SELECT page.sku_id, s.code AS sku, p.title, s.spec, s.unit, page.orders, page.quantity, page.list_fen,
               page.paid_fen, page.refunded_quantity, page.refunded_fen, page.rank
        FROM page JOIN sku s ON s.id = page.sku_id JOIN product p ON p.id = s.product_id
        ORDER BY page.rank DESC, page.sku_id DESC
        """
    )


_STATEMENTS = {sort: _statement(figure) for sort, figure in SORTS.items()}


def products(period: Period, stores: Stores, sort: str = "paid", cursor: str | None = None, limit: int = 50) -> Page:
    """SKUs that were sold or given back, by a key of SORTS; one statement. Raises Invalid for a foreign cursor.

    Row: sku_id, sku, title, spec, unit, orders, quantity (销量), net_quantity (净销量: less what came back), list_fen,
    paid_fen, refunded_quantity, refunded_fen, net_fen; quantities are Decimal.
    """
    rank, sku_id = _key(cursor)
    values = {**within(period, stores), "rank": rank, "sku": sku_id, "limit": limit + 1}
    rows = db.session.execute(_STATEMENTS[sort], values).mappings().all()
    more = encode_cursor(str(rows[limit - 1]["rank"]), rows[limit - 1]["sku_id"]) if len(rows) > limit else None
    return Page([_row(row) for row in rows[:limit]], more)


def _key(cursor: str | None) -> tuple[str | None, int | None]:
    key = decode_cursor(cursor, 2)
    if key is None:
        return None, None
    rank, sku_id = key
    if not isinstance(rank, str) or not rank.lstrip("-").replace(".", "", 1).isascii() \
            or not rank.lstrip("-").replace(".", "", 1).isdigit() or type(sku_id) is not int or len(rank) > 24:
        raise Invalid("翻页游标无效，请从第一页重新开始", code="bad_cursor", field="cursor")
    return rank, sku_id


def _row(row: RowMapping) -> dict[str, Any]:
    counted = {name: int(row[name]) for name in ("orders", "list_fen", "paid_fen", "refunded_fen")}
    return {
        **{name: row[name] for name in ("sku_id", "sku", "title", "spec", "unit", "quantity", "refunded_quantity")},
        **counted,
        "net_quantity": row["quantity"] - row["refunded_quantity"],
        "net_fen": counted["paid_fen"] - counted["refunded_fen"],
    }
