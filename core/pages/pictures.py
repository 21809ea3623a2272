"""Pictures of products that blocks show by their id alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import text

from core.catalog.pictures import picture_urls, placeholder_url
from core.db import db

_WIDTHS = ("480", "960", "160")

_PICTURES = text(
    """
    SELECT p.id, p.updated_at, pic.digest, pic.widths
    FROM product p LEFT JOIN product_picture pic ON pic.product_id = p.id AND pic.position = 0
    WHERE p.id = ANY(:ids) AND p.on_shelf
    """
)


def fill(blocks: Iterable[dict[str, Any]]) -> None:
    """Give the items of product grids that name a product and no picture that product's, with one statement."""
    bare = [item for item in _items(blocks) if "id" in item and "img" not in item]
    if not bare:
        return
    rows = db.session.execute(_PICTURES, {"ids": [int(item["id"]) for item in bare]})
    found = {row.id: _picture(row) for row in rows}
    for item in bare:
        if int(item["id"]) in found:
            item["img"] = found[int(item["id"])]


def fitting(pictures: Mapping[str, str] | None, placeholder: str) -> str:
    """The address of the picture that suits a list, from those by width; the drawing where there is none."""
    by_width = pictures or {}
    return next((by_width[width] for width in _WIDTHS if width in by_width), placeholder)


def _items(blocks: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for block in blocks:
        if block["type"] == "product-grid":
            yield from block["props"]["items"]
        yield from _items(block.get("children", ()))


def _picture(row: Any) -> str:
    urls = picture_urls(row.digest, row.widths) if row.digest else None
    return fitting(urls, placeholder_url(row.id, row.updated_at))
