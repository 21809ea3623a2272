"""What a shopper keeps of the catalog: favourites (收藏) and the browsing history (足迹). The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text

from core.catalog.browse import card
from core.catalog.errors import ProductNotFound
from core.clock import now
from core.db import db
from core.errors import Invalid
from core.web.paging import decode_cursor, encode_cursor

_SELECT = """
    SELECT p.id, p.title, p.category_id, p.brand_id, p.min_price_fen, p.updated_at, p.on_shelf, kept.{moment} AS at,
           s.skus, s.sku_id, s.member_price_fen, s.spec, s.unit, s.weighed, pic.digest, pic.widths
    FROM {table} kept JOIN product p ON p.id = kept.product_id
    JOIN LATERAL (
        SELECT count(*) FILTER (WHERE active) AS skus, min(member_price_fen) AS member_price_fen,
               (array_agg(id ORDER BY active DESC, list_price_fen, id))[1] AS sku_id,
               (array_agg(spec ORDER BY active DESC, list_price_fen, id))[1] AS spec,
               (array_agg(unit ORDER BY active DESC, list_price_fen, id))[1] AS unit,
               (array_agg(weighed ORDER BY active DESC, list_price_fen, id))[1] AS weighed
        FROM sku WHERE product_id = p.id HAVING count(*) > 0
    ) AS s ON true
    LEFT JOIN product_picture pic ON pic.product_id = p.id AND pic.position = 0
    WHERE kept.buyer_id = :buyer
      AND (CAST(:at AS timestamptz) IS NULL OR (kept.{moment}, p.id) < (CAST(:at AS timestamptz), :id))
    ORDER BY kept.{moment} DESC, p.id DESC LIMIT :limit
"""
_FAVOURITES = text(_SELECT.format(table="favourite", moment="created_at"))
_HISTORY = text(_SELECT.format(table="browsed", moment="last_at"))

_ADD = text(
    """
    WITH wanted AS (SELECT id FROM product WHERE id = :product), added AS (
        INSERT INTO favourite (buyer_id, product_id, created_at)
        SELECT :buyer, id, :now FROM wanted ON CONFLICT (buyer_id, product_id) DO NOTHING
    )
    SELECT id FROM wanted
    """
)
_REMOVE = text("DELETE FROM favourite WHERE buyer_id = :buyer AND product_id = :product")
_FORGET = text(
    "DELETE FROM browsed WHERE buyer_id = :buyer AND (CAST(:product AS bigint) IS NULL OR product_id = :product)"
)


def favourites(buyer_id: int, cursor: str | None, limit: int) -> dict[str, Any]:
    """A page of what the shopper marked, newest first; `for_sale` is false for what left the shelf."""
    return _page(_FAVOURITES, buyer_id, cursor, limit)


def history(buyer_id: int, cursor: str | None, limit: int) -> dict[str, Any]:
    """A page of what the shopper looked at, latest first."""
    return _page(_HISTORY, buyer_id, cursor, limit)


def _page(statement: Any, buyer_id: int, cursor: str | None, limit: int) -> dict[str, Any]:
    at, product_id = _after(cursor)
    values = {"buyer": buyer_id, "at": at, "id": product_id, "limit": limit + 1}
    rows: Sequence[RowMapping] = db.session.execute(statement, values).mappings().all()
    shown = rows[:limit]
    more = encode_cursor(shown[-1]["at"].isoformat(), shown[-1]["id"]) if len(rows) > limit else None
    items = [{**card(row), "for_sale": row["on_shelf"] and row["skus"] > 0, "at": row["at"]} for row in shown]
    return {"items": items, "next_cursor": more}


def _after(cursor: str | None) -> tuple[datetime | None, int]:
    key = decode_cursor(cursor, 2)
    if key is None:
        return None, 0
    try:
        return datetime.fromisoformat(key[0]).astimezone(), int(key[1])
    except (TypeError, ValueError, OverflowError) as error:
        raise Invalid("翻页游标无效，请从第一页重新开始", code="bad_cursor", field="cursor") from error


def add_favourite(buyer_id: int, product_id: int) -> None:
    """Mark a product; marking it again changes nothing. Raises ProductNotFound."""
    values = {"buyer": buyer_id, "product": product_id, "now": now()}
    if db.session.execute(_ADD, values).first() is None:
        raise ProductNotFound


def remove_favourite(buyer_id: int, product_id: int) -> None:
    """Take the mark away; without one nothing happens."""
    db.session.execute(_REMOVE, {"buyer": buyer_id, "product": product_id})


def forget_history(buyer_id: int, product_id: int | None = None) -> None:
    """Forget one product, or everything the shopper looked at."""
    db.session.execute(_FORGET, {"buyer": buyer_id, "product": product_id})
