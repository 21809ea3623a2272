"""One's own account: name, password, and where one is logged in. Two-factor stands in `twofactor.py`."""

from __future__ import annotations

import marshmallow as ma
from flask import url_for
from marshmallow.validate import Length
from werkzeug.wrappers import Response

from core.console.auth import current_staff, requires
from core.console.shell import ROLE_NAMES
from core.console.views.joining import NewPasswordSchema
from core.console.views.people_rows import sessions_shown, stores_in_words
from core.console.views.session import refuse
from core.db import db
from core.errors import Forbidden
from core.staff import people, sessions, twofactor
from core.staff.domain import StaffFacts
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render
from core.web.text import Text
from tenants.errors import Refusal

bp = Pages("console_account_pages", __name__)


class NameSchema(ma.Schema):
    name = Text(32, required=True, metadata={"label": "姓名", "help": "同事和操作记录里看到的名字", "autocomplete": "name"})


class PasswordSchema(NewPasswordSchema):
    class Meta:
        fields = ("old", "password", "again")

    old = ma.fields.String(
        required=True, validate=Length(1, 128),
        metadata={"label": "原密码", "secret": True, "autocomplete": "current-password"},
    )


def own() -> StaffFacts:
    """Who acts, as somebody with an account here; raises Forbidden for support of the platform."""
    staff = current_staff()
    if not staff.session_id:
        raise Forbidden(_("平台支持没有这家店铺的账号"))
    return staff


@bp.route("/account")
@requires()
def index() -> str:
    """Who one is, and how safe the account is."""
    staff = own()
    return render(
        "console/account/index.html", title=_("账号与安全"), me=staff, role=ROLE_NAMES[staff.role],
        stores=stores_in_words(staff.scope or ()), two_factor=twofactor.state(staff.id),
        sessions=sessions_shown(sessions.sessions(staff.id, staff.session_id)),
    )


@bp.route("/account/name", methods=["GET", "POST"])
@requires()
def rename() -> Response | str:
    """What the others call one."""
    staff = own()
    form = Form(NameSchema, {"name": staff.name})
    data = form.submitted()
    if data is not None:
        people.rename(staff.id, data["name"])
        db.session.commit()
        return done(_("姓名已修改"), url_for(".index"))
    return render("console/account/form.html", title=_("修改姓名"), form=form)


@bp.route("/account/password", methods=["GET", "POST"])
@requires()
def change_password() -> Response | str:
    """The old one and twice the new one; the other devices are logged out."""
    staff, form = own(), Form(PasswordSchema)
    data = form.submitted()
    if data is not None:
        try:
            people.change_own_password(staff.id, staff.session_id, data["old"], data["password"])
            db.session.commit()
            return done(_("密码已更换，其他设备已退出登录"), url_for(".index"))
        except Refusal as error:
            db.session.rollback()
            refuse(form, error)
    return render("console/account/form.html", title=_("更换密码"), form=form)


@bp.route("/account/sessions/<id:session_id>/end", methods=["POST"])
@requires()
def end_session(session_id: int) -> Response:
    """Log out in one place."""
    sessions.end_session(own().id, session_id)
    db.session.commit()
    return done(_("已退出这处登录"), url_for(".index"))


@bp.route("/account/sessions/end-others", methods=["POST"])
@requires()
def end_others() -> Response:
    """Log out everywhere but here."""
    staff = own()
    count = sessions.end_other_sessions(staff.id, staff.session_id)
    db.session.commit()
    return done(_("已退出其他 %(count)s 处登录", count=count), url_for(".index"))
