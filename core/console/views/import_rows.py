"""Imports as they are drawn: runs, states, the preview's rows, faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for

from core.errors import Invalid
from core.imports import runs
from core.imports.drafts import Preview
from core.ui.i18n import gettext as _
from core.ui.i18n import lazy_gettext as _l
from core.ui.i18n import told
from core.ui.listing import Action, Cell, Column, Empty, Listing, Row
from core.web.paging import encode_cursor, integer

KINDS = {"products": _l("商品"), "prices": _l("价格"), "stock": _l("库存"), "members": _l("会员")}
STATES = {
    "waiting": (_l("排队中"), "brand"),
    "running": (_l("导入中"), "brand"),
    "done": (_l("已完成"), "success"),
    "partial": (_l("只导入了一部分"), "warning"),
    "refused": (_l("没有导入"), "danger"),
    "interrupted": (_l("中断"), "danger"),
    "draft": (_l("未开始"), "muted"),
}
MIXED = (_l("已完成，有错"), "warning")
OUTCOMES = {"new": (_l("新增"), "success"), "changed": (_l("更新"), "brand"), "same": (_l("没有变化"), "muted"),
            "failed": (_l("有错"), "danger")}
_RUNS = 20


class NoFile(Invalid):
    code = "file_missing"
    message = "请先选择要导入的表格文件"


def runs_listing() -> Listing:
    found = runs.newest(integer(request.args.get("cursor")), _RUNS + 1)
    shown = found[:_RUNS]
    columns = [
        Column("file", _("文件"), wide=True),
        Column("rows", _("行数"), "number", phone=False),
        Column("failed", _("有错"), "number"),
        Column("state", _("状态")),
        Column("at", _("时间"), "moment", phone=False),
    ]
    return Listing(
        columns, [_run(row) for row in shown], next=encode_cursor(shown[-1]["id"]) if len(found) > len(shown) else None,
        empty=Empty(
            _("还没有导入过"), _("把现有的商品、价格、库存或会员表格传上来，先预览再导入"), "file-import",
            Action(_("导入表格"), url_for(".new"), "upload", tone="primary"),
        ),
    )  # fmt: skip


def _run(row: Mapping[str, Any]) -> Row:
    label, tone = state(row)
    cells = {
        "file": Cell(row["filename"], sub=str(KINDS[row["kind"]])),
        "rows": row["rows"],
        "failed": row["failed"],
        "state": Cell(label, tone=tone),
        "at": row["started_at"],
    }
    return Row(cells, id=row["id"], href=url_for(".show", run_id=row["id"]))


def state(run: Mapping[str, Any]) -> tuple[str, str]:
    """(label, tone)."""
    label, tone = MIXED if run["state"] == "done" and run["failed"] else STATES[run["state"]]
    return str(label), tone


def faults_listing(faults: Sequence[Mapping[str, Any]], limit: int) -> Listing:
    """Lines that were not taken, in the order of the file."""
    shown = faults[:limit]
    columns = [
        Column("where", _("位置"), wide=True),
        Column("message", _("原因和办法")),
    ]
    return Listing(
        columns, [_fault(row) for row in shown], id="faults",
        next=encode_cursor(shown[-1]["position"]) if len(faults) > len(shown) else None,
        empty=Empty(_("没有出错的行"), "", "circle-check"),
    )  # fmt: skip


def _fault(row: Mapping[str, Any]) -> Row:
    stood = "：".join(part for part in (row["column"], row["value"]) if part)
    return Row({"where": Cell(_("第 %(line)s 行", line=row["line"]), sub=stood), "message": told(row["message"])})


def preview_rows(seen: Preview) -> list[dict[str, Any]]:
    """The first rows of the file, each with what would become of it."""
    return [
        {"line": row.line, "values": row.values, "outcome": OUTCOMES.get(row.outcome), "errors": row.errors}
        for row in seen.rows
    ]


def tally(seen: Preview) -> list[tuple[str, str, int]]:
    """(label, tone, how many) of the rows that were tried."""
    found = [(str(label), tone, sum(row.outcome == name for row in seen.rows)) for name, (label, tone) in OUTCOMES.items()]
    return [part for part in found if part[2]]
