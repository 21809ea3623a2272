"""Somebody of the platform in the shop (进店支持): the way in by a ticket, and what the merchant sees of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from core.clock import now
from core.console.auth import requires
from core.operator import support
from core.operator.domain import SUPPORT_LIFE
from core.ui import csrf
from core.ui.formats import moment
from core.ui.i18n import gettext as _
from core.ui.listing import Cell, Column, Empty, Listing, Row
from core.ui.pages import Pages, render
from core.web.pages import set_cookie
from core.web.paging import encode_cursor, integer
from core.web.tokens import SUPPORT

bp = Pages("console_support_pages", __name__)
PAGE = 20


@bp.route("/support/<ticket>")
def enter(ticket: str) -> Response:
    """The link of the operator's page: good once and for a minute; everything from here on is signed."""
    entered = support.redeem(ticket)
    csrf.renew()
    response = redirect("/console/", 303)
    set_cookie(response, SUPPORT, entered.token, int(SUPPORT_LIFE.total_seconds()))
    return response


@bp.route("/support")
@requires("audit.view")
def index() -> str:
    """Who came when and why, from the shop's own log."""
    visits = support.visits(PAGE + 1, integer(request.args.get("cursor")))
    columns = [
        Column("at", _("进店时间"), "moment"),
        Column("reason", _("原因"), wide=True),
        Column("left", _("离开")),
    ]
    listing = Listing(
        columns, [_row(visit) for visit in visits[:PAGE]],
        next=encode_cursor(visits[PAGE - 1]["id"]) if len(visits) > PAGE else None,
        empty=Empty(_("平台人员没有进过店"), _("需要帮忙时请联系平台，他们要先写明原因才能进店。"), "headset"),
    )
    return render("console/support/index.html", title=_("平台支持"), listing=listing)


def _row(visit: Mapping[str, Any]) -> Row:
    cells = {
        "at": visit["at"],
        "reason": Cell(visit["reason"], sub=visit["operator"]),
        "left": Cell(moment(visit["left_at"])) if visit["left_at"] is not None else _still(visit["expires_at"]),
    }
    return Row(cells, visit["entry_id"])


def _still(until: datetime) -> Cell:
    """Nobody has said goodbye: inside, or put out after the hour."""
    return Cell(_("在店内"), tone="warning") if until > now() else Cell(moment(until), sub=_("到期退出"))
