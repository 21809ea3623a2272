"""Imports of products, prices, stock and members: upload, progress, and what could not be taken."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from core.catalog.schemas import PageQuery
from core.console.auth import COMMON, current_staff, requires
from core.errors import NotFound
from core.imports import drafts, runs, service
from core.imports.errors import RowError
from core.imports.formats import (
    FaultsQuery,
    FaultsSchema,
    MappingSchema,
    PreviewSchema,
    RunSchema,
    RunsSchema,
    UploadFiles,
    UploadQuery,
)
from core.imports.report import errors_csv
from core.imports.template import template
from core.web.api import problems_documented
from core.web.paging import encode_cursor, integer
from core.web.paths import with_paths
from core.web.uploads import MB, body_limit

blp = with_paths(Blueprint("console_imports", __name__))

MAX_FILE = 50 * MB
_FORM = MB // 4
_NAME_LENGTH = 200
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blp.route("/imports", methods=["POST"])
@requires("imports.run")
@body_limit(MAX_FILE + _FORM)
@blp.arguments(UploadQuery, location="query")
@blp.arguments(UploadFiles, location="files")
@blp.response(202, RunSchema)
@problems_documented(blp, *COMMON, 415)
def upload(args: dict[str, Any], files: dict[str, Any]) -> Any:
    """Upload a file (CSV, XLSX or JSONL, at most 50 MB; multipart field `file`); a worker imports it.

    A file that can't be read is refused here; lines that can't be taken stand in the run's report.
    """
    file = files["file"]
    name = (file.filename or "").replace("\0", "")[-_NAME_LENGTH:]
    run_id = service.take_upload(file.stream, name, args["kind"], args["store_code"], current_staff().id)
    return runs.find(run_id)


@blp.route("/imports:draft", methods=["POST"])
@requires("imports.run")
@body_limit(MAX_FILE + _FORM)
@blp.arguments(UploadQuery, location="query")
@blp.arguments(UploadFiles, location="files")
@blp.response(201, PreviewSchema)
@problems_documented(blp, *COMMON, 415)
def upload_draft(args: dict[str, Any], files: dict[str, Any]) -> Any:
    """Upload a file and see what would become of it; nothing is imported until it is started."""
    file = files["file"]
    name = (file.filename or "").replace("\0", "")[-_NAME_LENGTH:]
    run_id = drafts.draft(file.stream, name, args["kind"], args["store_code"], current_staff().id)
    return drafts.preview(run_id)


@blp.route("/imports/<id:run_id>:preview", methods=["POST"])
@requires("imports.run")
@blp.arguments(MappingSchema)
@blp.response(200, PreviewSchema)
@problems_documented(blp, *COMMON, 409)
def preview_draft(data: dict[str, Any], run_id: int) -> Any:
    """What the draft would do with other columns."""
    return drafts.preview(run_id, data["mapping"], data["store_code"])


@blp.route("/imports/<id:run_id>:start", methods=["POST"])
@requires("imports.run")
@blp.arguments(MappingSchema)
@blp.response(202, RunSchema)
@problems_documented(blp, *COMMON, 409)
def start_draft(data: dict[str, Any], run_id: int) -> Any:
    """Import the draft with these columns."""
    drafts.start(run_id, data["mapping"], data["store_code"])
    return runs.find(run_id)


@blp.route("/imports/templates/<string:kind>.xlsx")
@requires("imports.run")
@blp.response(200, {"type": "string", "format": "binary"}, content_type=_XLSX)
@problems_documented(blp, *COMMON)
def download_template(kind: str) -> Response:
    """An empty table with an example row; `kind` is products, prices, stock or members."""
    if kind not in service.KINDS:
        raise NotFound
    answer = Response(template(kind), content_type=_XLSX)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{kind}.xlsx")
    return answer


@blp.route("/imports")
@requires("imports.run")
@blp.arguments(PageQuery, location="query")
@blp.response(200, RunsSchema)
@problems_documented(blp, *COMMON)
def list_runs(args: dict[str, Any]) -> dict[str, Any]:
    """Runs, newest first."""
    found = runs.newest(integer(args["cursor"]), args["limit"] + 1)
    shown = found[: args["limit"]]
    return {"items": shown, "next_cursor": encode_cursor(shown[-1]["id"]) if len(found) > len(shown) else None}


@blp.route("/imports/<id:run_id>")
@requires("imports.run")
@blp.response(200, RunSchema)
@problems_documented(blp, *COMMON)
def read_run(run_id: int) -> Any:
    """How far a run came."""
    return runs.find(run_id)


@blp.route("/imports/<id:run_id>:again", methods=["POST"])
@requires("imports.run")
@blp.response(202, RunSchema)
@problems_documented(blp, *COMMON, 409)
def start_again(run_id: int) -> Any:
    """Start an interrupted run anew; what it had imported stays as it is."""
    service.start_again(run_id)
    return runs.find(run_id)


@blp.route("/imports/<id:run_id>/faults")
@requires("imports.run")
@blp.arguments(FaultsQuery, location="query")
@blp.response(200, FaultsSchema)
@problems_documented(blp, *COMMON)
def list_faults(args: dict[str, Any], run_id: int) -> dict[str, Any]:
    """The lines that were not taken: where, which value, what to do."""
    runs.find(run_id)
    found = runs.faults(run_id, integer(args["cursor"]) or 0, args["limit"] + 1)
    shown = found[: args["limit"]]
    more = encode_cursor(shown[-1]["position"]) if len(found) > len(shown) else None
    return {"items": shown, "next_cursor": more}


@blp.route("/imports/<id:run_id>/faults.csv")
@requires("imports.run")
@blp.response(200, {"type": "string"}, content_type="text/csv")
@problems_documented(blp, *COMMON)
def download_faults(run_id: int) -> Response:
    """The same as a table for Excel."""
    run = runs.find(run_id)
    names = RowError.__dataclass_fields__
    errors = [RowError(**{name: row[name] for name in names}) for row in runs.faults(run_id, 0, runs.MAX_FAULTS)]
    answer = Response(errors_csv(errors, run["faults_left_out"]), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="import-{run_id}.csv"'
    return answer
