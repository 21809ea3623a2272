"""One product: look at it, write a new one, change it, its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.catalog import editing, gallery, managing, sections
from core.console.auth import context, current_staff, requires
from core.console.views import product_fields as fields
from core.db import db
from core.editing.errors import StaleEdit
from core.errors import Invalid
from core.media.pictures import MAX_BYTES
from core.staff import audit
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.pages import Pages, done, render
from core.web.uploads import MB, form_limits
from tenants.errors import Refusal

bp = Pages("console_product_pages", __name__)
form_limits(bp, add_picture=MAX_BYTES + MB)

VIEW, EDIT = "catalog.view", "catalog.edit"
_LARGEST_VERSION = 18


@bp.route("/products/new", methods=["GET", "POST"])
@requires(EDIT)
def new() -> Response | str:
    """Write a product; pictures come once it is there."""
    form, own = fields.product_form({"on_shelf": True}), fields.Sections()
    more = _asks_for_more(form, own)
    if request.method == "POST" and not more and (typed := _typed(form, own)) is not None:
        try:
            product_id = editing.create_product(typed[0])
            _keep_sections(product_id, typed[1])
            db.session.commit()
            return done(_("商品已新建，接着可以上传图片"), url_for(".show", product_id=product_id))
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    return render(
        "console/products/new.html", title=_("新建商品"), form=form, rows=fields.sku_rows(form, more),
        blank=fields.blank_row("__n__"), sections=own.forms,
    )


@bp.route("/products/<id:product_id>")
@requires(VIEW)
def show(product_id: int) -> str:
    """The product: a form for who may change it, a sheet for everybody else."""
    product = managing.find_product(product_id)
    if EDIT not in current_staff().permissions:
        return render("console/products/sheet.html", title=product["title"], product=product)
    return _page(product, fields.product_form(product), fields.Sections(product_id))


@bp.route("/products/<id:product_id>", methods=["POST"])
@requires(EDIT)
def save(product_id: int) -> Response | str:
    """Product and sections of plugins in one transaction: all of it, or nothing."""
    product = managing.find_product(product_id)
    form, own = fields.product_form(product), fields.Sections(product_id)
    if _asks_for_more(form, own):
        return _page(product, form, own, more=True, version=_version())
    if (typed := _typed(form, own)) is None:
        return _page(product, form, own, version=_version())
    try:
        editing.edit_product(product_id, _version(), typed[0])
        _keep_sections(product_id, typed[1])
        db.session.commit()
        return done(_("已保存"), url_for(".show", product_id=product_id))
    except StaleEdit as error:
        db.session.rollback()
        form.refuse(error)
        current = error.extra["current"]
        return _page(product, form, own, version=current["version"], theirs=_differences(current, typed[0]))
    except Refusal as error:
        db.session.rollback()
        form.refuse(error)
        return _page(product, form, own, version=_version())


def _asks_for_more(form: Form, own: fields.Sections) -> bool:
    """Whether one more SKU is all that was asked for; then what was typed is drawn again."""
    if "more" not in request.form:
        return False
    form.typed = request.form
    own.keep_typed(request.form)
    return True


def _typed(form: Form, own: fields.Sections) -> tuple[dict[str, Any], dict[str, dict[str, Any]]] | None:
    """The product, and the sections by plugin; None when some of it is wrong."""
    data, extra = fields.read(form, request.form), own.read(request.form)
    if data is None or extra is None:
        form.problem = form.problem or _("请改正标出的内容")
        return None
    return data, extra


def _keep_sections(product_id: int, extra: Mapping[str, Mapping[str, Any]]) -> None:
    if extra:
        sections.keep(context(), product_id, extra)
        audit.record("products.sections", editing.target(product_id), plugins=sorted(extra))


def _page(
    product: Mapping[str, Any], form: Form, own: fields.Sections, more: bool = False, version: Any = None,
    theirs: Any = (),
) -> str:  # fmt: skip
    return render(
        "console/products/form.html", title=product["title"], product=product, form=form, sections=own.forms,
        rows=fields.sku_rows(form, more), blank=fields.blank_row("__n__"), version=version or product["version"],
        theirs=theirs, most_pictures=gallery.MAX_PICTURES, permissions=current_staff().permissions,
    )


def _version() -> int | None:
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LARGEST_VERSION else None


_COMPARED = {"title": _l("商品名称"), "origin": _l("产地"), "description": _l("商品介绍"), "keywords": _l("搜索词")}


def _differences(current: Mapping[str, Any], typed: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what, as it stands now) where that is not what was typed."""
    found = [(str(label), current[name] or "") for name, label in _COMPARED.items() if current[name] != typed[name]]
    prices = {sku["code"]: sku["list_price_fen"] for sku in typed["skus"]}
    for sku in current["skus"]:
        if prices.get(sku["code"]) != sku["list_price_fen"]:
            found.append((f"{_('售价')} {sku['spec'] or sku['code']}", f"¥{sku['list_price_fen'] / 100:.2f}"))
    return found


@bp.route("/products/<id:product_id>/remove", methods=["POST"])
@requires(EDIT)
def remove(product_id: int) -> Response:
    """Delete a product that was never stocked or sold; refused otherwise."""
    editing.remove_product(product_id)
    db.session.commit()
    return done(_("商品已删除"), url_for("console_products_pages.index"))


@bp.route("/products/<id:product_id>/shelf", methods=["POST"])
@requires(EDIT)
def shelve(product_id: int) -> Response:
    """On the shelf, or off it."""
    on_shelf = request.form.get("on_shelf") == "1"
    editing.set_on_shelf([product_id], on_shelf)
    db.session.commit()
    return done(_("已上架") if on_shelf else _("已下架"), url_for(".show", product_id=product_id))


@bp.route("/products/<id:product_id>/pictures", methods=["POST"])
@requires(EDIT)
def add_picture(product_id: int) -> Response:
    """One or several files; they go behind the others."""
    files = [file for file in request.files.getlist("picture") if file.filename]
    if not files:
        raise Invalid(_("请先选择图片"), code="picture_missing", field="picture")
    for file in files[: gallery.MAX_PICTURES]:
        gallery.add_picture(product_id, file.stream.read(MAX_BYTES + 1))
    db.session.commit()
    return done(_("已上传 %(count)s 张图片", count=len(files)), _pictures(product_id))


@bp.route("/products/<id:product_id>/pictures/<id:picture_id>/move", methods=["POST"])
@requires(EDIT)
def move_picture(product_id: int, picture_id: int) -> Response:
    """One place forward, or with `first` to the front: that one shows in lists."""
    ids = [int(picture["id"]) for picture in managing.find_product(product_id)["pictures"]]
    if picture_id in ids:
        place = ids.index(picture_id)
        ids.insert(0 if "first" in request.form else max(0, place - 1), ids.pop(place))
    gallery.arrange_pictures(product_id, ids)
    db.session.commit()
    return done(_("图片顺序已调整"), _pictures(product_id))


@bp.route("/products/<id:product_id>/pictures/<id:picture_id>/remove", methods=["POST"])
@requires(EDIT)
def remove_picture(product_id: int, picture_id: int) -> Response:
    gallery.remove_picture(product_id, picture_id)
    db.session.commit()
    return done(_("图片已删除"), _pictures(product_id))


def _pictures(product_id: int) -> str:
    return url_for(".show", product_id=product_id, _anchor="pictures")
