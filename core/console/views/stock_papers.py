"""Papers of many lines: everything that a delivery brought, or that goes to another store, booked at once.

Lines are typed or scanned row by row, or pasted as a list. Enter never books: without a script it asks for a check and
more rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request, url_for
from werkzeug.wrappers import Response as Answer

from core.console.auth import requires
from core.console.views.stock import EDIT
from core.console.views.stock_acts import RECEIVE, TRANSFER, Act, check_target
from core.db import db
from core.stock import byhand, papers
from core.stock.errors import NotEnough
from core.stock.papers import MAX_LINES, Line
from core.stores.domain import StoreFacts
from core.stores.service import find_store
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.pages import Pages, done, render
from core.web import reply
from core.web.fields import quantity_text
from tenants.errors import Refusal

bp = Pages("console_stock_papers_pages", __name__)

SPARE = 6
_INPUT = re.compile(r"lines\.([0-9]{1,4})\.(code|quantity)")
_NUMBER = re.compile(r"[A-Z]{2}[0-9]{16}")
_LONGEST = 200


@bp.route("/stock/<id:store_id>/receive", methods=["GET", "POST"])
@requires(EDIT, store="store_id")
def receive(store_id: int) -> Answer | str:
    """入库 of many goods."""
    return _paper(RECEIVE, store_id)


@bp.route("/stock/<id:store_id>/transfer", methods=["GET", "POST"])
@requires(EDIT, store="store_id")
def transfer(store_id: int) -> Answer | str:
    """调拨 of many goods."""
    return _paper(TRANSFER, store_id)


@bp.route("/stock/<id:store_id>/goods")
@requires(EDIT, store="store_id")
def goods(store_id: int) -> Response:
    """What a scanned code is, for the row that it was scanned into."""
    code = request.args.get("code", "")[:_LONGEST]
    found = papers.find(find_store(store_id).id, [code]).get(code)
    return reply.json({"about": about(found) if found else "", "fault": "" if found else told(papers.unknown(code))})


def _paper(act: Act, store_id: int) -> Answer | str:
    store, form = find_store(store_id), act.form(store_id, act.head)
    if request.method == "GET":
        return _page(act, store, form, [], byhand.new_number(act.prefix))
    typed, number = _typed(), _number(act)
    if len(typed) > MAX_LINES:
        form.typed, form.problem = request.form, _("一次最多 %(count)s 行，请分几次", count=MAX_LINES)
        return _page(act, store, form, _rows(), number, request.form.get("pasted", ""))
    lines = papers.read(store_id, typed)
    if "more" in request.form:
        form.typed = request.form
        return _page(act, store, form, lines, number)
    data = form.submitted()
    if not lines:
        form.problem = _("还没有填写商品，请扫描或填写至少一行")
    elif not all(line.is_good for line in lines):
        form.problem = _("有 %(count)s 行需要改正，还没有保存", count=sum(not line.is_good for line in lines))
    elif data is not None:
        return _booked(act, store, form, lines, data, number)
    return _page(act, store, form, lines, number)


def _booked(
    act: Act, store: StoreFacts, form: Form, lines: list[Line], data: Mapping[str, Any], number: str
) -> Answer | str:
    check_target(data)
    try:
        wanted = papers.totals(lines)
        booked = act.book(store.id, wanted, data, number)
        db.session.commit()
        said = str(act.said_many) % {"count": len(wanted), "number": booked}
        return done(said, url_for("console_stock_pages.index", store=store.id))
    except NotEnough as error:
        db.session.rollback()
        lines = papers.short(lines, error.extra["skus"])
        form.refuse(error)
    except Refusal as error:
        db.session.rollback()
        form.refuse(error)
    return _page(act, store, form, lines, byhand.new_number(act.prefix))


def _page(
    act: Act, store: StoreFacts, form: Form, lines: Sequence[Line], number: str, pasted: str = ""
) -> str:
    _one, title, confirm = act.titles
    return render(
        "console/stock/paper.html", title=title, confirm=confirm, store=store, form=form, number=number, pasted=pasted,
        lines=[*lines, *[Line("")] * SPARE], focus="" if form.problem else _focus(lines), about=about, most=MAX_LINES,
    )


def _focus(lines: Sequence[Line]) -> str:
    """The input where typing goes on: a quantity that is missing, else the first empty row."""
    waiting = next((at for at, line in enumerate(lines) if line.goods and not line.quantity), None)
    return f"lines.{len(lines)}.code" if waiting is None else f"lines.{waiting}.quantity"


def about(found: Mapping[str, Any]) -> str:
    """The goods of a line in words."""
    there = _("现存 %(amount)s %(unit)s", amount=quantity_text(found["on_hand"]), unit=found["unit"])
    return " · ".join(part for part in (found["title"], found["spec"], there) if part)


def _typed() -> list[Line]:
    return [*_rows(), *papers.split(request.form.get("pasted", ""))]


def _rows() -> list[Line]:
    """The rows in which something was typed, in their order."""
    found: dict[int, dict[str, str]] = {}
    for name, value in request.form.items():
        if (at := _INPUT.fullmatch(name)) and value.strip():
            found.setdefault(int(at[1]), {})[at[2]] = value.strip()
    return [Line(row.get("code", ""), row.get("quantity", "")) for _number, row in sorted(found.items())]


def _number(act: Act) -> str:
    """The paper's number, which was drawn with the form: the same form sent again is the same paper."""
    number = request.form.get("paper", "")
    return number if _NUMBER.fullmatch(number) and number.startswith(act.prefix) else byhand.new_number(act.prefix)
