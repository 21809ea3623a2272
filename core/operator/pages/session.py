"""Operators log in, with the code of their app where the second factor is on, and out; and the language."""

from __future__ import annotations

import marshmallow as ma
from flask import g, redirect, request, url_for
from marshmallow.validate import Length
from werkzeug.wrappers import Response

from core.clock import shop_time
from core.operator import service
from core.operator.domain import CODE_LIFE, SESSION_LIFE
from core.operator.errors import LoginLocked, OperatorSessionExpired
from core.operator.pages.auth import HALF, OPERATOR, current_operator, operates
from core.operator.pages.frame import HOME
from core.operator.service import OperatorLogin
from core.ui import csrf
from core.ui.errors import safe_path
from core.ui.forms import Form
from core.ui.i18n import COOKIE, LANGUAGES
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, flash, render
from core.web.pages import cookie, delete_cookie, set_cookie
from tenants.errors import Refusal

bp = Pages("operator_session_pages", __name__)


class LoginSchema(ma.Schema):
    login = ma.fields.String(
        required=True, validate=Length(1, 32), metadata={"label": "登录名", "autocomplete": "username"}
    )
    password = ma.fields.String(
        required=True, validate=Length(1, 128),
        metadata={"label": "密码", "secret": True, "autocomplete": "current-password"},
    )


class CodeSchema(ma.Schema):
    code = ma.fields.String(
        required=True, validate=Length(6, 12),
        metadata={"label": "动态验证码", "help": "验证器应用上的 6 位数字", "autocomplete": "one-time-code"},
    )


@bp.route("/login", methods=["GET", "POST"])
def login() -> Response | str:
    """Login and password; five wrong ones lock the account for fifteen minutes."""
    form = Form(LoginSchema)
    data = form.submitted()
    if data is not None:
        try:
            return _go_on(service.login(data["login"], data["password"]))
        except Refusal as error:
            _refuse(form, error)
    return render("operator/session/login.html", title=_("平台登录"), brand=_("集市平台"), form=form)


@bp.route("/login/code", methods=["GET", "POST"])
def code() -> Response | str:
    """The second step, for five minutes after the first."""
    if not cookie(HALF):
        return redirect(url_for(".login"), 303)
    form = Form(CodeSchema)
    data = form.submitted()
    if data is not None:
        try:
            return _go_on(service.complete_login(cookie(HALF), data["code"]))
        except OperatorSessionExpired:
            flash(_("等待太久，请重新输入密码"), "danger")
            return redirect(url_for(".login", **_after()), 303)
        except Refusal as error:
            _refuse(form, error)
    return render("operator/session/code.html", title=_("动态验证码"), brand=_("集市平台"), form=form)


@bp.route("/logout", methods=["POST"])
@operates
def logout() -> Response:
    service.logout(current_operator())
    response = redirect(url_for(".login"), 303)
    delete_cookie(response, OPERATOR)
    return response


@bp.route("/language")
def change_language() -> Response:
    """For everybody on the platform's host, also who opens a shop."""
    response = redirect(safe_path(request.args.get("next"), "/"), 303)
    if request.args.get("to") in LANGUAGES:
        g.language = request.args["to"]
        response.set_cookie(COOKIE, g.language, max_age=366 * 86400, samesite="Lax")
    return response


def _go_on(found: OperatorLogin) -> Response:
    """To the second step, or in: with a new session and a new secret for forms."""
    if found.needs_code:
        response = redirect(url_for(".code", **_after()), 303)
        set_cookie(response, HALF, found.token, int(CODE_LIFE.total_seconds()))
        return response
    csrf.renew()
    response = redirect(safe_path(request.args.get("next"), HOME), 303)
    set_cookie(response, OPERATOR, found.token, int(SESSION_LIFE.total_seconds()))
    delete_cookie(response, HALF)
    return response


def _after() -> dict[str, str]:
    return {"next": request.args["next"]} if request.args.get("next") else {}


def _refuse(form: Form, error: Refusal) -> None:
    form.refuse(error)
    if isinstance(error, LoginLocked):
        until = shop_time(error.extra["locked_until"])
        form.problem = _("错误次数过多，请在 %(time)s 以后再试", time=f"{until:%H:%M}")
