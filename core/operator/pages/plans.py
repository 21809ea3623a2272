"""Plans (套餐): what each allows, with what happens at a limit said beside it."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import request, url_for
from marshmallow.validate import Range
from werkzeug.wrappers import Response

from core.host.registry import host
from core.limits.domain import THEN
from core.operator import acts
from core.operator.pages.auth import current_operator, operates
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.listing import Action, Cell, Column, Empty, Listing, Row
from core.ui.pages import Pages, done, render
from core.web.paging import encode_cursor, word
from core.web.text import Text
from tenants.errors import Refusal
from tenants.plans import MOST, NAMES, NUMBERS, PlanRow

bp = Pages("operator_plans_pages", __name__)
PAGE = 50


def _most(name: str) -> ma.fields.Integer:
    about = {"label": NUMBERS[name], "help": THEN[name]}
    return ma.fields.Integer(load_default=None, allow_none=True, validate=Range(0, MOST), metadata=about)


class ChangeSchema(ma.Schema):
    name = Text(32, required=True, metadata={"label": "名称", "help": "商户看得到"})
    orders_month = _most("orders_month")
    stores = _most("stores")
    staff = _most("staff")
    plugins = _most("plugins")
    plugin_names = ma.fields.List(
        ma.fields.String(), load_default=list,
        metadata={"label": "可用的插件", "help": "一个都不勾为不限；已启用的插件不会因此停用"},
    )


class PlanSchema(ChangeSchema):
    code = Text(32, required=True, metadata={"label": "代码", "help": "小写字母、数字、连字符；以后不能改"})

    class Meta:
        fields = ("code", "name", *NUMBERS, NAMES)


class ContactSchema(ma.Schema):
    contact = Text(
        200, shortest=0, load_default="",
        metadata={"label": "升级套餐找谁", "help": "商户达到上限时看到，例如：客服电话 0319-0000000"},
    )


@bp.route("/plans")
@operates
def index() -> str:
    return render(
        "operator/plans/index.html", title=_("套餐"), listing=_listing(),
        contact=Form(ContactSchema, {"contact": acts.contact()}),
    )


@bp.route("/plans/contact", methods=["POST"])
@operates
def change_contact() -> Response | str:
    form = Form(ContactSchema)
    data = form.submitted()
    if data is None:
        return render("operator/plans/index.html", title=_("套餐"), listing=_listing(), contact=form)
    acts.set_contact(current_operator(), data["contact"])
    return done(_("已保存"), url_for(".index"))


@bp.route("/plans/new", methods=["GET", "POST"])
@operates
def create() -> Response | str:
    form = _form(PlanSchema, {})
    data = form.submitted()
    if data is not None:
        try:
            made = acts.create_plan(current_operator(), data.pop("code"), data.pop("name"), _limits(data))
            return done(_("已新建套餐“%(name)s”", name=made.name), url_for(".index"))
        except Refusal as error:
            form.refuse(error)
    return render("operator/plans/form.html", title=_("新建套餐"), form=form, plan=None)


@bp.route("/plans/<id:plan_id>", methods=["GET", "POST"])
@operates
def change(plan_id: int) -> Response | str:
    plan = acts.plan(plan_id)
    form = _form(ChangeSchema, {"name": plan.name, **plan.limits})
    data = form.submitted()
    if data is not None:
        try:
            acts.change_plan(current_operator(), plan_id, data.pop("name"), _limits(data))
            return done(_("已保存，对 %(n)s 家商户立即生效", n=plan.tenants), url_for(".index"))
        except Refusal as error:
            form.refuse(error)
    return render("operator/plans/form.html", title=plan.name, form=form, plan=plan)


@bp.route("/plans/<id:plan_id>/delete", methods=["POST"])
@operates
def delete(plan_id: int) -> Response:
    acts.delete_plan(current_operator(), plan_id)
    return done(_("已删除套餐"), url_for(".index"))


def _form(schema: type[ma.Schema], values: dict[str, Any]) -> Form:
    """Also the plugins of the plan that are not installed any more, so that saving keeps them."""
    names = sorted({*host().loaded, *values.get(NAMES, ()), *request.form.getlist(NAMES)})
    return Form(schema, values, choices={NAMES: [(name, _plugin(name)) for name in names]})


def _plugin(name: str) -> str:
    found = host().loaded.get(name)
    return told(found.plugin.title) if found else name


def _limits(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, NAMES: data[NAMES] or None}


def _listing() -> Listing:
    plans = acts.all_plans(word(request.args.get("cursor")) or "", PAGE + 1)
    columns = [
        Column("name", _("套餐"), wide=True),
        *(Column(name, told(label), "number", phone=name == "orders_month") for name, label in NUMBERS.items()),
        Column("tenants", _("商户数"), "number"),
    ]
    empty = Empty(
        _("还没有套餐"), _("没有套餐的商户不受任何限制。建一个套餐，再到商户页面为他们选上。"), "packages",
        Action(_("新建套餐"), url_for(".create"), "plus", tone="primary"),
    )
    following = encode_cursor(plans[PAGE - 1].code) if len(plans) > PAGE else None
    return Listing(columns, [_row(plan) for plan in plans[:PAGE]], next=following, empty=empty)


def _row(plan: PlanRow) -> Row:
    limits = {name: plan.limits.get(name, _("不限")) for name in NUMBERS}
    tenants = Cell(plan.tenants, url_for("operator_tenants_pages.index", plan=plan.id))
    return Row({"name": Cell(plan.name, sub=plan.code), **limits, "tenants": tenants}, plan.id,
               url_for(".change", plan_id=plan.id))
