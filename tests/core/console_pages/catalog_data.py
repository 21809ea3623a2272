"""Goods of a shop that has more of them than three."""

from __future__ import annotations

import io

from PIL import Image
from sqlalchemy import text

from core.catalog import editing, gallery, naming
from core.catalog.indexing import index_products
from core.db import db
from core.stores.models import Store
from tests.core.console_pages.visitor import Visitor
from tests.core.shops import Shop


def cost(visitor: Visitor, path: str) -> int:
    """How many statements a page takes, however long ago what is kept in memory was read."""
    counts = []
    for _ in range(2):
        visitor.get(path)
        counts.append(len(visitor.statements))
    return min(counts)


def sku(code: str, price: int = 990, **given) -> dict:
    """A SKU as the product's form loads it."""
    usual = {
        "id": None, "code": code, "spec": "", "unit": "件", "weighed": False, "plu": None, "list_price_fen": price,
        "member_price_fen": None, "cost_fen": None, "active": True, "barcodes": [],
    }  # fmt: skip
    return {**usual, **given}


def product(title: str, *skus: dict, **given) -> dict:
    """A product as its form loads it."""
    usual = {
        "title": title, "category_id": None, "brand_id": None, "origin": None, "description": None, "video_url": None,
        "keywords": "", "on_shelf": True,
    }  # fmt: skip
    return {**usual, **given, "skus": list(skus)}


def add_products(shop: Shop, count: int) -> list[int]:
    """Products 商品001 … with one SKU each."""
    with shop.bound():
        ids = [
            editing.create_product(product(f"商品{number:03}", sku(f"N{number:03}", 1000 + number)))
            for number in range(1, count + 1)
        ]
        db.session.commit()
    return ids


def add_category(shop: Shop, name: str, parent_id: int | None = None, position: int = 0) -> int:
    with shop.bound():
        category_id = naming.create_category(
            {"name": name, "parent_id": parent_id, "position": position, "active": True}
        )
        db.session.commit()
    return category_id


def add_store(shop: Shop, code: str = "XT02", name: str = "北关店") -> int:
    """A second store, like the first."""
    with shop.bound():
        first = db.session.get(Store, shop.store_id)
        names = ("district_code", "address", "phone", "longitude", "latitude", "opens_at", "closes_at")
        store = Store(code=code, name=name, **{field: getattr(first, field) for field in names})
        db.session.add(store)
        db.session.commit()
        return store.id


def drawn_picture(colour: str = "#e8590c") -> bytes:
    """A small PNG."""
    file = io.BytesIO()
    Image.new("RGB", (320, 320), colour).save(file, "PNG")
    return file.getvalue()


def add_picture(shop: Shop, product_id: int, colour: str = "#e8590c") -> int:
    with shop.bound():
        picture_id = gallery.add_picture(product_id, drawn_picture(colour))
        db.session.commit()
    return picture_id


def product_of(shop: Shop, code: str) -> int:
    """The product that a SKU belongs to."""
    with shop.bound():
        found = db.session.execute(text("SELECT product_id FROM sku WHERE code = :code"), {"code": code}).scalar_one()
        db.session.rollback()
    return found


def index(shop: Shop) -> None:
    """Let the shop's first three products be found by words."""
    with shop.bound():
        index_products(list(db.session.execute(text("SELECT id FROM product")).scalars()))
        db.session.commit()
