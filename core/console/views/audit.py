"""Who did what when: filtered by person, kind, thing and days; as a file too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request, url_for
from sqlalchemy import RowMapping
from werkzeug.wrappers import Response

from core.clock import SHOP_ZONE
from core.console.auth import requires
from core.console.views.audit_rows import PERSONS, actor_of, detail_of, row_of, target_of
from core.console.views.people_rows import store_names
from core.host.registry import host
from core.staff import actions, audit, roster
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.listing import Action, Column, Empty, Filter, Listing
from core.ui.pages import Pages, render
from core.web.exports import MAX_ROWS, csv_response, xlsx_response
from core.web.paging import encode_cursor, integer

bp = Pages("console_audit_pages", __name__)

_PAGE = 50
_AT_ONCE = 1000
_TARGET = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_PERSON = re.compile(r"staff:([0-9]{1,18})")
_ORDER = re.compile(r"[0-9]{16}")
_ARGUMENTS = ("who", "kind", "q", "from", "to")
_WRITERS = {"csv": csv_response, "xlsx": xlsx_response}


@bp.route("/audit")
@requires("audit.view")
def index() -> str:
    """The newest first."""
    rows = audit.entries(_PAGE + 1, before=integer(request.args.get("cursor")), **_wanted())
    names = _names(rows)
    columns = (
        Column("at", _("时间"), "moment"), Column("who", _("谁")), Column("what", _("做了什么"), wide=True),
        Column("target", _("对象"), phone=False),
    )
    listing = Listing(
        columns, [row_of(row, names) for row in rows[:_PAGE]],
        next=encode_cursor(rows[_PAGE - 1]["id"]) if len(rows) > _PAGE else None,
        search=_("订单号"), filters=_filters(), exports=_exports(),
        empty=Empty(_("还没有操作记录"), _("改价、退款、调库存、改设置……做过的事都会记在这里。"), "history"),
    )
    return render("console/audit/index.html", title=_("操作记录"), listing=listing)


@bp.route("/audit/export.<any(csv, xlsx):kind>")
@requires("audit.view")
def export(kind: str) -> Response:
    """What the filters find, the newest rows."""
    header = [_("时间"), _("谁"), _("做了什么"), _("代码"), _("对象"), _("详情")]
    return _WRITERS[kind](_("操作记录"), header, _lines(_wanted()))


def _lines(wanted: Mapping[str, Any]) -> Iterator[list[Any]]:
    before, left = None, MAX_ROWS
    while left > 0:
        rows = audit.entries(_AT_ONCE, before=before, **wanted)
        names = _names(rows)
        for row in rows:
            what, target = told(audit.called(row["action"])), target_of(row, names).text
            yield [row["at"], actor_of(row).text, what, row["action"], target, detail_of(row)]
        if len(rows) < _AT_ONCE:
            return
        before, left = rows[-1]["id"], left - len(rows)


def _wanted() -> dict[str, Any]:
    """The filters of the address; what is no filter finds nothing less."""
    return {
        **_person(request.args.get("who", "")),
        "action": _known(request.args.get("kind", ""), [prefix for prefix, _label in _kinds()]),
        "target": _target(request.args.get("q", "").strip()),
        "since": _midnight(request.args.get("from", "")),
        "until": _midnight(request.args.get("to", ""), timedelta(days=1)),
    }


def _known(value: str, choices: list[str]) -> str | None:
    return value if value in choices else None


def _person(chosen: str) -> dict[str, Any]:
    if chosen in PERSONS:
        return {"actor": chosen}
    return {"actor_id": int(chosen)} if chosen.isdecimal() and len(chosen) < 19 else {}


def _target(typed: str) -> str | None:
    """An order by its number, anything else as the log names it; what can't be a name finds nothing."""
    if not typed:
        return None
    if _ORDER.fullmatch(typed):
        return f"order:{typed}"
    return typed if _TARGET.fullmatch(typed) else "-"


def _midnight(day: str, more: timedelta = timedelta()) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day), time(), SHOP_ZONE) + more
    except (ValueError, OverflowError):
        return None


def _kinds() -> list[tuple[str, str]]:
    ours = [(group.prefix, told(group.label)) for group in actions.groups()]
    loaded = [found.plugin for _name, found in sorted(host().loaded.items())]
    return [*ours, *[(f"{plugin.name}.", told(plugin.title)) for plugin in loaded if plugin.audit_words]]


def _names(rows: Sequence[RowMapping]) -> dict[str, dict[str, str]]:
    """What staff, stores and plugins of these lines are called."""
    people = {int(found[1]) for row in rows if (found := _PERSON.fullmatch(row["target"]))}
    return {
        "staff": {str(key): name for key, name in roster.names(people).items()},
        "store": {str(key): name for key, name in store_names().items()},
        "plugin": {name: told(loaded.plugin.title) for name, loaded in host().loaded.items()},
    }


def _filters() -> list[Filter]:
    people = [(str(key), name) for key, name in roster.choices().items()]
    return [
        Filter("who", _("全部人员"), [*people, *((key, str(label)) for key, label in PERSONS.items())]),
        Filter("kind", _("全部操作"), _kinds()),
        Filter("from", _("从"), kind="date"),
        Filter("to", _("到"), kind="date"),
    ]


def _exports() -> list[Action]:
    chosen = urlencode({key: request.args[key] for key in _ARGUMENTS if request.args.get(key)})
    return [Action(kind.upper(), f"{url_for('.export', kind=kind)}?{chosen}") for kind in _WRITERS]
