"""Suspend, reopen, close, change the plan: a form that asks for the reason, each act at an address of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import marshmallow as ma
from flask import url_for
from werkzeug.wrappers import Response

from core.operator import acts, directory
from core.operator.domain import MAX_REASON
from core.operator.pages.auth import current_operator, operates
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.pages import Pages, done, render
from core.web.text import Text
from tenants.errors import Refusal

bp = Pages("operator_acts_pages", __name__)


class ReasonSchema(ma.Schema):
    """`reason` is checked by the act: the length counts without blanks."""

    reason = Text(
        MAX_REASON * 2, required=True,
        metadata={"label": "原因", "multiline": True, "help": "至少 5 个字，写入操作日志"},
    )


class PlanSchema(ReasonSchema):
    plan_id = ma.fields.Integer(load_default=0, metadata={"label": "套餐"})

    class Meta:
        fields = ("plan_id", "reason")


@dataclass(frozen=True, slots=True)
class Act:
    """`told` says what follows; `after` what was done."""

    run: Callable[..., None]
    title: Any
    told: Any
    after: Any
    danger: bool = True


ACTS = {
    "suspend": Act(
        acts.suspend, _l("暂停商户"),
        _l("顾客和员工都打不开店铺，已在途的付款和退款照常到账。数据不动，随时可以恢复。"), _l("已暂停"),
    ),
    "reopen": Act(acts.reopen, _l("恢复商户"), _l("店铺立即恢复营业。"), _l("已恢复营业"), danger=False),
    "close": Act(
        acts.close, _l("关闭商户"), _l("店铺永久停止，不能恢复；数据保留一段时间后清除。请先与商户确认并导出数据。"),
        _l("已关闭"),
    ),
}


@bp.route("/tenants/<id:tenant_id>/<any(suspend, reopen, close):name>", methods=["GET", "POST"])
@operates
def act(tenant_id: int, name: str) -> Response | str:
    about, form = ACTS[name], Form(ReasonSchema)
    data = form.submitted()
    if data is not None:
        try:
            about.run(current_operator(), tenant_id, data["reason"])
            return done(str(about.after), url_for("operator_tenant_pages.show", tenant_id=tenant_id))
        except Refusal as error:
            form.refuse(error)
    return _form_page(tenant_id, about, form)


@bp.route("/tenants/<id:tenant_id>/plan", methods=["GET", "POST"])
@operates
def change_plan(tenant_id: int) -> Response | str:
    row = directory.detail(tenant_id).row
    choices = [(0, _("不限（没有套餐）")), *((plan.id, plan.name) for plan in acts.all_plans())]
    form = Form(PlanSchema, {"plan_id": row["plan_id"] or 0}, choices={"plan_id": choices})
    data = form.submitted()
    if data is not None:
        try:
            acts.assign_plan(current_operator(), tenant_id, data["plan_id"] or None, data["reason"])
            return done(_("已更换套餐"), url_for("operator_tenant_pages.show", tenant_id=tenant_id))
        except Refusal as error:
            form.refuse(error)
    about = Act(acts.assign_plan, _("更换套餐"), _("立即生效；已有的门店、员工和插件都不受影响。"), "", danger=False)
    return _form_page(tenant_id, about, form)


def _form_page(tenant_id: int, about: Act, form: Form) -> str:
    tenant = directory.detail(tenant_id).row
    return render("operator/tenants/act.html", title=about.title, act=about, form=form, tenant=tenant)
