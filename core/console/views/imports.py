"""Imports (批量导入): upload, look and map columns, start, follow, and what could not be taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import marshmallow as ma
from flask import Response, request, url_for
from marshmallow.validate import OneOf
from werkzeug.wrappers import Response as Answer

from core.catalog.fields import Code
from core.console.auth import acting_id, current_staff, requires
from core.console.views import import_rows as rows
from core.db import db
from core.imports import drafts, runs, service
from core.imports.errors import RowError
from core.imports.report import errors_csv
from core.imports.template import filename as template_name
from core.imports.template import template
from core.stores.service import all_stores
from core.ui.forms import Form
from core.ui.i18n import gettext as _
from core.ui.pages import Pages, done, render
from core.web.exports import XLSX_TYPE
from core.web.paging import integer
from core.web.uploads import MB, form_limits
from tenants.errors import Refusal

bp = Pages("console_imports_pages", __name__)

MAX_FILE = 50 * MB
form_limits(bp, new=MAX_FILE + MB // 4)
RUN = "imports.run"
FAULTS = 50
_NAME_LENGTH = 200
_COLUMNS = 200


class UploadSchema(ma.Schema):
    kind = ma.fields.String(
        required=True, validate=OneOf(service.KINDS, labels=list(rows.KINDS.values())), metadata={"label": "导入什么"}
    )
    store_code = Code(
        load_default=None, allow_none=True,
        metadata={"label": "门店", "help": "表格里没有“门店编码”一列时，库存记到这家门店"},
    )


@bp.route("/imports")
@requires(RUN)
def index() -> str:
    """Runs, newest first."""
    return render("console/imports/index.html", title=_("批量导入"), listing=rows.runs_listing())


@bp.route("/imports/new", methods=["GET", "POST"])
@requires(RUN)
def new() -> Answer | str:
    """Upload a file; nothing is imported until its preview was seen."""
    form = Form(UploadSchema, {"kind": request.args.get("kind", "products")}, {"store_code": _stores()})
    fault = ""
    if (data := form.submitted()) is not None:
        file = request.files.get("file")
        try:
            if file is None or not file.filename:
                raise rows.NoFile
            name = file.filename.replace("\0", "")[-_NAME_LENGTH:]
            run_id = drafts.draft(file.stream, name, data["kind"], data["store_code"], acting_id())
            return done("", url_for(".preview", run_id=run_id))
        except Refusal as error:
            db.session.rollback()
            fault = error.message
    return render(
        "console/imports/new.html", title=_("导入"), form=form, fault=fault, kinds=rows.KINDS,
        exports="catalog.edit" in current_staff().permissions,
    )


@bp.route("/imports/templates/<any(products, prices, stock, members):kind>.xlsx")
@requires(RUN)
def download_template(kind: str) -> Response:
    """An empty table with an example row."""
    answer = Response(template(kind), content_type=XLSX_TYPE)
    answer.headers.set("Content-Disposition", "attachment", filename=template_name(kind))
    return answer


@bp.route("/imports/<id:run_id>/preview", methods=["GET", "POST"])
@requires(RUN)
def preview(run_id: int) -> Answer | str:
    """Which column is what, and what would become of the first rows; `start` imports it like that."""
    mapping, store_code = _mapping(), request.form.get("store_code") or None
    problem = ""
    if "start" in request.form:
        try:
            drafts.start(run_id, mapping, store_code)
            return done("", url_for(".show", run_id=run_id))
        except Refusal as error:
            db.session.rollback()
            problem = error.message
    seen = drafts.preview(run_id, mapping, store_code)
    return render(
        "console/imports/preview.html", title=_("预览导入"), seen=seen, problem=problem or seen.problem or "",
        table=rows.preview_rows(seen), stores=_stores() if seen.kind in {"products", "stock"} else [],
        kind=rows.KINDS[seen.kind], tally=rows.tally(seen),
    )


@bp.route("/imports/<id:run_id>")
@requires(RUN)
def show(run_id: int) -> Answer | str:
    """How far a run came, what became of its rows, what was wrong."""
    run = runs.find(run_id)
    if run["state"] == "draft":
        return done("", url_for(".preview", run_id=run_id))
    faults = runs.faults(run_id, integer(request.args.get("cursor")) or 0, FAULTS + 1)
    return render(
        "console/imports/show.html", title=run["filename"], run=run, kind=rows.KINDS[run["kind"]],
        state=rows.state(run), listing=rows.faults_listing(faults, FAULTS), going=run["state"] in {"waiting", "running"},
    )


@bp.route("/imports/<id:run_id>/again", methods=["POST"])
@requires(RUN)
def again(run_id: int) -> Answer:
    """Start an interrupted run anew; what it had imported stays as it is."""
    service.start_again(run_id)
    return done(_("已重新开始"), url_for(".show", run_id=run_id))


@bp.route("/imports/<id:run_id>/discard", methods=["POST"])
@requires(RUN)
def discard(run_id: int) -> Answer:
    """Forget a draft and its file."""
    service.discard(run_id)
    return done(_("已放弃，没有导入任何内容"), url_for(".index"))


@bp.route("/imports/<id:run_id>/faults.csv")
@requires(RUN)
def download_faults(run_id: int) -> Response:
    """Everything that was wrong, as a table."""
    run = runs.find(run_id)
    errors = [_error(row) for row in runs.faults(run_id, 0, runs.MAX_FAULTS)]
    answer = Response(errors_csv(errors, run["faults_left_out"]), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="import-{run_id}.csv"'
    return answer


def _error(row: Mapping[str, Any]) -> RowError:
    return RowError(**{name: row[name] for name in RowError.__dataclass_fields__})


def _stores() -> Sequence[tuple[str, str]]:
    mine = current_staff().stores
    return [(store["code"], store["name"]) for store in all_stores() if mine is None or store["id"] in mine]


def _mapping() -> dict[str, str] | None:
    """What the selects say, by name of the column; None where nothing was sent."""
    if request.method != "POST":
        return None
    numbers = range(_COLUMNS)
    names = {number: request.form.get(f"column.{number}") for number in numbers}
    return {name: request.form.get(f"target.{number}", "")[:60] for number, name in names.items() if name}
