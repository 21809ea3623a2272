"""Categories as a tree, and brands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.catalog import naming
from core.catalog.errors import BrandNotFound
from core.catalog.forms import BrandForm, CategoryForm
from core.catalog.indexing import index_brand, index_category
from core.catalog.tree import MAX_DEPTH
from core.console.auth import requires
from core.db import db
from core.editing.errors import StaleEdit
from core.host.jobs import enqueue
from core.ui.forms import Choices, Form
from core.ui.i18n import gettext as _
from core.ui.listing import Action, Column, Empty, Listing, Row
from core.ui.pages import Pages, done, render
from core.web.paging import encode_cursor, integer
from tenants.errors import Refusal

bp = Pages("console_categories_pages", __name__)

EDIT = "catalog.edit"
_BRANDS = 50
_LARGEST_ID = 18


@bp.route("/categories")
@requires(EDIT)
def index() -> str:
    """The whole tree."""
    nodes = _tree(naming.all_categories())
    return render("console/categories/index.html", title=_("分类"), nodes=nodes, deepest=MAX_DEPTH)


@bp.route("/categories/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> Response | str:
    """Add one; `parent` in the address says under which."""
    rows = naming.all_categories()
    form = Form(CategoryForm, _fresh(rows, _number("parent")), {"parent_id": _parents(rows)})
    if (data := form.submitted()) is not None:
        try:
            naming.create_category(data)
            db.session.commit()
            return done(_("分类已添加"), url_for(".index"))
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    return render("console/categories/edit.html", title=_("新建分类"), form=form, category=None)


@bp.route("/categories/<id:category_id>", methods=["GET", "POST"])
@requires(EDIT)
def edit(category_id: int) -> Response | str:
    """Rename, move, hide; whoever was faster is named."""
    category = naming.find_category(category_id)
    rows = naming.all_categories()
    form = Form(CategoryForm, _values(category), {"parent_id": _parents(rows, category_id)})
    version: Any = category["version"]
    if (data := form.submitted()) is not None:
        version = request.form.get("version", "")
        try:
            naming.edit_category(category_id, data, int(version) if version.isdigit() else None)
            db.session.commit()
            enqueue(index_category, category_id)
            return done(_("已保存"), url_for(".index"))
        except StaleEdit as error:
            version = error.extra["current"]["version"]
            db.session.rollback()
            form.refuse(error)
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    return render("console/categories/edit.html", title=_("修改分类"), form=form, category=category, version=version)


@bp.route("/categories/<id:category_id>/move", methods=["POST"])
@requires(EDIT)
def move(category_id: int) -> Response:
    """One place up or down among its like."""
    naming.move_category(category_id, -1 if request.form.get("way") == "up" else 1)
    db.session.commit()
    return done("", url_for(".index", _anchor=f"category-{category_id}"))


@bp.route("/categories/<id:category_id>/remove", methods=["POST"])
@requires(EDIT)
def remove(category_id: int) -> Response:
    naming.remove_category(category_id)
    db.session.commit()
    return done(_("分类已删除"), url_for(".index"))


@bp.route("/brands")
@requires(EDIT)
def brands() -> str:
    """Brands by age, with the number of their products."""
    found = naming.list_brands(integer(request.args.get("cursor")) or 0, _BRANDS + 1)
    shown = found[:_BRANDS]
    listing = Listing(
        [Column("name", _("品牌"), wide=True), Column("products", _("商品数"), "number")], [_brand(row) for row in shown],
        next=encode_cursor(shown[-1]["id"]) if len(found) > len(shown) else None,
        empty=Empty(_("还没有品牌"), _("品牌可以帮顾客筛选商品，不填也可以正常卖货"), "tags", _add_brand("primary")),
    )  # fmt: skip
    return render("console/categories/brands.html", title=_("品牌"), listing=listing, add=_add_brand("primary"))


@bp.route("/brands/new", methods=["GET", "POST"])
@requires(EDIT)
def new_brand() -> Response | str:
    form = Form(BrandForm)
    if (data := form.submitted()) is not None:
        try:
            naming.create_brand(data["name"])
            db.session.commit()
            return done(_("品牌已添加"), url_for(".brands"))
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    return render("console/categories/brand.html", title=_("新建品牌"), form=form, brand=None)


@bp.route("/brands/<id:brand_id>", methods=["GET", "POST"])
@requires(EDIT)
def edit_brand(brand_id: int) -> Response | str:
    """Rename; products are found under the new name a moment later."""
    brand = _find_brand(brand_id)
    form = Form(BrandForm, brand)
    if (data := form.submitted()) is not None:
        try:
            naming.rename_brand(brand_id, data["name"])
            db.session.commit()
            enqueue(index_brand, brand_id)
            return done(_("已保存"), url_for(".brands"))
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    return render("console/categories/brand.html", title=_("修改品牌"), form=form, brand=brand)


@bp.route("/brands/<id:brand_id>/remove", methods=["POST"])
@requires(EDIT)
def remove_brand(brand_id: int) -> Response:
    naming.remove_brand(brand_id)
    db.session.commit()
    return done(_("品牌已删除"), url_for(".brands"))


def _find_brand(brand_id: int) -> Mapping[str, Any]:
    found = [row for row in naming.list_brands(brand_id - 1, 1) if row["id"] == brand_id]
    if not found:
        raise BrandNotFound
    return found[0]


def _brand(row: Mapping[str, Any]) -> Row:
    place = url_for(".edit_brand", brand_id=row["id"])
    return Row({"name": row["name"], "products": row["products"]}, actions=[Action(_("修改"), place, dialog=True)])


def _add_brand(tone: str) -> Action:
    return Action(_("新建品牌"), url_for(".new_brand"), "plus", tone=tone, dialog=True)


def _tree(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The nodes from the top, each with its `level` (0 is the root's) and whether it is the first or last of its like.

    `products` counts those of the categories below too, as the list of products behind it does.
    """
    children: dict[int | None, list[Mapping[str, Any]]] = {}
    for row in rows:
        children.setdefault(row["parent_id"], []).append(row)

    def below(parent: int | None, level: int) -> list[dict[str, Any]]:
        like = children.get(parent, [])
        found = []
        for place, row in enumerate(like):
            under = below(row["id"], level + 1)
            products = row["products"] + sum(node["products"] for node in under if node["level"] == level + 1)
            ends = {"is_first": place == 0, "is_last": place == len(like) - 1}
            found += [{**row, **ends, "level": level, "products": products}, *under]
        return found

    return below(None, 0)


def _parents(rows: Sequence[Mapping[str, Any]], moving: int | None = None) -> Choices:
    """Under what a category may stand: anything but itself and what is below it, above the deepest level."""
    names: list[str] = []
    choices, hidden_below = [], None
    for node in _tree(rows):
        names[node["level"] :] = [node["name"]]
        if hidden_below is not None and node["level"] > hidden_below:
            continue
        hidden_below = node["level"] if node["id"] == moving else None
        if node["id"] != moving and node["level"] < MAX_DEPTH - 1:
            choices.append((node["id"], " / ".join(names)))
    return choices


def _fresh(rows: Sequence[Mapping[str, Any]], parent: int | None) -> dict[str, Any]:
    """A new one stands behind its like."""
    last = max((row["position"] for row in rows if row["parent_id"] == parent), default=-1)
    return {"parent_id": parent, "position": last + 1, "active": True}


def _values(category: Mapping[str, Any]) -> dict[str, Any]:
    return {name: category[name] for name in ("parent_id", "name", "position", "active")}


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LARGEST_ID else None
