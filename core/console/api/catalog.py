"""Categories, brands, products and their pictures, as staff edit them."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from core.catalog import editing, forms, gallery, managing, naming
from core.catalog.indexing import index_brand, index_category
from core.catalog.schemas import PageQuery
from core.console.api.columns import ColumnsSchema, columns
from core.console.auth import COMMON, context, requires
from core.db import db
from core.host.jobs import enqueue
from core.media.pictures import MAX_BYTES
from core.web import reply
from core.web.api import problems_documented
from core.web.paging import encode_cursor, integer
from core.web.paths import with_paths
from core.web.uploads import MB, body_limit

blp = with_paths(Blueprint("console_catalog", __name__))


class ProductsSchema(forms.ManagedPageSchema, ColumnsSchema):
    """Products with the columns of plugins."""



@blp.route("/categories")
@requires("catalog.view")
@blp.response(200, forms.CategoriesSchema)
@problems_documented(blp, *COMMON)
def list_categories() -> dict[str, Any]:
    """Every category, inactive ones too."""
    return {"items": naming.all_categories()}


@blp.route("/categories", methods=["POST"])
@requires("catalog.edit")
@blp.arguments(forms.CategoryForm)
@blp.response(201, forms.CreatedSchema)
@problems_documented(blp, *COMMON, 409)
def create_category(data: dict[str, Any]) -> dict[str, Any]:
    """Add a category (分类), at most three levels deep."""
    category_id = naming.create_category(data)
    db.session.commit()
    return {"id": category_id}


@blp.route("/categories/<id:category_id>", methods=["PUT"])
@requires("catalog.edit")
@blp.arguments(forms.CategoryEditForm)
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def edit_category(data: dict[str, Any], category_id: int) -> None:
    """Rename, move, hide; 409 `stale_edit` when `version` is not the present one. Search follows a moment later."""
    naming.edit_category(category_id, data, data.pop("version"))
    db.session.commit()
    enqueue(index_category, category_id)


@blp.route("/categories/<id:category_id>", methods=["DELETE"])
@requires("catalog.edit")
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def remove_category(category_id: int) -> None:
    """Delete an empty category."""
    naming.remove_category(category_id)
    db.session.commit()


@blp.route("/brands")
@requires("catalog.view")
@blp.arguments(PageQuery, location="query")
@blp.response(200, forms.BrandsSchema)
@problems_documented(blp, *COMMON)
def list_brands(args: dict[str, Any]) -> dict[str, Any]:
    """Brands (品牌) by age."""
    rows = naming.list_brands(integer(args["cursor"]) or 0, args["limit"] + 1)
    shown = rows[: args["limit"]]
    return {"items": shown, "next_cursor": encode_cursor(shown[-1]["id"]) if len(rows) > len(shown) else None}


@blp.route("/brands", methods=["POST"])
@requires("catalog.edit")
@blp.arguments(forms.BrandForm)
@blp.response(201, forms.CreatedSchema)
@problems_documented(blp, *COMMON, 409)
def create_brand(data: dict[str, Any]) -> dict[str, Any]:
    """Add a brand."""
    brand_id = naming.create_brand(data["name"])
    db.session.commit()
    return {"id": brand_id}


@blp.route("/brands/<id:brand_id>", methods=["PUT"])
@requires("catalog.edit")
@blp.arguments(forms.BrandForm)
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def rename_brand(data: dict[str, Any], brand_id: int) -> None:
    """Rename a brand. Search follows the new name a moment later."""
    naming.rename_brand(brand_id, data["name"])
    db.session.commit()
    enqueue(index_brand, brand_id)


@blp.route("/brands/<id:brand_id>", methods=["DELETE"])
@requires("catalog.edit")
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def remove_brand(brand_id: int) -> None:
    """Delete a brand without products."""
    naming.remove_brand(brand_id)
    db.session.commit()


@blp.route("/products")
@requires("catalog.view")
@blp.arguments(forms.ProductsQuery, location="query")
@blp.response(200, ProductsSchema)
@problems_documented(blp, *COMMON)
def list_products(args: dict[str, Any]) -> Response:
    """Products by age; `q` is a code, a barcode or words."""
    found = managing.list_products(args)
    own = columns(context(), "products", [int(item["id"]) for item in found["items"]])
    return reply.json({**found, "columns": own})


@blp.route("/products", methods=["POST"])
@requires("catalog.edit")
@blp.arguments(forms.ProductForm)
@blp.response(201, forms.ManagedProductSchema)
@problems_documented(blp, *COMMON, 409)
def create_product(data: dict[str, Any]) -> Response:
    """Add a product with its SKUs."""
    product_id = editing.create_product(data)
    db.session.commit()
    return reply.json(managing.find_product(product_id), 201)


@blp.route("/products/<id:product_id>")
@requires("catalog.view")
@blp.response(200, forms.ManagedProductSchema)
@problems_documented(blp, *COMMON)
def read_product(product_id: int) -> Response:
    """A product with everything that is stored; its `version` goes back with an edit."""
    return reply.json(managing.find_product(product_id))


@blp.route("/products/<id:product_id>", methods=["PUT"])
@requires("catalog.edit")
@blp.arguments(forms.ProductEditForm)
@blp.response(200, forms.ManagedProductSchema)
@problems_documented(blp, *COMMON, 409)
def edit_product(data: dict[str, Any], product_id: int) -> Response:
    """Store the whole product; 409 `stale_edit` when somebody else saved it meanwhile. SKUs left out stay."""
    version = data.pop("version")
    editing.edit_product(product_id, version, data)
    db.session.commit()
    return reply.json(managing.find_product(product_id))


@blp.route("/products/<id:product_id>", methods=["DELETE"])
@requires("catalog.edit")
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def remove_product(product_id: int) -> None:
    """Delete a product that was never stocked or sold."""
    editing.remove_product(product_id)
    db.session.commit()


@blp.route("/products:shelf", methods=["POST"])
@requires("catalog.edit")
@blp.arguments(forms.ShelfForm)
@blp.response(200, forms.ChangedSchema)
@problems_documented(blp, *COMMON)
def set_on_shelf(data: dict[str, Any]) -> dict[str, Any]:
    """Put products on the shelf or take them off (上架, 下架)."""
    changed = editing.set_on_shelf(data["product_ids"], data["on_shelf"])
    db.session.commit()
    return {"changed": changed}


@blp.route("/products/<id:product_id>/pictures", methods=["POST"])
@requires("catalog.edit")
@body_limit(MAX_BYTES + MB)
@blp.arguments(forms.PictureUpload, location="files")
@blp.response(201, forms.ManagedProductSchema)
@problems_documented(blp, *COMMON, 409)
def add_picture(files: dict[str, Any], product_id: int) -> Response:
    """Upload a picture (multipart field `picture`: JPG, PNG, WebP or GIF, at most 10 MB); it goes behind the others."""
    gallery.add_picture(product_id, files["picture"].stream.read(MAX_BYTES + 1))
    db.session.commit()
    return reply.json(managing.find_product(product_id), 201)


@blp.route("/products/<id:product_id>/pictures", methods=["PUT"])
@requires("catalog.edit")
@blp.arguments(forms.PictureOrderForm)
@blp.response(204)
@problems_documented(blp, *COMMON)
def arrange_pictures(data: dict[str, Any], product_id: int) -> None:
    """Bring all pictures of the product into an order; the first one shows in lists."""
    gallery.arrange_pictures(product_id, data["picture_ids"])
    db.session.commit()


@blp.route("/products/<id:product_id>/pictures/<id:picture_id>", methods=["DELETE"])
@requires("catalog.edit")
@blp.response(204)
@problems_documented(blp, *COMMON)
def remove_picture(product_id: int, picture_id: int) -> None:
    """Take a picture away."""
    gallery.remove_picture(product_id, picture_id)
    db.session.commit()
