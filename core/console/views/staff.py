"""Who works for the shop: the list, one person, permissions, and what an owner does for somebody who can't log in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from core.console.auth import current_staff, requires
from core.console.views.people_forms import PersonSchema, check_scope
from core.console.views.people_rows import (
    invitation_shown,
    is_locked,
    person_row,
    roles_to_give,
    scope_choices,
    sessions_shown,
    store_names,
    stores_in_words,
)
from core.db import db
from core.errors import Conflict
from core.staff import invitations, people, regain, roster, sessions
from core.staff.domain import ROLE_LABELS, ROLES, Grants, role_table
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.listing import Action, Column, Empty, Filter, Listing
from core.ui.pages import Pages, done, render
from core.web.paging import encode_cursor, integer

bp = Pages("console_staff_pages", __name__)
EDIT = "staff.edit"
PAGE = 20


@bp.route("/staff")
@requires(EDIT)
def index() -> str:
    """Who works here, page by page, and who was invited and has not come yet."""
    off, words = request.args.get("state") == "off", request.args.get("q", "").strip()
    found = roster.page(PAGE + 1, integer(request.args.get("cursor")), not off, words)
    waiting = invitations.pending(PAGE + 1, integer(request.args.get("invited")))
    names = store_names({store for one in (*found, *waiting) for store in one["store_ids"]})
    return render(
        "console/staff/index.html", title=_("员工"), listing=_people(found, names),
        invited=[invitation_shown(one, names) for one in waiting[:PAGE]],
        earlier=encode_cursor(waiting[PAGE - 1]["id"]) if len(waiting) > PAGE else "",
    )


def _people(found: Sequence[RowMapping], names: dict[int, str]) -> Listing:
    working, gone = roster.counts()
    columns = (
        Column("name", _("员工")), Column("role", _("角色")), Column("stores", _("负责门店"), phone=False),
        Column("two_factor", _("两步验证"), phone=False), Column("seen", _("最近使用"), phone=False),
        Column("state", _("状态")),
    )
    tabs = Filter("state", _("状态"), [("", _("在用")), ("off", _("已停用"))], "tabs", {"": working, "off": gone})
    return Listing(
        columns, [person_row(one, names) for one in found[:PAGE]],
        next=encode_cursor(found[PAGE - 1]["id"]) if len(found) > PAGE else None,
        search=_("姓名或手机号"), filters=[tabs],
        empty=Empty(_("还没有员工"), _("邀请一起看店的人，每人用自己的手机号登录。"), "users",
                    Action(_("邀请员工"), url_for("console_invitations_pages.invite"), "user-plus", tone="primary")),
    )


@bp.route("/staff/roles")
@requires(EDIT)
def roles() -> str:
    """Every permission, and which role has it by itself."""
    return render("console/staff/roles.html", title=_("角色与权限"), groups=_grouped(), roles=ROLE_LABELS)


def _grouped() -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for row in role_table(current_staff().declared):
        groups.setdefault(row.group, []).append(row)
    return groups


@bp.route("/staff/<id:staff_id>", methods=["GET", "POST"])
@requires(EDIT)
def show(staff_id: int) -> Response | str:
    """One person: name, role and stores in a form, and everything else that can be done."""
    actor, person = current_staff(), roster.find(staff_id)
    form = Form(PersonSchema, _values(person), choices={
        "role": [(one["key"], one["label"]) for one in roles_to_give(actor)],
        "store_ids": scope_choices(actor, person["store_ids"]),
    })
    data = form.submitted()
    if data is not None and check_scope(form, data):
        try:
            _change(person, data)
            db.session.commit()
            return done(_("已保存"), url_for(".show", staff_id=staff_id))
        except Conflict as error:
            db.session.rollback()
            form.refuse(error)
    return _page(person, form)


def _values(person: RowMapping) -> dict[str, Any]:
    return {
        "name": person["name"], "role": person["role"], "store_ids": person["store_ids"],
        "scope": "some" if person["store_ids"] else "all",
    }


def _change(person: RowMapping, data: dict[str, Any]) -> None:
    """Only what is another: a name that is corrected doesn't end the person's sessions."""
    given = {"name": data["name"], "role": data["role"], "store_ids": data["store_ids"]}
    changes = {name: value for name, value in given.items() if value != person[name]}
    if changes:
        people.change(current_staff(), person["id"], changes, seen=request.form.get("version"))


def _page(person: RowMapping, form: Form) -> str:
    actor, link = current_staff(), regain.standing_link(person["id"])
    table = role_table(actor.declared)
    labels = {row.name: told(row.label) for row in table}
    return render(
        "console/staff/show.html", title=person["name"], person=person, form=form, me=actor,
        version=request.form.get("version") or roster.version(person), locked=is_locked(person),
        role=told(ROLE_LABELS[person["role"]]), stores=stores_in_words(person["store_ids"]),
        roles=roles_to_give(actor), may=actor.stores is None and _reaches(person),
        added=[labels.get(name, name) for name in person["permissions_added"]],
        removed=[labels.get(name, name) for name in person["permissions_removed"]],
        link=link, link_until=link.at + regain.LINK_LIFE if link else None,
        sessions=sessions_shown(sessions.sessions(person["id"], actor.session_id)),
    )


def _reaches(person: RowMapping) -> bool:
    """Whether this person's account is the actor's to change."""
    actor = current_staff()
    theirs = Grants(
        person["role"], frozenset(person["permissions_added"]), frozenset(person["permissions_removed"])
    ).permissions(actor.declared)
    return list(ROLES).index(actor.role) <= list(ROLES).index(person["role"]) and theirs <= actor.permissions


@bp.route("/staff/<id:staff_id>/permissions", methods=["GET", "POST"])
@requires(EDIT)
def permissions(staff_id: int) -> Response | str:
    """What this person may beyond the role, or may not in spite of it."""
    actor, person = current_staff(), roster.find(staff_id)
    if request.method == "POST":
        added, removed = _exceptions(person, set(request.form.getlist("allowed")))
        data = {"permissions_added": added, "permissions_removed": removed}
        people.change(actor, staff_id, data, seen=request.form.get("version"))
        db.session.commit()
        return done(_("权限已保存，马上生效"), url_for(".show", staff_id=staff_id))
    has = Grants(person["role"], frozenset(person["permissions_added"]), frozenset(person["permissions_removed"]))
    return render(
        "console/staff/permissions.html", title=_("调整权限"), person=person, groups=_grouped(), me=actor,
        allowed=has.permissions(actor.declared), version=roster.version(person), role=told(ROLE_LABELS[person["role"]]),
    )


def _exceptions(person: RowMapping, ticked: set[str]) -> tuple[list[str], list[str]]:
    """(added, removed) so that what is ticked holds; what the actor can't give stays as it was."""
    actor = current_staff()
    rows = {row.name: person["role"] in row.roles for row in role_table(actor.declared) if row.name in actor.permissions}
    kept_added = [name for name in person["permissions_added"] if name not in rows]
    kept_removed = [name for name in person["permissions_removed"] if name not in rows]
    added = [name for name, by_role in rows.items() if not by_role and name in ticked]
    removed = [name for name, by_role in rows.items() if by_role and name not in ticked]
    return sorted({*kept_added, *added}), sorted({*kept_removed, *removed})
