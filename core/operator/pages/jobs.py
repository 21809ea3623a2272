"""Jobs that failed in the last day: what went wrong, again or away with it."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.host.jobs import PLATFORM, QUEUES
from core.operator import queues
from core.operator.errors import JobNotFound
from core.operator.pages.auth import current_operator, operates
from core.operator.queues import FailedJob
from core.ui.i18n import gettext as _
from core.ui.listing import Action, Cell, Column, Empty, Filter, Listing, Row
from core.ui.pages import Pages, done, flash, render

bp = Pages("operator_jobs_pages", __name__)

PAGE = 30
_MOST_OFFSET = 1_000_000


@bp.route("/jobs")
@operates
def index() -> str:
    queue = _queue()
    offset = _offset()
    counts = {row.name: row.failed for row in queues.queues()}
    rows = [_row(job) for job in queues.failed(queue, offset, PAGE)]
    names = {"core": _("订单与支付"), "plugins": _("插件")}
    listing = Listing(
        _columns(), rows,
        next=str(offset + PAGE) if counts[queue] > offset + PAGE else None,
        previous=str(offset - PAGE) if offset >= PAGE else None,
        filters=[Filter("queue", _("队列"), [("" if name == "core" else name, names[name]) for name in QUEUES], "tabs",
                        {"" if name == "core" else name: count for name, count in counts.items()})],
        empty=Empty(_("没有失败的任务"), _("任务失败后在这里保留一天，可以重试或删除"), "circle-check"),
    )
    return render("operator/jobs.html", title=_("失败任务"), listing=listing)


@bp.route("/jobs/<any(retry, delete):name>", methods=["POST"])
@operates
def act(name: str) -> Response:
    """`queue` and `job` say which; one that somebody else has dealt with is no failure."""
    queue, job = request.form.get("queue", ""), request.form.get("job", "")
    run, words = (queues.requeue, _("任务已重新排队")) if name == "retry" else (queues.delete, _("任务已删除"))
    try:
        run(current_operator(), queue, job)
    except JobNotFound as error:
        flash(error.message, "danger")
        words = ""
    return done(words, url_for(".index", queue=queue if queue in QUEUES and queue != "core" else None))


def _columns() -> list[Column]:
    return [
        Column("function", _("任务"), wide=True),
        Column("tenant", _("商户"), phone=False),
        Column("at", _("失败时间"), "moment", phone=False),
    ]


def _queue() -> str:
    queue = request.args.get("queue", "")
    return queue if queue in QUEUES else "core"


def _offset() -> int:
    text = request.args.get("cursor", "")
    return min(int(text), _MOST_OFFSET) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _row(job: FailedJob) -> Row:
    fields: dict[str, Any] = {"queue": job.queue, "job": job.id}
    actions = (
        Action(_("重试"), url_for(".act", name="retry"), "refresh", post=True, fields=fields),
        Action(_("删除"), url_for(".act", name="delete"), "trash", post=True, fields=fields, tone="plain",
               confirm=_("删除后不会再执行，确定删除吗？")),
    )
    tenant = _("平台") if job.tenant == PLATFORM else job.tenant or _("未知")
    cells = {"function": Cell(job.function, sub=job.error), "tenant": tenant, "at": job.ended_at}
    return Row(cells, job.id, actions=actions)
