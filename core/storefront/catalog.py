"""The shopper's catalog: browsing needs no login; favourites and history do."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from core.catalog import browse, offers, scanning, shoppers
from core.catalog.schemas import (
    AvailabilitySchema,
    CardPageSchema,
    DetailSchema,
    KeptPageSchema,
    ListQuery,
    PageQuery,
    ScannedSchema,
    SearchQueryArgs,
    StoreQuery,
    TreeSchema,
)
from core.catalog.searchtext import parse_query
from core.db import db
from core.media.placeholder import placeholder_svg
from core.storefront.auth import COMMON, buyer_required, current_buyer
from core.storefront.cached import from_cache, keep, known_paths, look_counts
from core.storefront.slotted import LEVEL, on_categories, on_product, on_search
from core.web import reply
from core.web.api import problems_documented
from core.web.paths import with_paths

blp = with_paths(Blueprint("storefront_catalog", __name__))

OPEN = (403, 404, 422)
"""The refusals of a view that needs no login: closed shop, unknown shop or thing, bad values."""

_SVG = "image/svg+xml"


@blp.route("/categories")
@blp.doc(security=[], parameters=[LEVEL])
@from_cache(dress=on_categories)
@blp.response(200, TreeSchema)
@blp.alt_response(304, description="unchanged")
@problems_documented(blp, *OPEN)
def categories() -> Response:
    """The tree of active categories (分类)."""
    return keep({}, lambda: {"items": browse.category_tree()})


@blp.route("/products")
@blp.doc(security=[])
@from_cache(dress=offers.on_page)
@blp.arguments(ListQuery, location="query")
@blp.response(200, CardPageSchema)
@blp.alt_response(304, description="unchanged")
@problems_documented(blp, *OPEN)
def products(args: dict[str, Any]) -> Response:
    """A page of products for sale. Stock isn't told here: see the availability of a product."""
    return keep(args, lambda: browse.list_products(args))


@blp.route("/search")
@blp.doc(security=[], parameters=[LEVEL])
@from_cache(dress=on_search)
@blp.arguments(SearchQueryArgs, location="query")
@blp.response(200, CardPageSchema)
@blp.alt_response(304, description="unchanged")
@problems_documented(blp, *OPEN)
def search(args: dict[str, Any]) -> Response:
    """Products by words or parts of them, pinyin, initials, SKU code or barcode; of signs alone nothing is found."""
    query = parse_query(args["q"])
    spelling = {**args, "q": query.text, "codes": query.codes}
    if query.is_empty:
        return keep(spelling, lambda: {"items": [], "next_cursor": None})
    return keep(spelling, lambda: browse.search_products(query, args))


@blp.route("/products/<id:product_id>")
@blp.doc(security=[], parameters=[LEVEL])
@look_counts
@from_cache(dress=on_product)
@blp.response(200, DetailSchema)
@blp.alt_response(304, description="unchanged")
@problems_documented(blp, *OPEN)
def product(product_id: int) -> Response:
    """A product with its SKUs and pictures (by width)."""
    return keep({"id": product_id}, lambda: browse.product_detail(product_id, known_paths()))


@blp.route("/products/<id:product_id>/placeholder.svg")
@blp.doc(security=[])
@from_cache(_SVG)
@blp.response(200, {"type": "string"}, content_type=_SVG)
@blp.alt_response(304, description="unchanged")
@problems_documented(blp, *OPEN)
def placeholder(product_id: int) -> Response:
    """The drawing that stands for a product without pictures."""
    return keep({"id": product_id}, lambda: placeholder_svg(*browse.drawing_facts(product_id)).encode())


@blp.route("/products/<id:product_id>/availability")
@blp.doc(security=[])
@blp.arguments(StoreQuery, location="query")
@blp.response(200, AvailabilitySchema)
@problems_documented(blp, *OPEN)
def availability(args: dict[str, Any], product_id: int) -> Response:
    """What a store can sell of the product's SKUs right now (可售库存)."""
    return reply.json(scanning.availability(product_id, args["store_id"]))


@blp.route("/skus/by-barcode/<code>")
@blp.doc(security=[])
@blp.response(200, ScannedSchema)
@problems_documented(blp, *OPEN)
def by_barcode(code: str) -> Response:
    """The SKU behind a scanned code: EAN, UPC, ITF-14, or a label of the shop's scales (称重码)."""
    return reply.json(scanning.scan(code))


@blp.route("/favourites")
@buyer_required
@blp.arguments(PageQuery, location="query")
@blp.response(200, KeptPageSchema)
@problems_documented(blp, *COMMON)
def favourites(args: dict[str, Any]) -> Response:
    """What the shopper marked (收藏), newest first."""
    return reply.json(shoppers.favourites(current_buyer().id, args["cursor"], args["limit"]))


@blp.route("/favourites/<id:product_id>", methods=["PUT"])
@buyer_required
@blp.response(204)
@problems_documented(blp, *COMMON)
def add_favourite(product_id: int) -> None:
    """Mark a product; twice is as good as once."""
    shoppers.add_favourite(current_buyer().id, product_id)
    db.session.commit()


@blp.route("/favourites/<id:product_id>", methods=["DELETE"])
@buyer_required
@blp.response(204)
@problems_documented(blp, *COMMON)
def remove_favourite(product_id: int) -> None:
    """Take the mark away; without one nothing happens."""
    shoppers.remove_favourite(current_buyer().id, product_id)
    db.session.commit()


@blp.route("/history")
@buyer_required
@blp.arguments(PageQuery, location="query")
@blp.response(200, KeptPageSchema)
@problems_documented(blp, *COMMON)
def history(args: dict[str, Any]) -> Response:
    """What the shopper looked at (足迹), latest first; a look shows up here within a minute."""
    return reply.json(shoppers.history(current_buyer().id, args["cursor"], args["limit"]))


@blp.route("/history", methods=["DELETE"])
@buyer_required
@blp.response(204)
@problems_documented(blp, *COMMON)
def forget_history() -> None:
    """Forget everything the shopper looked at."""
    shoppers.forget_history(current_buyer().id)
    db.session.commit()


@blp.route("/history/<id:product_id>", methods=["DELETE"])
@buyer_required
@blp.response(204)
@problems_documented(blp, *COMMON)
def forget_look(product_id: int) -> None:
    """Forget one product."""
    shoppers.forget_history(current_buyer().id, product_id)
    db.session.commit()
