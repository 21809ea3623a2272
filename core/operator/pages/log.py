"""What operators did, all of it or to one tenant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from sqlalchemy import RowMapping

from core.operator import log
from core.operator.actions import label
from core.operator.pages.auth import operates
from core.ui.i18n import gettext as _
from core.ui.i18n import told
from core.ui.listing import Cell, Column, Empty, Listing, Row
from core.ui.pages import Pages, render
from tenants.plans import NAMES, NUMBERS

bp = Pages("operator_log_pages", __name__)

PAGE = 50


@bp.route("/log")
@operates
def index() -> str:
    tenant = _number(request.args.get("tenant", ""))
    found = log.entries(_number(request.args.get("cursor", "")), tenant, PAGE + 1)
    columns = [
        Column("at", _("时间"), "moment"),
        Column("action", _("做了什么"), wide=True),
        Column("tenant", _("商户")),
        Column("who", _("谁"), phone=False),
    ]
    listing = Listing(
        columns, [_row(row) for row in found[:PAGE]], next=str(found[PAGE - 1]["id"]) if len(found) > PAGE else None,
        empty=Empty(_("还没有记录"), _("运营人员对商户、套餐和账号做的每件事都会记在这里"), "history"),
    )
    shop = found[0] if found and tenant else None
    return render("operator/log.html", title=_("操作日志"), listing=listing, shop=shop, tenant=tenant)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _row(row: RowMapping) -> Row:
    sub = " · ".join(part for part in (row["reason"], details(row["detail"])) if part)
    place = url_for("operator_tenant_pages.show", tenant_id=row["tenant_id"]) if row["tenant"] else ""
    cells = {
        "at": row["at"],
        "action": Cell(told(label(row["action"])), sub=sub),
        "tenant": Cell(row["tenant"] or "", place),
        "who": told(row["operator"]),
    }
    return Row(cells, row["id"])


def details(detail: Mapping[str, Any]) -> str:
    """What an entry says beside its reason, in words."""
    found = [str(detail[name]) for name in ("login", "code", "queue", "function", "text") if detail.get(name)]
    if "limits" in detail:
        found.append(limits_told(detail["limits"]))
    return " · ".join(found)


def limits_told(limits: Mapping[str, Any]) -> str:
    """`门店 3，员工账号 10`; what is absent has no limit."""
    numbers = [f"{told(words)} {limits[name]}" for name, words in NUMBERS.items() if name in limits]
    names = [", ".join(limits[NAMES])] if limits.get(NAMES) else []
    return "，".join([*numbers, *names]) or _("不限")
