"""Logging in and out, language, and which store one looks at."""

from __future__ import annotations

import marshmallow as ma
from flask import g, redirect, request
from marshmallow.validate import Length
from werkzeug.wrappers import Response

from core.console.auth import current_staff, requires
from core.db import db
from core.staff import service
from core.ui import csrf
from core.ui.errors import safe_path
from core.ui.forms import Form
from core.ui.i18n import COOKIE, LANGUAGES
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, render
from core.web.pages import delete_cookie, set_cookie
from core.web.tokens import STAFF
from tenants.context import current
from tenants.errors import Refusal

bp = Pages("console_session_pages", __name__)
HOME = "/console/"


class LoginSchema(ma.Schema):
    phone = ma.fields.String(required=True, validate=Length(1, 32), metadata={"label": "手机号", "autocomplete": "username"})
    password = ma.fields.String(
        required=True, validate=Length(1, 128),
        metadata={"label": "密码", "secret": True, "autocomplete": "current-password"},
    )


@bp.route("/login", methods=["GET", "POST"])
def login() -> Response | str:
    """Phone and password; five wrong ones lock the account for fifteen minutes."""
    form = Form(LoginSchema)
    data = form.submitted()
    if data is not None:
        try:
            session = service.login(data["phone"], data["password"])
            db.session.commit()
            return logged_in(session.token)
        except Refusal as error:
            form.refuse(error)
    return render("console/session/login.html", title=_("登录"), brand=current().name, form=form)


def logged_in(token: str) -> Response:
    """Lead on to where the person wanted to go, with a new session and a new secret for forms."""
    csrf.renew()
    response = redirect(safe_path(request.args.get("next"), HOME), 303)
    set_cookie(response, STAFF, token)
    return response


@bp.route("/logout", methods=["POST"])
@requires()
def logout() -> Response:
    service.logout(current_staff().session_id)
    db.session.commit()
    response = redirect("/console/login", 303)
    delete_cookie(response, STAFF)
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
