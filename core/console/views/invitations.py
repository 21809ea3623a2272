"""Inviting people to work for the shop: the form, the link, sending it again, withdrawing it."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from core.console.auth import current_staff, requires
from core.console.views.links import show_link
from core.console.views.people_forms import InviteSchema, check_scope
from core.console.views.people_rows import roles_to_give, scope_choices
from core.console.views.staff import EDIT
from core.db import db
from core.errors import Conflict, Invalid
from core.staff import invitations
from core.staff.invitations import Invited
from core.ui import reveal
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render

bp = Pages("console_invitations_pages", __name__)


@bp.route("/staff/invite", methods=["GET", "POST"])
@requires(EDIT)
def invite() -> Response | str:
    """Who, as what, for which stores."""
    actor = current_staff()
    roles, stores = roles_to_give(actor), scope_choices(actor)
    form = Form(InviteSchema, {"role": "clerk", "scope": "all" if actor.stores is None else "some"}, choices={
        "role": [(one["key"], one["label"]) for one in roles], "store_ids": stores,
    })
    data = form.submitted()
    if data is not None and check_scope(form, data):
        try:
            return _shown(invitations.invite(actor, data))
        except (Conflict, Invalid) as error:
            db.session.rollback()
            form.refuse(error)
    return render("console/staff/invite.html", title=_("邀请员工"), form=form, roles=roles, me=actor)


def _shown(invited: Invited) -> Response:
    until = invited.expires_at.isoformat()
    number = reveal.keep(current_staff().session_id, token=invited.token, until=until)
    db.session.commit()
    return done(_("邀请已生成"), url_for(".link", invitation_id=invited.id, shown=number))


@bp.route("/staff/invitations/<id:invitation_id>")
@requires(EDIT)
def link(invitation_id: int) -> str:
    """The link, this once."""
    return show_link(
        "console_joining_pages.invite", invitations.find(invitation_id), _("邀请链接"),
        url_for("console_staff_pages.index"), again=url_for(".resend", invitation_id=invitation_id),
        withdraw=url_for(".revoke", invitation_id=invitation_id),
    )


@bp.route("/staff/invitations/<id:invitation_id>/resend", methods=["POST"])
@requires(EDIT)
def resend(invitation_id: int) -> Response:
    """A new link; the old one is dead."""
    return _shown(invitations.resend(current_staff(), invitation_id))


@bp.route("/staff/invitations/<id:invitation_id>/revoke", methods=["POST"])
@requires(EDIT)
def revoke(invitation_id: int) -> Response:
    """Withdraw it."""
    invitations.revoke(current_staff(), invitation_id)
    db.session.commit()
    return done(_("邀请已撤回"), url_for("console_staff_pages.index"))
