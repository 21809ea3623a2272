"""Two-factor login (两步验证) of one's own account: binding an app, recovery codes, switching off."""

from __future__ import annotations

from collections.abc import Sequence

import marshmallow as ma
from flask import request, url_for
from marshmallow.validate import Length
from werkzeug.wrappers import Response

from core.console.auth import requires
from core.console.views.account import own
from core.console.views.session import refuse
from core.db import db
from core.staff import twofactor
from core.ui import reveal
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render
from core.web.text import Text
from tenants.errors import Refusal

bp = Pages("console_two_factor_pages", __name__)


class CodeSchema(ma.Schema):
    code = Text(32, required=True, metadata={
        "label": "验证码", "autocomplete": "one-time-code", "help": "验证器里这家店铺下面的 6 位数字",
    })


class TurnOffSchema(ma.Schema):
    password = ma.fields.String(
        required=True, validate=Length(1, 128),
        metadata={"label": "登录密码", "secret": True, "autocomplete": "current-password"},
    )
    code = Text(32, required=True, metadata={
        "label": "验证码", "autocomplete": "one-time-code", "help": "验证器里的 6 位数字，或一个恢复码",
    })


@bp.route("/account/two-factor", methods=["GET", "POST"])
@requires()
def show() -> Response | str:
    """What it is, the QR code while an app is being bound, or how many recovery codes are left."""
    staff, form = own(), Form(CodeSchema)
    data = form.submitted()
    if data is not None:
        try:
            return _reveal(twofactor.confirm(staff.id, data["code"]))
        except Refusal as error:
            db.session.rollback()
            refuse(form, error)
    state = twofactor.state(staff.id)
    enrolment = twofactor.enrolment(staff.id) if state["enrolling"] else None
    return render(
        "console/account/two_factor.html", title=_("两步验证"), form=form, state=state, enrolment=enrolment,
        key=_in_groups(enrolment.secret) if enrolment else "",
    )


@bp.route("/account/two-factor/start", methods=["POST"])
@requires()
def start() -> Response:
    """A new secret to scan."""
    twofactor.enrol(own().id)
    db.session.commit()
    return done("", url_for(".show"))


@bp.route("/account/two-factor/recovery-codes")
@requires()
def codes() -> str:
    """The recovery codes, this once."""
    shown = reveal.take(own().session_id, request.args.get("shown"))
    return render("console/account/codes.html", title=_("恢复码"), codes=shown["codes"] if shown else [], me=own())


@bp.route("/account/two-factor/renew", methods=["GET", "POST"])
@requires()
def renew() -> Response | str:
    """New recovery codes; the old ones are worth nothing any more."""
    staff, form = own(), Form(CodeSchema)
    data = form.submitted()
    if data is not None:
        try:
            return _reveal(twofactor.renew_recovery_codes(staff.id, data["code"]))
        except Refusal as error:
            db.session.rollback()
            refuse(form, error)
    return render(
        "console/account/form.html", title=_("更换恢复码"), form=form, back=url_for(".show"),
        why=_("更换后，原来的恢复码全部作废。"), submit=_("更换恢复码"),
    )


@bp.route("/account/two-factor/off", methods=["GET", "POST"])
@requires()
def turn_off() -> Response | str:
    """Log in with the password alone from now on."""
    staff, form = own(), Form(TurnOffSchema)
    data = form.submitted()
    if data is not None:
        try:
            twofactor.turn_off(staff.id, data["password"], data["code"])
            db.session.commit()
            return done(_("两步验证已关闭"), url_for(".show"))
        except Refusal as error:
            db.session.rollback()
            refuse(form, error)
    return render(
        "console/account/form.html", title=_("关闭两步验证"), form=form, back=url_for(".show"), danger=True,
        why=_("关闭后，只凭手机号和密码就能登录，密码泄露时账号不再受保护。"), submit=_("关闭两步验证"),
    )


def _reveal(codes: Sequence[str]) -> Response:
    number = reveal.keep(own().session_id, codes=list(codes))
    db.session.commit()
    return done(_("恢复码已生成，请马上保存"), url_for(".codes", shown=number))


def _in_groups(secret: str) -> str:
    """`ABCD EFGH …`, for whoever types it."""
    return " ".join(secret[at:at + 4] for at in range(0, len(secret), 4))
