from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Fen, Id, Moment, Str, db, ref


class Category(db.Model):
    """A node of the category tree (分类), at most three deep."""

    __tablename__ = "category"
    __table_args__ = (UniqueConstraint("parent_id", "name", postgresql_nulls_not_distinct=True),)

    id: Mapped[Id]
    parent_id: Mapped[int | None] = ref("category.id", "RESTRICT")
    name: Mapped[Str]
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    version: Mapped[int] = mapped_column(server_default="1")


class Brand(db.Model):
    __tablename__ = "brand"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[Id]
    name: Mapped[Str]


class Product(db.Model):
    """What a shopper sees (SPU): title, pictures and story; its SKUs carry price and stock."""

    __tablename__ = "product"
    __table_args__ = (
        Index("ix_product_category", "category_id", "id"),
        Index("ix_product_search", "search", postgresql_using="gin"),
    )

    id: Mapped[Id]
    title: Mapped[Str]
    category_id: Mapped[int | None] = ref("category.id", "RESTRICT")
    brand_id: Mapped[int | None] = ref("brand.id", "SET NULL")
    origin: Mapped[Str | None]
    description: Mapped[Str | None]
    video_url: Mapped[Str | None]
    keywords: Mapped[Str] = mapped_column(server_default="")
    on_shelf: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    min_price_fen: Mapped[Fen]
    search: Mapped[str] = mapped_column(TSVECTOR, server_default="")
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]


class ProductPicture(db.Model):
    """A picture of a product, stored once under its SHA-256 in several widths."""

    __tablename__ = "product_picture"
    __table_args__ = (UniqueConstraint("product_id", "position"),)

    id: Mapped[Id]
    product_id: Mapped[int] = ref("product.id")
    position: Mapped[int]
    digest: Mapped[Str]
    widths: Mapped[Str]


class Sku(db.Model):
    """What is sold (SKU). Prices are per `unit`; of weighed goods the unit is a weight and quantities are decimal.

    `plu` is the five-digit number under which the shop's scales know the article.
    """

    __tablename__ = "sku"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("plu"),
        CheckConstraint("list_price_fen >= 0", name="list_price"),
        CheckConstraint("member_price_fen IS NULL OR member_price_fen >= 0", name="member_price"),
        Index("ix_sku_product_id", "product_id"),
    )

    id: Mapped[Id]
    product_id: Mapped[int] = ref("product.id")
    code: Mapped[Str]
    spec: Mapped[Str] = mapped_column(server_default="")
    unit: Mapped[Str] = mapped_column(server_default="件")
    weighed: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    plu: Mapped[Str | None]
    list_price_fen: Mapped[Fen]
    member_price_fen: Mapped[Fen | None]
    cost_fen: Mapped[Fen | None]
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))


class SkuBarcode(db.Model):
    __tablename__ = "sku_barcode"

    barcode: Mapped[Str] = mapped_column(primary_key=True)
    sku_id: Mapped[int] = ref("sku.id", index=True)


class Favourite(db.Model):
    __tablename__ = "favourite"

    buyer_id: Mapped[int] = ref("buyer.id", primary_key=True)
    product_id: Mapped[int] = ref("product.id", primary_key=True)
    created_at: Mapped[Moment]


class Browsed(db.Model):
    """A buyer's browsing history (足迹): one row per product, the last visit counts."""

    __tablename__ = "browsed"
    __table_args__ = (Index("ix_browsed_recent", "buyer_id", "last_at"),)

    buyer_id: Mapped[int] = ref("buyer.id", primary_key=True)
    product_id: Mapped[int] = ref("product.id", primary_key=True)
    times: Mapped[int]
    last_at: Mapped[Moment]


class ProductViews(db.Model):
    """Views per product and shop day, counted in Redis and flushed by the clock."""

    __tablename__ = "product_views"

    product_id: Mapped[int] = ref("product.id", primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    views: Mapped[int]
