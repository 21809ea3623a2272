"""Members: finding them, labels for many at once, one person with orders, notes and the right to be forgotten."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
import orjson
from flask import Response as FileResponse
from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from core.analytics import visits
from core.analytics.scenes import SOURCES, scene_name, source_of
from core.buyers import labels, privacy
from core.buyers.errors import OrdersOpen
from core.buyers.memberschemas import NoteForm
from core.buyers.person import person
from core.console.api.columns import columns
from core.console.auth import acting_id, context, current_staff, requires
from core.console.shell import stores_in_view
from core.console.views import members_rows as rows
from core.console.views.labels import tagged
from core.db import db
from core.errors import Invalid
from core.staff import audit
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.pages import Pages, done, render
from core.web.exports import csv_response, xlsx_response
from core.web.text import Text
from tenants.errors import Refusal

bp = Pages("console_members_pages", __name__)


class EraseForm(ma.Schema):
    typed = Text(64, required=True, metadata={"label": "确认文字"})


@bp.route("/members")
@requires("members.view")
def index() -> str:
    """The latest first; phones are masked for everybody."""
    return render("console/members/index.html", title=_("会员"), listing=rows.listing())


@bp.route("/members/export")
@requires("members.view")
def export() -> FileResponse:
    """What the list shows as a file, phones masked."""
    answer = xlsx_response if request.args.get("format") == "xlsx" else csv_response
    file = answer("members", rows.header(), rows.exported(rows.wanted()))
    audit.record("members.export", "buyers", format=request.args.get("format") or "csv")
    db.session.commit()
    return file


@bp.route("/members/<id:member_id>")
@requires("members.view")
def show(member_id: int) -> str:
    """One person."""
    return _profile(member_id)


@bp.route("/members/<id:member_id>/phone")
@bp.route("/members/<id:member_id>/notes")
@requires("members.view")
def to_person(member_id: int) -> Response:
    """Where only a form leads: who comes by the address sees the person."""
    return redirect(url_for(".show", member_id=member_id), 303)


@bp.route("/members/<id:member_id>/phone", methods=["POST"])
@requires("members.edit")
def reveal(member_id: int) -> str:
    """The same with the whole phone number: it is noted who looked."""
    person(member_id, None, False)
    audit.record("members.phone", f"buyer:{member_id}")
    db.session.commit()
    return _profile(member_id, full_phone=True)


@bp.route("/members/<id:member_id>/tag", methods=["POST"])
@requires("members.edit")
def tag(member_id: int) -> Response:
    """Give one person a label, a new one if it has to be."""
    person(member_id, None, False)
    data = {"label": request.form.get("label", ""), "name": ""}
    data["name"] = "" if data["label"] else _new_name()
    tagged([member_id], data, "add")
    db.session.commit()
    return done(_("标签已保存"), url_for(".show", member_id=member_id))


def _new_name() -> str:
    name = " ".join(request.form.get("name", "").split())
    if len(name) > 20 or not name.isprintable():
        raise Invalid(_("标签名称最多 20 个字"))
    return name


@bp.route("/members/<id:member_id>/untag/<id:label_id>", methods=["POST"])
@requires("members.edit")
def untag(member_id: int, label_id: int) -> Response:
    """Take one label off."""
    labels.untag(label_id, [member_id])
    db.session.commit()
    return done(_("标签已移除"), url_for(".show", member_id=member_id))


@bp.route("/members/<id:member_id>/notes", methods=["POST"])
@requires("members.edit")
def add_note(member_id: int) -> Response | str:
    """Write something down about a person."""
    form = Form(NoteForm)
    data = form.submitted()
    if data is None:
        return _profile(member_id, note=form)
    labels.note(member_id, data["text"], acting_id())
    db.session.commit()
    return done(_("备注已保存"), url_for(".show", member_id=member_id))


@bp.route("/members/<id:member_id>/notes/<id:note_id>/remove", methods=["POST"])
@requires("members.edit")
def remove_note(member_id: int, note_id: int) -> Response:
    """Delete a note."""
    labels.remove_note(member_id, note_id)
    db.session.commit()
    return done(_("备注已删除"), url_for(".show", member_id=member_id))


@bp.route("/members/<id:member_id>/data", methods=["POST"])
@requires("members.edit")
def personal_data(member_id: int) -> FileResponse:
    """Everything the shop keeps about a person, as a file, for who asks for it (PIPL)."""
    current_staff().check_every_store()
    person(member_id, None, False)
    body = orjson.dumps(privacy.export(member_id), option=orjson.OPT_INDENT_2, default=str)
    audit.record("members.data", f"buyer:{member_id}")
    db.session.commit()
    answer = FileResponse(body, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="member-{member_id}.json"'
    return answer


@bp.route("/members/<id:member_id>/erase", methods=["GET", "POST"])
@requires("members.edit")
def erase(member_id: int) -> Response | str:
    """注销: only who types what stands there may do it."""
    current_staff().check_every_store()
    who = person(member_id, None, False)
    word = who["member_no"] or _("注销")
    form = Form(EraseForm)
    data = form.submitted()
    if data is not None:
        try:
            _erase(member_id, data["typed"], word)
            return done(_("会员已注销，个人信息已删除"), url_for(".index"))
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    return render("console/members/erase.html", title=_("注销会员"), who=who, name=rows.name_of(who), word=word, form=form)


def _erase(member_id: int, typed: str, word: str) -> None:
    if typed != word:
        raise Invalid(_("请输入“%(word)s”，一字不差", word=word), field="typed")
    try:
        privacy.erase(member_id)
    except OrdersOpen as error:
        numbers = "、".join(error.extra.get("orders", ())[:3])
        raise Invalid(_("这位会员还有没完成的订单（%(numbers)s），完成或取消后才能注销", numbers=numbers)) from error
    audit.record("members.erase", f"buyer:{member_id}")
    db.session.commit()


def _profile(member_id: int, full_phone: bool = False, note: Form | None = None) -> str:
    who = person(member_id, stores_in_view(), full_phone)
    touch = visits.first_touch(member_id)
    own = columns(context(), "members", [member_id])
    return render(
        "console/members/show.html", title=rows.name_of(who), who=who, name=rows.name_of(who), full_phone=full_phone,
        orders=rows.orders_of(member_id), note=note or Form(NoteForm), tones=rows.LABEL_TONES,
        came=touch and {"at": touch["at"], "source": told(SOURCES[source_of(touch["scene"])]),
                        "scene": told(scene_name(touch["scene"]))},
        consents=privacy.consents(member_id), labels=_missing_labels(who),
        plugin_facts=[(told(one["label"]), one["values"].get(str(member_id), "")) for one in own],
        may_edit="members.edit" in current_staff().permissions, every_store=current_staff().stores is None,
    )  # fmt: skip


def _missing_labels(who: dict[str, Any]) -> list[tuple[str, str]]:
    has = {label["id"] for label in who["labels"]}
    return [choice for choice in rows.label_choices() if choice[0] not in has]
