"""The labels that a shop gives its members: making them, and giving one to many people at once."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from core.buyers import labels
from core.buyers.errors import LabelNotFound
from core.buyers.memberschemas import LabelForm
from core.console.auth import current_staff, requires
from core.console.views import members_rows as rows
from core.db import db
from core.errors import Invalid
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render
from core.web.text import Text
from tenants.errors import Refusal

bp = Pages("console_labels_pages", __name__)
LIST = "console_members_pages.index"
CHOSEN, MATCHING = "chosen", "matching"


class TagManyForm(ma.Schema):
    """One label for the chosen people, an existing one or a new one."""

    label = ma.fields.String(load_default="", metadata={"label": "选一个标签"})
    name = Text(20, 0, load_default="", metadata={"label": "或新建标签", "help": "例如 常客、团购群；选了已有标签就不用填"})
    who = ma.fields.String(required=True, metadata={"label": "给谁"})


@bp.route("/members/labels", methods=["GET", "POST"])
@requires("members.view")
def index() -> Response | str:
    """All of them, and a form for a new one."""
    staff, form = current_staff(), Form(LabelForm)
    data = form.submitted()
    if data is not None:
        staff.check_permission("members.edit")
        try:
            labels.create_label(data["name"], data["colour"])
            db.session.commit()
            return done(_("标签已新建"), url_for(".index"))
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    return render(
        "console/members/labels.html", title=_("会员标签"), labels=labels.all_labels(), form=form, tones=rows.LABEL_TONES,
        may_edit="members.edit" in staff.permissions,
    )


@bp.route("/members/labels/<id:label_id>", methods=["GET", "POST"])
@requires("members.edit")
def change(label_id: int) -> Response | str:
    """Another name, another colour."""
    label = next((label for label in labels.all_labels() if label["id"] == label_id), None)
    if label is None:
        raise LabelNotFound
    form = Form(LabelForm, label)
    data = form.submitted()
    if data is not None:
        try:
            labels.change_label(label_id, data["name"], data["colour"])
            db.session.commit()
            return done(_("标签已保存"), url_for(".index"))
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    return render("console/members/label.html", title=_("修改标签"), form=form)


@bp.route("/members/labels/<id:label_id>/remove", methods=["POST"])
@requires("members.edit")
def remove(label_id: int) -> Response:
    """Nobody carries it any more."""
    labels.remove_label(label_id)
    db.session.commit()
    return done(_("标签已删除"), url_for(".index"))


@bp.route("/members/tag")
@requires("members.view")
def to_list() -> Response:
    """Where only a form leads: who comes by the address sees the list."""
    return redirect(url_for(LIST), 303)


@bp.route("/members/tag", methods=["POST"])
@requires("members.edit")
def tag_many() -> Response | str:
    """First asks which label, then gives it to the chosen people, or to everybody whom the filters of the list leave."""
    people, everybody = rows.chosen(), rows.matching()
    choices = {"label": rows.label_choices(), "who": _who(people, everybody)}
    drawn = [name for name, least in (("label", 1), ("who", 2)) if name in request.form or len(choices[name]) >= least]
    form = Form(TagManyForm, {"who": CHOSEN}, choices=choices, only=["name", *drawn])
    data = form.submitted() if "todo" in request.form else None
    if data is not None:
        try:
            message = tagged(_people(data.get("who"), people, everybody), {"label": "", **data}, request.form["todo"])
            db.session.commit()
            return done(message, url_for(LIST, **rows.asked()))
        except Refusal as error:
            db.session.rollback()
            form.refuse(error)
    form.typed = form.typed if "todo" in request.form else None
    return render(
        "console/members/tag.html", title=_("打标签"), form=form, people=people, too_many=everybody is None,
        most=rows.MOST_CHOSEN, asked=rows.asked(), has_labels=bool(choices["label"]),
    )


def _who(people: list[int], everybody: list[int] | None) -> list[tuple[str, str]]:
    found = [(CHOSEN, _("选中的 %(count)s 位", count=len(people)))]
    if everybody is not None and len(everybody) > len(people):
        found.append((MATCHING, _("列表里符合条件的全部 %(count)s 位", count=len(everybody))))
    return found


def _people(who: str | None, people: list[int], everybody: list[int] | None) -> list[int]:
    if who != MATCHING:
        return people
    if everybody is None:
        text = _("符合条件的会员超过 %(most)s 位，请先在列表里缩小范围，再分几次打标签", most=rows.MOST_CHOSEN)
        raise Invalid(text, field="who")
    return everybody


def tagged(people: list[int], data: dict[str, Any], todo: str) -> str:
    """Give people a label (`data`: the id of one, or a name) or take it off them; what to say about it."""
    label = data["label"]
    if label and not (label.isascii() and label.isdecimal() and len(label) < 19):
        raise Invalid(_("请选择标签"), field="label")
    if todo == "remove":
        if not label:
            raise Invalid(_("请选择要移除的标签"), field="label")
        return _("已从 %(count)s 位会员移除标签", count=labels.untag(int(label), people))
    if not label and not data["name"]:
        raise Invalid(_("请选择标签，或填写新标签的名称"), field="label")
    return _("已给 %(count)s 位会员打上标签", count=labels.tag(_label(label, data["name"]), people))


def _label(chosen: str, name: str) -> int:
    """The chosen label, or a new one; a name that is taken means the label that has it."""
    if chosen:
        return int(chosen)
    known = next((label["id"] for label in labels.all_labels() if label["name"] == name), None)
    return known or labels.create_label(name)
