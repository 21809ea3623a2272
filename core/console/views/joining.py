"""Links that the shop hands to its people: joining by invitation, and a new password. Public, good once."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import url_for
from marshmallow.validate import Length
from werkzeug.wrappers import Response

from core.console.views.session import logged_in
from core.db import db
from core.staff import invitations, regain
from core.staff.domain import ROLE_LABELS
from core.staff.errors import InvitationGone, PasswordLinkGone
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.pages import Pages, done, render
from core.web.text import Text
from tenants.context import current
from tenants.errors import Refusal

bp = Pages("console_joining_pages", __name__)


def _password(label: str) -> ma.fields.String:
    return ma.fields.String(
        required=True, validate=Length(8, 128, error="密码长度应为 8 到 128 位"),
        metadata={"label": label, "secret": True, "autocomplete": "new-password", "help": "至少 8 位"},
    )


class NewPasswordSchema(ma.Schema):
    """A password typed twice: nobody sees what he types."""

    password = _password("新密码")
    again = ma.fields.String(
        required=True, metadata={"label": "再输一次密码", "secret": True, "autocomplete": "new-password"}
    )

    @ma.validates_schema(skip_on_field_errors=True)
    def _twice_the_same(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["password"] != data["again"]:
            raise ma.ValidationError("两次输入的密码不一样", "again")


class JoinSchema(NewPasswordSchema):
    class Meta:
        fields = ("name", "password", "again")

    name = Text(32, required=True, metadata={
        "label": "您的姓名", "help": "同事和操作记录里看到的名字", "autocomplete": "name",
    })
    password = _password("设置密码")


@bp.route("/invite/<token>", methods=["GET", "POST"])
def invite(token: str) -> Response | str | tuple[str, int]:
    """The account is made with the first right submission, and logged in; every later one learns that it's over."""
    try:
        offer = invitations.look(token)
        form = Form(JoinSchema, {"name": offer["name"]})
        data = form.submitted()
        if data is not None:
            session = invitations.accept(token, data["name"], data["password"])
            db.session.commit()
            return logged_in(session.token)
    except InvitationGone as error:
        return _gone(error, _("邀请链接已失效"))
    except Refusal as error:
        db.session.rollback()
        form.refuse(error)
    role = told(ROLE_LABELS[offer["role"]])
    return render("console/session/join.html", title=_("加入店铺"), brand=current().name, form=form, offer=offer, role=role)


@bp.route("/reset/<token>", methods=["GET", "POST"])
def reset(token: str) -> Response | str | tuple[str, int]:
    """A new password; after it one logs in as always, with the second factor where it is on."""
    try:
        account = regain.look(token)
        form = Form(NewPasswordSchema)
        data = form.submitted()
        if data is not None:
            regain.set_password(token, data["password"])
            db.session.commit()
            return done(_("密码已更换，请用新密码登录"), url_for("console_session_pages.login"))
    except PasswordLinkGone as error:
        return _gone(error, _("重设密码的链接已失效"))
    return render(
        "console/session/reset.html", title=_("重设密码"), brand=current().name, form=form, account=account
    )


def _gone(error: Refusal, title: str) -> tuple[str, int]:
    page = render("console/session/gone.html", title=title, brand=current().name, message=told(error.message))
    return page, error.status
