"""Changes of many products at once, each one statement: category, prices (批量改价). The caller commits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from core.catalog import cache
from core.catalog.editing import target
from core.catalog.errors import CategoryNotFound, PriceOutOfRange
from core.catalog.indexing import index_products
from core.catalog.service import lock_catalog
from core.clock import now
from core.db import db
from core.money import MAX_FEN
from core.staff import audit

MAX_PRODUCTS = 500

_MOVE = text(
    """
    UPDATE product SET category_id = :category, updated_at = :now
    WHERE id = ANY(:ids) AND category_id IS DISTINCT FROM CAST(:category AS bigint) RETURNING id
    """
)
_CATEGORY = text("SELECT 1 FROM category WHERE id = :id")


def move_to_category(product_ids: Sequence[int], category_id: int | None) -> int:
    """Put products into a category (None: into none); returns how many moved. Raises CategoryNotFound."""
    lock_catalog()
    if category_id is not None and db.session.execute(_CATEGORY, {"id": category_id}).first() is None:
        raise CategoryNotFound(field="category_id")
    values = {"ids": sorted(set(product_ids)), "category": category_id, "now": now()}
    moved = db.session.execute(_MOVE, values).scalars().all()
    if moved:
        index_products(moved)
        _note("catalog.move", moved, category_id=None if category_id is None else str(category_id))
    return len(moved)


@dataclass(frozen=True, slots=True)
class PriceChange:
    """By `percent` (Decimal("-10") is ten per cent off) or by `amount_fen` (signed), of the list price and, with
    `member_too`, of the member price where there is one. Rounded half up to whole fen.
    """

    percent: Decimal | None = None
    amount_fen: int | None = None
    member_too: bool = False


@dataclass(frozen=True, slots=True)
class PricedSku:
    """An SKU before and after; `problem` says why the change can't be made."""

    product_id: int
    sku_id: int
    code: str
    title: str
    spec: str
    before_fen: int
    after_fen: int
    member_before_fen: int | None
    member_after_fen: int | None
    problem: str | None


_NEW = """round({price} * (1 + CAST(:percent AS numeric) / 100) + :amount)"""
_CHANGED = f"""
    SELECT s.id, s.product_id, s.code, p.title, s.spec, s.list_price_fen, s.member_price_fen, s.active,
           {_NEW.format(price="s.list_price_fen")} AS after,
           CASE WHEN :member_too THEN {_NEW.format(price="s.member_price_fen")} ELSE s.member_price_fen END AS member
    FROM sku s JOIN product p ON p.id = s.product_id WHERE s.product_id = ANY(:ids)
"""
_PREVIEW = text(f"WITH changed AS ({_CHANGED}) SELECT * FROM changed ORDER BY product_id, id")
_APPLY = text(
    f"""
    WITH changed AS MATERIALIZED ({_CHANGED}),
    wrong AS (
        SELECT 1 FROM changed WHERE after < 1 OR after > :highest OR member < 0 OR member > after LIMIT 1
    ), priced AS (
        UPDATE sku s SET list_price_fen = c.after, member_price_fen = c.member FROM changed c
        WHERE s.id = c.id AND NOT EXISTS (SELECT 1 FROM wrong)
          AND (s.list_price_fen, s.member_price_fen) IS DISTINCT FROM (c.after, c.member)
        RETURNING s.id, s.product_id
    ), lowest AS (
        SELECT product_id, coalesce(min(after) FILTER (WHERE active), min(after)) AS low FROM changed
        WHERE product_id IN (SELECT product_id FROM priced) GROUP BY product_id
    ), touched AS (
        UPDATE product p SET min_price_fen = l.low, updated_at = :now FROM lowest l WHERE p.id = l.product_id
        RETURNING p.id
    )
    SELECT (SELECT count(*) FROM wrong) AS wrong, (SELECT count(*) FROM priced) AS skus,
           coalesce((SELECT array_agg(id ORDER BY id) FROM touched), '{{}}') AS products
    """
)


def preview_prices(product_ids: Sequence[int], change: PriceChange) -> list[PricedSku]:
    """What `change_prices` would do, per SKU. One statement, nothing is written."""
    rows = db.session.execute(_PREVIEW, _values(product_ids, change)).all()
    return [_priced(row) for row in rows]


def change_prices(product_ids: Sequence[int], change: PriceChange) -> int:
    """Change the prices of every SKU of these products, or none: returns how many SKUs changed.

    Raises PriceOutOfRange when a price would fall below one fen, grow beyond reason, or below the member price.
    """
    lock_catalog()
    done = db.session.execute(_APPLY, {**_values(product_ids, change), "highest": MAX_FEN, "now": now()}).one()
    if done.wrong:
        raise PriceOutOfRange
    if done.products:
        percent = None if change.percent is None else str(change.percent)
        _note("catalog.prices", done.products, percent=percent, amount_fen=change.amount_fen, skus=done.skus)
    return done.skus


def _values(product_ids: Sequence[int], change: PriceChange) -> dict[str, Any]:
    return {
        "ids": sorted(set(product_ids)),
        "percent": change.percent or Decimal(0),
        "amount": change.amount_fen or 0,
        "member_too": change.member_too,
    }


def _priced(row: Any) -> PricedSku:
    after, member = int(row.after), None if row.member is None else int(row.member)
    return PricedSku(
        row.product_id, row.id, row.code, row.title, row.spec, row.list_price_fen, after, row.member_price_fen, member,
        _problem(after, member),
    )  # fmt: skip


def _problem(after: int, member: int | None) -> str | None:
    if after < 1:
        return "售价不能低于 0.01 元"
    if after > MAX_FEN:
        return "售价过大"
    if member is not None and (member < 0 or member > after):
        return "会员价会高于售价" if member > after else "会员价不能低于 0"
    return None


def _note(action: str, ids: Sequence[int], **detail: Any) -> None:
    where = target(ids[0]) if len(ids) == 1 else "products"
    audit.record(action, where, ids=[str(product_id) for product_id in ids], **detail)
    cache.touch()
