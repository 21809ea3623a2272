"""The daily comparison with WeChat's bill (对账): days, differences, and what became of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import marshmallow as ma
from flask_smorest import Blueprint

from core.console.auth import COMMON, current_staff, requires
from core.db import db
from core.errors import Invalid
from core.payments import bills, differences
from core.staff import audit
from core.web.api import problems_documented
from core.web.fields import Fen, IdField, Moment
from core.web.lists import CursorQuerySchema, PageSchema
from core.web.paging import decode_cursor, encode_cursor, integer
from core.web.paths import with_paths
from core.web.text import Text

blp = with_paths(Blueprint("console_bills", __name__))

VIEW = "bills.view"


class DaysQuerySchema(CursorQuerySchema):
    since = ma.fields.Date(required=True)
    until = ma.fields.Date(required=True)


class BillDaySchema(ma.Schema):
    """One day of one merchant account; `there` is what WeChat says, `here` what we book, amounts in fen.

    `waiting`: not compared yet, `error` says why; `ok`; `differs`; `failed`: given up. `others` are rows of other apps and
    shops under the same merchant number, which are not compared. `net_there_fen` = paid − refunded − fee.
    """

    id = IdField()
    day = ma.fields.Date()
    mchid = ma.fields.String()
    mode = ma.fields.String()
    state = ma.fields.String()
    error = ma.fields.String(allow_none=True)
    fetched_at = Moment(allow_none=True)
    next_try_at = Moment(allow_none=True)
    matched = ma.fields.Integer()
    others = ma.fields.Integer()
    payments_there = ma.fields.Integer()
    payments_here = ma.fields.Integer()
    paid_there_fen = Fen()
    paid_here_fen = Fen()
    refunds_there = ma.fields.Integer()
    refunds_here = ma.fields.Integer()
    refunded_there_fen = Fen()
    refunded_here_fen = Fen()
    fee_fen = Fen(signed=True)
    net_there_fen = Fen(signed=True)
    differences = ma.fields.Integer()
    unresolved = ma.fields.Integer()


class BillDaysSchema(PageSchema):
    items = ma.fields.List(ma.fields.Nested(BillDaySchema))


class DifferenceSchema(ma.Schema):
    """`missing_here`: WeChat has money that we don't; `missing_there`: the other way round; `amount_differs`."""

    id = IdField()
    day = ma.fields.Date()
    mchid = ma.fields.String()
    subject = ma.fields.String()
    kind = ma.fields.String()
    number = ma.fields.String()
    wechat_no = ma.fields.String()
    there_fen = Fen(allow_none=True)
    here_fen = Fen(allow_none=True)
    order_number = ma.fields.String(allow_none=True)
    resolved_at = Moment(allow_none=True)
    resolved_by = ma.fields.String(allow_none=True)
    note = ma.fields.String(allow_none=True)


class DifferencesSchema(PageSchema):
    items = ma.fields.List(ma.fields.Nested(DifferenceSchema))


class NoteSchema(ma.Schema):
    note = Text(500, required=True)


@blp.route("/bills")
@requires(VIEW)
@blp.arguments(DaysQuerySchema, location="query")
@blp.response(200, BillDaysSchema)
@problems_documented(blp, *COMMON)
def list_days(query: dict[str, Any]) -> dict[str, Any]:
    """Compared days of a period, the newest first."""
    current_staff().check_every_store()
    rows = differences.days((query["since"], query["until"]), before(query["cursor"]), query["limit"] + 1)
    shown = rows[: query["limit"]]
    last = shown[-1] if len(rows) > len(shown) else None
    return {"items": shown, "next_cursor": last and encode_cursor(last["day"].isoformat(), last["id"])}


@blp.route("/bills/<day>/differences")
@requires(VIEW)
@blp.arguments(CursorQuerySchema, location="query")
@blp.response(200, DifferencesSchema)
@problems_documented(blp, *COMMON)
def list_differences(query: dict[str, Any], day: str) -> dict[str, Any]:
    """What differs on a day."""
    current_staff().check_every_store()
    rows = differences.differences(_day(day), integer(query["cursor"]), query["limit"] + 1)
    shown = rows[: query["limit"]]
    last = shown[-1] if len(rows) > len(shown) else None
    return {"items": shown, "next_cursor": last and encode_cursor(last["id"])}


@blp.route("/bills/<day>/fetch", methods=["POST"])
@requires(VIEW)
@blp.response(202)
@problems_documented(blp, *COMMON)
def fetch_day(day: str) -> None:
    """Fetch a day's bill and compare it again; the answer does not wait for it."""
    current_staff().check_every_store()
    bills.fetch_again(_day(day))
    audit.record("bills.fetch", f"bill_day:{day}")
    db.session.commit()


@blp.route("/bills/differences/<id:difference_id>/resolve", methods=["POST"])
@requires(VIEW)
@blp.arguments(NoteSchema)
@blp.response(204)
@problems_documented(blp, *COMMON, 409)
def resolve_difference(data: dict[str, Any], difference_id: int) -> None:
    """Note what a difference was; 409 `bill_difference_resolved` when somebody was faster."""
    staff = current_staff()
    staff.check_every_store()
    differences.resolve(difference_id, data["note"], staff.id)
    audit.record("bills.resolve", f"bill_difference:{difference_id}")
    db.session.commit()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid("日期应为 YYYY-MM-DD", field="day") from error


def before(cursor: str | None) -> tuple[date, int] | None:
    key = decode_cursor(cursor, 2)
    if key is None:
        return None
    day, bill_day_id = key
    if type(bill_day_id) is not int or not 0 <= bill_day_id < 2**63:
        raise Invalid("翻页游标无效，请从第一页重新开始", code="bad_cursor", field="cursor")
    return _day(str(day)), bill_day_id
