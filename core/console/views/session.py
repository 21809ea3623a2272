"""Logging in (in two steps where two-factor is on) and out, language, and which store one looks at."""

from __future__ import annotations

import marshmallow as ma
from flask import g, redirect, request, url_for
from marshmallow.validate import Length
from werkzeug.wrappers import Response

from core.clock import shop_time
from core.console.auth import current_staff, requires
from core.db import db
from core.operator import support
from core.operator.domain import SupportFacts
from core.staff import service
from core.staff.domain import PENDING_LIFE
from core.staff.errors import AccountLocked, PendingLoginGone
from core.ui import csrf
from core.ui.errors import safe_path
from core.ui.forms import Form
from core.ui.i18n import COOKIE, LANGUAGES
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, flash, render
from core.web.pages import cookie, delete_cookie, set_cookie
from core.web.text import Text
from core.web.tokens import STAFF, SUPPORT
from tenants.context import current
from tenants.errors import Refusal

bp = Pages("console_session_pages", __name__)
HOME = "/console/"
PENDING = "pending"


class LoginSchema(ma.Schema):
    phone = ma.fields.String(required=True, validate=Length(1, 32), metadata={"label": "手机号", "autocomplete": "username"})
    password = ma.fields.String(
        required=True, validate=Length(1, 128),
        metadata={"label": "密码", "secret": True, "autocomplete": "current-password"},
    )


class CodeSchema(ma.Schema):
    code = Text(32, required=True, metadata={
        "label": "验证码", "autocomplete": "one-time-code",
        "help": "打开手机上的验证器，填写其中的 6 位数字。手机不在身边时，填写一个恢复码。",
    })


@bp.route("/login", methods=["GET", "POST"])
def login() -> Response | str:
    """Phone and password; five wrong ones lock the account for fifteen minutes."""
    form = Form(LoginSchema)
    data = form.submitted()
    if data is not None:
        try:
            result = service.login(data["phone"], data["password"])
            db.session.commit()
            return _second_step(result) if isinstance(result, service.SecondFactorNeeded) else logged_in(result.token)
        except Refusal as error:
            refuse(form, error)
    return render("console/session/login.html", title=_("登录"), brand=current().name, form=form)


def _second_step(waiting: service.SecondFactorNeeded) -> Response:
    response = redirect(url_for(".second_factor", **_onward()), 303)
    set_cookie(response, PENDING, waiting.pending, max_age=int(PENDING_LIFE.total_seconds()))
    return response


@bp.route("/login/code", methods=["GET", "POST"])
def second_factor() -> Response | str:
    """A code of the app, or a recovery code; wrong ones count like wrong passwords."""
    pending, form = cookie(PENDING), Form(CodeSchema)
    if not pending:
        return redirect(url_for(".login", **_onward()), 303)
    data = form.submitted()
    if data is not None:
        try:
            session = service.complete_login(pending, data["code"])
            db.session.commit()
            return logged_in(session.token)
        except PendingLoginGone as error:
            flash(error.message, "danger")
            return redirect(url_for(".login", **_onward()), 303)
        except Refusal as error:
            refuse(form, error)
    return render("console/session/code.html", title=_("两步验证"), brand=current().name, form=form, onward=_onward())


def refuse(form: Form, error: Refusal) -> None:
    """Show the refusal; of a lock-out say how long it lasts."""
    if isinstance(error, AccountLocked):
        until = f"{shop_time(error.extra['locked_until']):%H:%M}"
        form.problem = _("输错次数过多，账号已锁定。请在 %(time)s 之后再试，或请店主为您解锁。", time=until)
    else:
        form.refuse(error)


def _onward() -> dict[str, str]:
    """Where the person wanted to go, for the next step."""
    place = safe_path(request.args.get("next"), "")
    return {"next": place} if place else {}


def logged_in(token: str) -> Response:
    """Lead on to where the person wanted to go, with a new session and a new secret for forms."""
    csrf.renew()
    response = redirect(safe_path(request.args.get("next"), HOME), 303)
    set_cookie(response, STAFF, token)
    delete_cookie(response, PENDING)
    delete_cookie(response, SUPPORT)
    return response


@bp.route("/logout", methods=["POST"])
@requires()
def logout() -> Response:
    """End the session; somebody of the platform leaves the shop."""
    staff = current_staff()
    if isinstance(staff, SupportFacts):
        support.leave(staff)
    else:
        service.logout(staff.session_id)
        db.session.commit()
    response = redirect("/console/login", 303)
    delete_cookie(response, SUPPORT if isinstance(staff, SupportFacts) else STAFF)
    return response


@bp.route("/language")
def change_language() -> Response:
    """Nothing but a matter of taste: a GET may change it."""
    response = redirect(safe_path(request.args.get("next"), HOME), 303)
    if request.args.get("to") in LANGUAGES:
        g.language = request.args["to"]
        response.set_cookie(COOKIE, g.language, max_age=366 * 86400, samesite="Lax")
    return response


@bp.route("/store")
@requires()
def choose_store() -> Response:
    """Look at one store, or at all."""
    response = redirect(safe_path(request.args.get("next"), HOME), 303)
    chosen = request.args.get("id", "")
    if chosen.isdigit() and len(chosen) < 19:
        current_staff().check_store(int(chosen))
        set_cookie(response, "store", chosen)
    else:
        delete_cookie(response, "store")
    return response
