"""The home page of the mini-program (店铺装修): a list of blocks beside a phone that shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from flask import abort, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from core.catalog import naming
from core.console.auth import context, requires
from core.console.views import home_entries as editor
from core.console.views import uploads
from core.console.views.clash import seen_version
from core.db import db
from core.editing import stale
from core.editing.errors import StaleEdit
from core.errors import Conflict
from core.host.blocks import richtext
from core.pages import home
from core.pages.offered import Offered
from core.ui.describing import instance, plain
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.pages import Pages, done, render
from core.web.uploads import form_limits
from tenants.errors import Refusal

bp = Pages("console_home_pages", __name__)
form_limits(bp, new=uploads.MAX_BODY, edit=uploads.MAX_BODY)

EDIT = "home.edit"
_PICTURE = re.compile(r'<img(?:[^>"]|"[^"]*")*>')


@bp.app_template_filter("preview_html")
def preview_html(html: str) -> Markup:
    """Rich text for the preview: cleaned once more, without pictures from elsewhere, which these pages may not load."""
    own = _PICTURE.sub(lambda found: "" if 'src="https:' in found[0] else found[0], richtext.clean(html))
    return Markup(own)


@bp.route("/home")
@requires(EDIT)
def index() -> str:
    """The blocks in order, and the page as shoppers see it."""
    found, known = editor.entries(), editor.kinds()
    return render(
        "console/home/index.html", title=_("店铺装修"), entries=editor.shown(found, known), kinds=_offers(known),
        version=stale.version_of(editor.TARGET), is_default=not home.arrangement(), most=home.MAX_ENTRIES,
        page=home.page(context(), editor.LEVEL),
    )


@bp.route("/home/new/<kind>", methods=["GET", "POST"])
@requires(EDIT)
def new(kind: str) -> Response | str:
    """A block more, at the end of the page."""
    return _block(_kind(kind), None)


@bp.route("/home/blocks/<id:position>", methods=["GET", "POST"])
@requires(EDIT)
def edit(position: int) -> Response | str:
    """What the merchant entered for one block."""
    found = editor.entries()
    if position >= len(found):
        abort(404)
    return _block(_kind(found[position]["kind"]), position)


@bp.route("/home/blocks/<id:position>/<any(up, down, hide, show, remove):act>", methods=["POST"])
@requires(EDIT)
def change(position: int, act: str) -> Response:
    """Move one block, hide it, show it again, or take it away."""
    wanted = request.form.get("mark", "")

    def changed(found: list[editor.Entry]) -> list[editor.Entry]:
        at = editor.place(found, position, wanted)
        if at is None:
            raise Gone
        return _CHANGES[act](found, at)

    editor.replace(seen_version(), changed)
    said = {"hide": _("已隐藏，顾客暂时看不到"), "show": _("已显示给顾客"), "remove": _("已移除")}
    return done(said.get(act, ""), url_for(".index", _anchor="blocks"))


@bp.route("/home/reset", methods=["POST"])
@requires(EDIT)
def reset() -> Response:
    """Back to what a new shop shows."""
    editor.replace(seen_version(), lambda _found: [])
    return done(_("已恢复为默认首页"), url_for(".index"))


def _block(kind: Offered, position: int | None) -> Response | str:
    found = editor.entries()
    stored = found[position] if position is not None else {"kind": kind.name, "settings": {}}
    wanted = request.form.get("mark") or editor.mark(stored)
    schema = kind.kind.settings or ma.Schema
    form = Form(schema, stored["settings"], choices=_choices(kind))
    version = seen_version() if request.method == "POST" else stale.version_of(editor.TARGET)
    data = _read(form) if request.method == "POST" else None
    entry = {"kind": kind.name, "settings": plain(instance(schema).dump(data))} if data is not None else stored
    if data is not None and request.form.get("act") != "preview":
        try:
            editor.replace(version, lambda present: _with(present, entry, position, wanted))
            return done(_("“%(title)s”已保存", title=told(kind.kind.title)), url_for(".index"))
        except StaleEdit as error:
            version = error.extra["current"]["version"]
            form.refuse(Conflict(error.message))
        except Refusal as error:
            form.refuse(error)
            _beside_fields(form, error)
    if request.method == "POST":
        db.session.rollback()
    return render(
        "console/home/block.html", title=told(kind.kind.title), kind=kind, form=form, position=position, mark=wanted,
        version=version, blocks=_drawn(entry, data is not None or position is not None), has_form=bool(form.controls),
    )


def _read(form: Form) -> dict[str, Any] | None:
    """What was typed, with the pictures that came along."""
    typed, form.errors = uploads.posted()
    return form.read(typed)


def _with(
    found: list[editor.Entry], entry: dict[str, Any], position: int | None, wanted: str
) -> list[editor.Entry]:
    if position is None:
        return [*found, entry]
    at = editor.place(found, position, wanted)
    if at is None:
        raise Gone
    hidden = {"hidden": True} if found[at].get("hidden") else {}
    return [*found[:at], entry | hidden, *found[at + 1 :]]


def _drawn(entry: Mapping[str, Any], filled: bool) -> list[dict[str, Any]]:
    return home.trial(context(), entry, editor.LEVEL) if filled else []


def _beside_fields(form: Form, error: Refusal) -> None:
    """The arrangement names its faults by place in the whole page; the form knows its own fields."""
    for fault in error.extra.get("errors", ()):
        _before, found, field = fault["field"].partition(".settings.")
        if found:
            form.errors.setdefault(field, fault["message"])


def _choices(kind: Offered) -> dict[str, Any]:
    return {"category_id": naming.category_choices()} if kind.name == "core.product-grid" else {}


def _kind(name: str) -> Offered:
    return editor.kinds().get(name) or abort(404)


def _offers(known: Mapping[str, Offered]) -> list[dict[str, str]]:
    return [
        {"name": name, "title": told(kind.kind.title), "origin": told(kind.origin), "icon": editor.ICONS.get(name, "puzzle")}
        for name, kind in known.items()
    ]


def _swapped(found: list[editor.Entry], at: int, to: int) -> list[editor.Entry]:
    if 0 <= to < len(found):
        found[at], found[to] = found[to], found[at]
    return found


def _marked(found: list[editor.Entry], at: int, hidden: bool) -> list[editor.Entry]:
    found[at] = {**found[at], "hidden": hidden}
    return found


_CHANGES = {
    "up": lambda found, at: _swapped(found, at, at - 1),
    "down": lambda found, at: _swapped(found, at, at + 1),
    "hide": lambda found, at: _marked(found, at, True),
    "show": lambda found, at: _marked(found, at, False),
    "remove": lambda found, at: [entry for i, entry in enumerate(found) if i != at],
}


class Gone(Conflict):
    """Somebody changed or removed the block meanwhile."""

    code = "home_block_gone"
    message = "这块内容刚刚被别人改动或移除了，请回到首页内容核对"
