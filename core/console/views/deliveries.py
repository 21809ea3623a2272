"""Events that nobody works off by himself: stuck at a plugin or at us, or parked; try again, skip, also many at once."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from core.console.api.deliveries import MANAGE, before
from core.console.auth import current_staff, requires
from core.console.views.plugin_rows import DELIVERY_STATES, delivery_actions, event_name, plugin_title
from core.db import db
from core.errors import Invalid
from core.host import backlog
from core.staff import audit
from core.ui.errors import came_from
from core.ui.i18n import gettext as _
from core.ui.listing import Action, Cell, Column, Empty, Filter, Listing, Row
from core.ui.pages import Pages, done, render
from core.web.paging import encode_cursor

bp = Pages("console_deliveries_pages", __name__)

_PAGE = 30


@bp.route("/deliveries")
@requires(MANAGE)
def index() -> str:
    """The newest first."""
    state = request.args.get("state") if request.args.get("state") in DELIVERY_STATES else None
    consumer = request.args.get("consumer") or None
    rows = backlog.waiting(before(request.args.get("cursor")), _PAGE + 1, consumer, state)
    listing = Listing(
        _columns(), [_row(row) for row in rows[:_PAGE]],
        next=encode_cursor(rows[_PAGE - 1]["event_id"], rows[_PAGE - 1]["consumer"]) if len(rows) > _PAGE else None,
        filters=_filters(), bulk=_bulk(),
        empty=Empty(_("没有待处理的事件"), _("订单的每一步都已经通知到各个插件，不用操心。"), "circle-check"),
    )
    return render("console/deliveries/index.html", title=_("待处理事件"), listing=listing)


@bp.route("/deliveries/<id:event_id>/<consumer>/retry", methods=["POST"])
@requires(MANAGE)
def retry(event_id: int, consumer: str) -> Response:
    """Try a stuck one again."""
    current_staff().check_every_store()
    backlog.retry(event_id, consumer)
    audit.record("deliveries.retry", f"event:{event_id}", consumer=consumer)
    db.session.commit()
    return done(_("已重新排队，稍后刷新看结果"), _back())


@bp.route("/deliveries/<id:event_id>/<consumer>/skip", methods=["POST"])
@requires(MANAGE)
def skip(event_id: int, consumer: str) -> Response:
    """Give it up."""
    current_staff().check_every_store()
    backlog.skip(event_id, consumer)
    audit.record("deliveries.skip", f"event:{event_id}", consumer=consumer)
    db.session.commit()
    return done(_("已跳过"), _back())


@bp.route("/deliveries/retry", methods=["POST"])
@requires(MANAGE)
def retry_chosen() -> Response:
    """Try the chosen ones again."""
    current_staff().check_every_store()
    count = backlog.retry_all(_chosen())
    audit.record("deliveries.retry", "events", chosen=request.form.getlist("ids"), count=count)
    db.session.commit()
    return done(_("已重新排队 %(count)s 项", count=count), _back())


@bp.route("/deliveries/skip", methods=["POST"])
@requires(MANAGE)
def skip_chosen() -> Response:
    """Give the chosen ones up."""
    current_staff().check_every_store()
    count = backlog.skip_all(_chosen())
    audit.record("deliveries.skip", "events", chosen=request.form.getlist("ids"), count=count)
    db.session.commit()
    return done(_("已跳过 %(count)s 项", count=count), _back())


def _chosen() -> list[tuple[int, str]]:
    """What was ticked: `12.points`, at most a page."""
    found = [value.partition(".") for value in request.form.getlist("ids")[:_PAGE]]
    if not found or not all(number.isdecimal() and len(number) < 19 and "\x00" not in name for number, _dot, name in found):
        raise Invalid(_("请先选择要处理的事件"))
    return [(int(number), name) for number, _dot, name in found]


def _back() -> str:
    return came_from() or url_for(".index")


def _columns() -> list[Column]:
    return [
        Column("what", _("事件"), wide=True),
        Column("consumer", _("通知谁"), phone=False),
        Column("state", _("状态"), phone=False),
        Column("attempts", _("已试"), "number", phone=False),
        Column("since", _("发生时间"), "moment", phone=False),
    ]


def _row(row: backlog.RowMapping) -> Row:
    label, tone = DELIVERY_STATES[row["state"]]
    cells = {
        "what": Cell(
            f"{event_name(row['event'])} {row['number'] or ''}".strip(), sub=row["error"] or "",
            href=f"/console/orders/{row['number']}" if row["number"] else "",
        ),
        "consumer": _told(row["consumer"]),
        "state": Cell(label, tone=tone),
        "attempts": row["attempts"],
        "since": row["since"],
    }
    return Row(cells, id=f"{row['event_id']}.{row['consumer']}", actions=delivery_actions(row))


def _told(consumer: str) -> str:
    return _("店铺自身（%(part)s）", part=consumer.partition(".")[2]) if "." in consumer else plugin_title(consumer)


def _filters() -> list[Filter]:
    counts = backlog.tally()
    states = [("", _("全部")), *((key, str(label)) for key, (label, _tone) in DELIVERY_STATES.items())]
    whose = [(name, _told(name)) for name in backlog.consumers()]
    return [
        Filter("state", _("状态"), states, "tabs", {"": sum(counts.values()), **counts}),
        Filter("consumer", _("通知谁"), whose),
    ]


def _bulk() -> list[Action]:
    ask = _("跳过后不会再处理这些事，也不能恢复。确定跳过？")
    return [
        Action(_("再试一次"), url_for(".retry_chosen"), "refresh", post=True),
        Action(_("跳过"), url_for(".skip_chosen"), post=True, confirm=ask, tone="danger"),
    ]
