"""对账: each day's bill of WeChat against our own books, and what became of every difference."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import marshmallow as ma
from flask import request, url_for
from werkzeug.wrappers import Response

from core.clock import now, shop_time
from core.console.api.bills import VIEW
from core.console.api.bills import before as before_key
from core.console.auth import current_staff, requires
from core.console.views import bills_rows
from core.db import db
from core.errors import Invalid
from core.payments import bills, differences
from core.payments.errors import DifferenceNotFound
from core.staff import audit
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render
from core.web.paging import encode_cursor, integer
from core.web.text import Text
from tenants.errors import Refusal

bp = Pages("console_bills_pages", __name__)

_DAYS, _PAGE = 31, 50
_SINCE = timedelta(days=366)


class SolvedSchema(ma.Schema):
    note = Text(
        500, required=True,
        metadata={"label": "查明的原因", "help": "例如：顾客在别处付的款，已联系退回", "multiline": True},
    )


@bp.route("/bills")
@requires(VIEW)
def index() -> str:
    """The compared days, the newest first."""
    current_staff().check_every_store()
    today = shop_time(now()).date()
    rows = differences.days((today - _SINCE, today), before_key(request.args.get("cursor")), _DAYS + 1)
    listing = bills_rows.days(rows[:_DAYS])
    if len(rows) > _DAYS:
        listing.next = encode_cursor(rows[_DAYS - 1]["day"].isoformat(), rows[_DAYS - 1]["id"])
    return render(
        "console/bills/index.html", title=_("对账"), listing=listing, last=bills.last_ready_day(),
        open=sum(row["unresolved"] for row in rows[:_DAYS]), first=bills.last_ready_day() - timedelta(days=89),
    )


@bp.route("/bills/<day>")
@requires(VIEW)
def show(day: str) -> str:
    """A day: what WeChat says, what we say, and each difference with what to do."""
    current_staff().check_every_store()
    on = _day(day)
    accounts = differences.days((on, on))
    cursor = integer(request.args.get("cursor"))
    rows = differences.differences(on, cursor, _PAGE + 1) if accounts else []
    return render(
        "console/bills/show.html", title=_("%(day)s 的账单", day=on), day=on,
        accounts=[bills_rows.account(row) for row in accounts],
        differences=[bills_rows.difference(row) for row in rows[:_PAGE]],
        is_ready=on <= bills.last_ready_day(), next=encode_cursor(rows[_PAGE - 1]["id"]) if len(rows) > _PAGE else None,
    )


@bp.route("/bills/<day>/differences/<id:difference_id>", methods=["GET", "POST"])
@requires(VIEW)
def resolve(day: str, difference_id: int) -> Response | str:
    """Note what a difference was."""
    staff = current_staff()
    staff.check_every_store()
    found = _difference(_day(day), difference_id)
    form = Form(SolvedSchema)
    if (data := form.submitted()) is not None:
        try:
            differences.resolve(difference_id, data["note"], staff.id)
            audit.record("bills.resolve", f"bill_difference:{difference_id}")
            db.session.commit()
            return done(_("已登记"), url_for(".show", day=day))
        except Refusal as error:
            form.refuse(error)
    return render(
        "console/bills/resolve.html", title=_("登记原因"), form=form, one=bills_rows.difference(found), day=day
    )


@bp.route("/bills/fetch", methods=["POST"])
@requires(VIEW)
def fetch() -> Response:
    """Fetch the bill of a day and compare it anew; it happens a moment later."""
    current_staff().check_every_store()
    day = _day(request.form.get("day", ""))
    bills.fetch_again(day)
    audit.record("bills.fetch", f"bill_day:{day}")
    db.session.commit()
    return done(_("已安排重新取账单，一两分钟后刷新看结果"), url_for(".show", day=day.isoformat()))


def _difference(day: date, difference_id: int) -> Any:
    found = differences.differences(day, difference_id - 1, 1)
    if not found or found[0]["id"] != difference_id:
        raise DifferenceNotFound
    return found[0]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(_("请选择日期"), field="day") from error
