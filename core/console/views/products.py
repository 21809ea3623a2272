"""Products: the list, and what is done to many of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import marshmallow as ma
from flask import redirect, request, url_for
from marshmallow.validate import OneOf, Range
from werkzeug.wrappers import Response

from core.catalog import changes, editing, naming
from core.console.auth import requires
from core.console.views import product_rows as rows
from core.console.views import product_table as table
from core.db import db
from core.errors import Invalid
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render
from core.web import exports
from core.web.fields import Fen, IdField
from tenants.errors import Refusal

bp = Pages("console_products_pages", __name__)

VIEW, EDIT = "catalog.view", "catalog.edit"
_LARGEST_ID = 19


class MoveSchema(ma.Schema):
    category_id = IdField(
        load_default=None, allow_none=True, metadata={"label": "移到分类", "help": "不选表示移出分类"}
    )


class PricesSchema(ma.Schema):
    """By how much prices change."""

    way = ma.fields.String(
        required=True, metadata={"label": "改价方式"},
        validate=OneOf(
            ["percent_down", "percent_up", "amount_down", "amount_up"],
            labels=["按比例降价", "按比例涨价", "每件降价", "每件涨价"],
        ),
    )
    percent = ma.fields.Decimal(
        load_default=None, allow_none=True, places=2, validate=Range(0, 1000, min_inclusive=False),
        metadata={"label": "比例", "unit": "%", "help": "按比例改价时填写，例如 10 表示一成"},
    )
    amount_fen = Fen(
        load_default=None, allow_none=True, metadata={"label": "金额", "help": "按件改价时填写"}
    )
    member_too = ma.fields.Boolean(load_default=True, metadata={"label": "会员价也一起改"})

    @ma.validates_schema(skip_on_field_errors=True)
    def _check(self, data: dict[str, Any], **kwargs: Any) -> None:
        field = "percent" if data["way"].startswith("percent") else "amount_fen"
        if not data[field]:
            raise ma.ValidationError("请填写要改多少", field)


@bp.route("/products")
@requires(VIEW)
def index() -> str:
    """All products, or those of a tab; `q` is words, pinyin, a barcode or a code."""
    return render("console/products/index.html", title=_("商品"), listing=rows.listing(), editor=rows.is_editor())


@bp.route("/products/export.<any(csv, xlsx):kind>")
@requires(VIEW)
def export(kind: str) -> Any:
    """What the list shows, as a table that can be imported again."""
    write = exports.csv_response if kind == "csv" else exports.xlsx_response
    return write(_("商品"), table.header(rows.is_editor()), table.rows(rows.wanted(), rows.is_editor()))


@bp.route("/products/shelf", methods=["POST"])
@requires(EDIT)
def shelve() -> Response:
    """Put the chosen products on the shelf, or take them off."""
    on_shelf = request.form.get("on_shelf") == "1"
    changed = editing.set_on_shelf(_chosen(request.form.getlist("ids")), on_shelf)
    db.session.commit()
    said = _("已上架 %(count)s 个商品", count=changed) if on_shelf else _("已下架 %(count)s 个商品", count=changed)
    return done(said, rows.list_place())


@bp.route("/products/choose/<any(move, prices):what>", methods=["POST"])
@requires(EDIT)
def choose(what: str) -> Response:
    """From the ticked rows to the form that asks what to do with them."""
    ids = _chosen(request.form.getlist("ids"))
    return redirect(url_for(f".{what}", ids=[str(product_id) for product_id in ids]), 303)


@bp.route("/products/move", methods=["GET", "POST"])
@requires(EDIT)
def move() -> Response | str:
    """Put the chosen products into another category."""
    ids = _chosen(request.args.getlist("ids"))
    form = Form(MoveSchema, choices={"category_id": naming.category_choices()})
    if (data := form.submitted()) is not None:
        moved = changes.move_to_category(ids, data["category_id"])
        db.session.commit()
        return done(_("已移动 %(count)s 个商品", count=moved), url_for(".index"))
    return render("console/products/move.html", title=_("移动分类"), form=form, count=len(ids))


@bp.route("/products/prices", methods=["GET", "POST"])
@requires(EDIT)
def prices() -> Response | str:
    """批量改价: what it would come to first, then `apply`."""
    ids = _chosen(request.args.getlist("ids"))
    form, preview = Form(PricesSchema, {"member_too": True}), []
    if (data := form.submitted()) is not None:
        change = _change(data)
        try:
            if "apply" in request.form:
                changed = changes.change_prices(ids, change)
                db.session.commit()
                return done(_("已修改 %(count)s 个规格的价格", count=changed), url_for(".index"))
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
        preview = changes.preview_prices(ids, change)
    return render(
        "console/products/prices.html", title=_("批量改价"), form=form, count=len(ids), preview=preview,
        problems=sum(row.problem is not None for row in preview),
    )


def _change(data: dict[str, Any]) -> changes.PriceChange:
    by, _sep, way = data["way"].partition("_")
    sign = -1 if way == "down" else 1
    if by == "percent":
        return changes.PriceChange(percent=sign * data["percent"], member_too=data["member_too"])
    return changes.PriceChange(amount_fen=sign * data["amount_fen"], member_too=data["member_too"])


def _chosen(ids: Sequence[str]) -> list[int]:
    """The ids of ticked rows; raises Invalid where there are none."""
    found = [int(text) for text in ids if text.isascii() and text.isdigit() and len(text) < _LARGEST_ID]
    if not found:
        raise Invalid(_("请先勾选商品"), code="nothing_chosen", field="ids")
    return found[: changes.MAX_PRODUCTS]
