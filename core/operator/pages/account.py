"""The own account: password, and the second factor."""

from __future__ import annotations

import marshmallow as ma
from flask import url_for
from marshmallow.validate import Length
from werkzeug.wrappers import Response

from core import totp
from core.operator import accounts
from core.operator.pages.auth import current_operator, operates
from core.operator.pages.operators import new_password
from core.operator.pages.session import CodeSchema
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render
from tenants.errors import Refusal

bp = Pages("operator_account_pages", __name__)


class OwnPasswordSchema(ma.Schema):
    old = ma.fields.String(
        required=True, validate=Length(1, 128),
        metadata={"label": "原密码", "secret": True, "autocomplete": "current-password"},
    )
    new = new_password("新密码")


@bp.route("/account")
@operates
def show() -> str:
    return _page(Form(OwnPasswordSchema), Form(CodeSchema))


@bp.route("/account/password", methods=["POST"])
@operates
def change_password() -> Response | str:
    form = Form(OwnPasswordSchema)
    data = form.submitted()
    if data is not None:
        try:
            accounts.change_own_password(current_operator(), data["old"], data["new"])
            return done(_("密码已修改，其他地方的登录已全部退出"), url_for(".show"))
        except Refusal as error:
            form.refuse(error)
    return _page(form, Form(CodeSchema))


@bp.route("/account/code", methods=["POST"])
@operates
def enrol() -> Response:
    accounts.enrol(current_operator())
    return done("", url_for(".show"))


@bp.route("/account/code/confirm", methods=["POST"])
@operates
def confirm() -> Response | str:
    form = Form(CodeSchema)
    data = form.submitted()
    if data is not None:
        try:
            accounts.confirm(current_operator(), data["code"])
            return done(_("动态验证码已启用，下次登录时需要输入"), url_for(".show"))
        except Refusal as error:
            form.refuse(error)
    return _page(Form(OwnPasswordSchema), form)


def _page(password: Form, code: Form) -> str:
    who = current_operator()
    enrolment = None if who.totp else accounts.enrolment(who)
    return render(
        "operator/operators/account.html", title=_("我的账号"), who=who, password=password, code=code,
        enrolment=enrolment, qr=totp.qr_svg(enrolment.uri) if enrolment else "",
        groups=[enrolment.secret[at : at + 4] for at in range(0, len(enrolment.secret), 4)] if enrolment else (),
    )
