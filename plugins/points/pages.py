"""Pages for staff, under `/console/plugins/points/`: overview, members, gift shop, levels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.plugin import Refused
from core.plugin.data import session
from core.plugin.pages import Form, Pages, Response, abort, done, render, request, url_for
from core.plugin.pages import gettext as _
from core.plugin.web import audit, context, current_staff, encode_cursor, integer, requires

from . import managing, page_forms, page_rows, reading
from .messages import say
from .showing import LAST

bp = Pages("points_pages", __name__)

PAGE = 20


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
    rows = reading.log(session, buyer_id, integer(request.args.get("cursor")), PAGE)
    following = encode_cursor(rows[-1].id) if len(rows) == PAGE else None
    return render(
        "points/member.html", title=page_rows.name_of(found), member=found, listing=page_rows.log(rows, following),
        summary=reading.summary(session, buyer_id, context().now), may=current_staff().permissions,
    )


@bp.route("/members/<id:buyer_id>/adjust", methods=["GET", "POST"])
@requires("points.adjust")
def adjust(buyer_id: int) -> Response | str:
    """Give or take points with a reason (争议调整)."""
    found, form = _member(buyer_id), Form(page_forms.AdjustForm)

    def book(data: dict[str, Any]) -> None:
        key = request.form.get("once", "")[:64] or f"page-{context().now.timestamp()}"
        if managing.adjust(session, context().now, buyer_id, {**data, "key": key}, current_staff().id):
            audit("points.adjust", f"buyer:{buyer_id}", points=data["points"], reason=data["reason"])

    back = url_for(".member", buyer_id=buyer_id)
    heading = _("调整积分：%(member)s，现有 %(balance)s 积分", member=page_rows.name_of(found), balance=found["balance"])
    return _saved(form, book, _("积分已调整"), back) or _form_page(heading, form, back)


@bp.route("/members/<id:buyer_id>/level", methods=["GET", "POST"])
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
        audit("points.level", f"buyer:{buyer_id}", level=data["level_id"], locked=data["locked"], reason=data["reason"])

    back = url_for(".member", buyer_id=buyer_id)
    heading = _("设置等级：%(member)s", member=page_rows.name_of(found))
    return _saved(form, store, _("等级已设置"), back) or _form_page(heading, form, back)


@bp.route("/gifts")
@requires("points.view")
def gifts() -> str:
    """The gift shop."""
    return render("points/list.html", title=_("积分商城"), listing=page_rows.gifts(managing.gifts(session)),
                  sub=_("会员用积分兑换的礼品"), add=_adding(".new_gift", _("添加礼品")))


@bp.route("/gifts/new", methods=["GET", "POST"])
@requires("points.manage")
def new_gift() -> Response | str:
    """Put a SKU into the gift shop."""
    form = Form(page_forms.GiftForm)

    def store(data: dict[str, Any]) -> None:
        row = page_forms.gift_row(data)
        gift_id = managing.add_gift(session, row)
        audit("points.gift_add", f"gift:{gift_id}", sku=row["sku_id"], points=row["points"])

    back = url_for(".gifts")
    return _saved(form, store, _("礼品已添加"), back) or _form_page(_("添加礼品"), form, back)


@bp.route("/gifts/<id:gift_id>", methods=["GET", "POST"])
@requires("points.manage")
def edit_gift(gift_id: int) -> Response | str:
    """Change a gift, or take it off the shelf."""
    gift = managing.gift(session, gift_id) or abort(404)
    form = Form(page_forms.GiftForm, page_forms.gift_values(gift))

    def store(data: dict[str, Any]) -> None:
        managing.change_gift(session, gift_id, page_forms.gift_row(data))
        audit("points.gift_change", f"gift:{gift_id}", active=data["active"], stock=data["stock"])

    back = url_for(".gifts")
    return _saved(form, store, _("礼品已保存"), back) or _form_page(gift["title"], form, back)


@bp.route("/levels")
@requires("points.view")
def levels() -> str:
    """The ladder, lowest first."""
    return render("points/list.html", title=_("会员等级"), listing=page_rows.levels(managing.levels(session)),
                  sub=_("成长值到了就升级，等级价和积分倍率自动生效"), add=_adding(".new_level", _("添加等级")))


@bp.route("/levels/new", methods=["GET", "POST"])
@requires("points.manage")
def new_level() -> Response | str:
    """A new step of the ladder."""
    form = Form(page_forms.LevelForm)

    def store(data: dict[str, Any]) -> None:
        audit("points.level_add", f"level:{managing.add_level(session, data)}", **data)

    back = url_for(".levels")
    return _saved(form, store, _("等级已添加"), back) or _form_page(_("添加等级"), form, back)


@bp.route("/levels/<id:level_id>", methods=["GET", "POST"])
@requires("points.manage")
def edit_level(level_id: int) -> Response | str:
    """Change a step."""
    level = managing.level(session, level_id) or abort(404)
    form = Form(page_forms.LevelForm, level._asdict())

    def store(data: dict[str, Any]) -> None:
        managing.change_level(session, level_id, data)
        audit("points.level_change", f"level:{level_id}", **data)

    back = url_for(".levels")
    remove = url_for(".remove_level", level_id=level_id)
    return _saved(form, store, _("等级已保存"), back) or _form_page(level.name, form, back, remove)


@bp.route("/levels/<id:level_id>/remove", methods=["POST"])
@requires("points.manage")
def remove_level(level_id: int) -> Response:
    """Its members fall to what their growth reaches."""
    if managing.remove_level(session, level_id) is None:
        abort(404)
    audit("points.level_remove", f"level:{level_id}")
    session.commit()
    return done(_("等级已删除"), url_for(".levels"))


def _adding(endpoint: str, label: str) -> tuple[str, str] | None:
    return (url_for(endpoint), label) if "points.manage" in current_staff().permissions else None


def _member(buyer_id: int) -> dict[str, Any]:
    return managing.member(session, buyer_id) or abort(404)


def _saved(form: Form, store: Callable[[dict[str, Any]], None], message: str, back: str) -> Response | None:
    """Store what was entered and go back; None when there is nothing to store, or the form says why not."""
    data = form.submitted()
    if data is None:
        return None
    try:
        store(data)
    except Refused as error:
        session.rollback()
        form.problem = error.message
        return None
    session.commit()
    return done(message, back)


def _form_page(heading: str, form: Form, back: str, remove: str = "") -> str:
    return render("points/form.html", title=heading, form=form, back=back, remove=remove)
