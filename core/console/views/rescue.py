"""What an owner does for somebody of the staff who can't log in, or may not any more."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from core.console.auth import current_staff, requires
from core.console.views.links import show_link
from core.console.views.staff import EDIT
from core.db import db
from core.staff import people, regain, roster
from core.ui import reveal
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done

bp = Pages("console_rescue_pages", __name__)


def _back(staff_id: int) -> str:
    return url_for("console_staff_pages.show", staff_id=staff_id)


@bp.route("/staff/<id:staff_id>/active", methods=["POST"])
@requires(EDIT)
def switch(staff_id: int) -> Response:
    """Switch an account off, which logs the person out at once, or on again."""
    active = request.form.get("active") == "1"
    people.change(current_staff(), staff_id, {"active": active})
    db.session.commit()
    return done(_("账号已启用") if active else _("账号已停用，登录已全部退出"), _back(staff_id))


@bp.route("/staff/<id:staff_id>/unlock", methods=["POST"])
@requires(EDIT)
def unlock(staff_id: int) -> Response:
    """Five wrong passwords: let the person try again now."""
    regain.unlock(current_staff(), staff_id)
    db.session.commit()
    return done(_("已解锁，可以马上登录"), _back(staff_id))


@bp.route("/staff/<id:staff_id>/two-factor/reset", methods=["POST"])
@requires(EDIT)
def reset_two_factor(staff_id: int) -> Response:
    """The phone is lost: log in with the password alone until the next one is bound."""
    people.reset_two_factor(current_staff(), staff_id)
    db.session.commit()
    return done(_("两步验证已重置，凭密码就能登录，请提醒重新开启"), _back(staff_id))


@bp.route("/staff/<id:staff_id>/sessions/end", methods=["POST"])
@requires(EDIT)
def end_sessions(staff_id: int) -> Response:
    """Log somebody out everywhere."""
    count = people.end_sessions_of(current_staff(), staff_id)
    db.session.commit()
    return done(_("已退出 %(count)s 处登录", count=count), _back(staff_id))


@bp.route("/staff/<id:staff_id>/password-link", methods=["POST"])
@requires(EDIT)
def make_password_link(staff_id: int) -> Response:
    """A link for a new password."""
    actor = current_staff()
    link = regain.password_link(actor, staff_id)
    number = reveal.keep(actor.session_id, token=link.token, until=link.expires_at.isoformat())
    db.session.commit()
    return done("", url_for(".password_link", staff_id=staff_id, shown=number))


@bp.route("/staff/<id:staff_id>/password-link")
@requires(EDIT)
def password_link(staff_id: int) -> str:
    """The link, this once."""
    return show_link(
        "console_joining_pages.reset", roster.find(staff_id), _("重设密码的链接"), _back(staff_id),
        again=url_for(".make_password_link", staff_id=staff_id),
        withdraw=url_for(".withdraw_password_link", staff_id=staff_id) if regain.standing_link(staff_id) else "",
    )


@bp.route("/staff/<id:staff_id>/password-link/withdraw", methods=["POST"])
@requires(EDIT)
def withdraw_password_link(staff_id: int) -> Response:
    """Sent to the wrong chat: it works no more."""
    regain.withdraw_link(current_staff(), staff_id)
    db.session.commit()
    return done(_("链接已撤回，不能再用"), _back(staff_id))
