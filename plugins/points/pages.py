"""Pages for staff, under `/console/plugins/points/`: overview, members, gift shop, levels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.plugin import Refused
from core.plugin.data import session
from core.plugin.pages import Form, Pages, Response, abort, done, render, request, url_for
from core.plugin.pages import gettext as _
from core.plugin.web import context, current_staff, encode_cursor, integer, requires

from . import managing, page_forms, page_rows, reading
from .messages import say
from .showing import LAST

bp = Pages("points_pages", __name__)

PAGE = 20
_FORM = ["GET", "POST"]


@bp.route("/overview")
@requires("points.view")
def overview() -> str:
    """Figures of 30 days, whether the books balance, what waits."""
    now = context().now
    return render(
        "points/overview.html", title=_("积分"), charts=True, figures=reading.figures(session, now - LAST),
        totals=reading.totals(session), waiting=reading.waiting(session, now), may=current_staff().permissions,
        chart=page_rows.chart(reading.daily(session, now - LAST, now)),
    )


@bp.route("/members")
@requires("points.view")
def members() -> str:
    """Accounts, or the one that staff look for."""
    query = {"term": request.args.get("q", "").strip(), "cursor": request.args.get("cursor"), "limit": PAGE}
    return render("points/list.html", title=_("会员积分"), listing=page_rows.members(managing.members(session, query)),
                  sub=_("点一位会员，可以看积分明细、调整积分和等级"), add=None)


@bp.route("/members/<id:buyer_id>")
@requires("points.view")
def member(buyer_id: int) -> str:
    """One account with what changed it."""
    found = _member(buyer_id)
    rows = reading.log(session, buyer_id, integer(request.args.get("cursor")), PAGE + 1)
    following = encode_cursor(rows[PAGE - 1].id) if len(rows) > PAGE else None
    return render(
        "points/member.html", title=page_rows.name_of(found), member=found, listing=page_rows.log(rows[:PAGE], following),
        summary=reading.summary(session, buyer_id, context().now), may=current_staff().permissions,
    )


@bp.route("/members/<id:buyer_id>/adjust", methods=_FORM)
@requires("points.adjust")
def adjust(buyer_id: int) -> Response | str:
    """Give or take points with a reason (争议调整)."""
    found = _member(buyer_id)

    def book(data: dict[str, Any]) -> None:
        key = request.form.get("once", "")[:64] or f"page-{context().now.timestamp()}"
        managing.adjust(session, context().now, buyer_id, {**data, "key": key}, current_staff().id)

    heading = _("调整积分：%(member)s，现有 %(balance)s 积分", member=page_rows.name_of(found), balance=found["balance"])
    return _form(heading, Form(page_forms.AdjustForm), book, _("积分已调整"), url_for(".member", buyer_id=buyer_id))


@bp.route("/members/<id:buyer_id>/level", methods=_FORM)
@requires("points.manage")
def set_level(buyer_id: int) -> Response | str:
    """Set a level by hand."""
    found = _member(buyer_id)
    choices = [(str(level.id), level.name) for level in managing.levels(session)]
    values = {"level_id": str(found["level_id"] or ""), "locked": found["level_locked"]}
    form = Form(page_forms.MemberLevelForm, values, choices={"level_id": choices})

    def store(data: dict[str, Any]) -> None:
        if managing.set_level(session, context().now, buyer_id, data) is None:
            raise Refused("level_unknown", say("level_unknown"))

    heading = _("设置等级：%(member)s", member=page_rows.name_of(found))
    return _form(heading, form, store, _("等级已设置"), url_for(".member", buyer_id=buyer_id))


@bp.route("/gifts")
@requires("points.view")
def gifts() -> str:
    """The gift shop."""
    page = managing.gifts(session, {"cursor": request.args.get("cursor"), "limit": PAGE})
    return render("points/list.html", title=_("积分商城"), listing=page_rows.gifts(page),
                  sub=_("会员用积分兑换的礼品"), add=_adding(".new_gift", _("添加礼品")))


@bp.route("/gifts/new", methods=_FORM, endpoint="new_gift")
@bp.route("/gifts/<id:gift_id>", methods=_FORM, endpoint="edit_gift")
@requires("points.manage")
def gift_form(gift_id: int | None = None) -> Response | str:
    """Put a SKU into the gift shop; change a gift, or take it off the shelf."""
    gift = gift_id and (managing.gift(session, gift_id) or abort(404))
    form = Form(page_forms.GiftForm, page_forms.gift_values(gift) if gift else {})

    def store(data: dict[str, Any]) -> None:
        managing.store_gift(session, page_forms.gift_row(data), gift_id)

    return _form(gift["title"] if gift else _("添加礼品"), form, store, _("礼品已保存"), url_for(".gifts"))


@bp.route("/levels")
@requires("points.view")
def levels() -> str:
    """The ladder, lowest first."""
    return render("points/list.html", title=_("会员等级"), listing=page_rows.levels(managing.levels(session)),
                  sub=_("成长值到了就升级，等级价和积分倍率自动生效"), add=_adding(".new_level", _("添加等级")))


@bp.route("/levels/new", methods=_FORM, endpoint="new_level")
@bp.route("/levels/<id:level_id>", methods=_FORM, endpoint="edit_level")
@requires("points.manage")
def level_form(level_id: int | None = None) -> Response | str:
    """A new step of the ladder, or one that changes."""
    level = level_id and (managing.level(session, level_id) or abort(404))
    form = Form(page_forms.LevelForm, level._asdict() if level else {})

    def store(data: dict[str, Any]) -> None:
        managing.store_level(session, data, level_id)

    remove = url_for(".remove_level", level_id=level_id) if level else ""
    return _form(level.name if level else _("添加等级"), form, store, _("等级已保存"), url_for(".levels"), remove)


@bp.route("/levels/<id:level_id>/remove", methods=["POST"])
@requires("points.manage")
def remove_level(level_id: int) -> Response:
    """Its members fall to what their growth reaches."""
    if managing.remove_level(session, level_id) is None:
        abort(404)
    session.commit()
    return done(_("等级已删除"), url_for(".levels"))


def _adding(endpoint: str, label: str) -> tuple[str, str] | None:
    return (url_for(endpoint), label) if "points.manage" in current_staff().permissions else None


def _member(buyer_id: int) -> dict[str, Any]:
    return managing.member(session, buyer_id) or abort(404)


def _form(
    heading: str, form: Form, store: Callable[[dict[str, Any]], None], said: str, back: str, remove: str = ""
) -> Response | str:
    """Show the form, or store what was entered and go `back`; a refusal is told on the form."""
    data = form.submitted()
    if data is not None:
        try:
            store(data)
            session.commit()
            return done(said, back)
        except Refused as error:
            session.rollback()
            form.problem = error.message
    return render("points/form.html", title=heading, form=form, back=back, remove=remove)
